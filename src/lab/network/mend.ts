/** A network that was broken on purpose, repaired. */
import { runCommand } from './command.ts';
import { withShell } from './command-shell.ts';
import { LabError } from './lab-error.ts';
import type { Lab } from './labs.ts';
import { isAlive } from './processes.ts';
import { pingWords } from './run.ts';
import { labStatus } from './status.ts';
import { carryOut, finishJournal, type StepOptions } from './steps.ts';

/** @throws {LabError} where there is nothing to repair, something is missing that no step makes anew, or a step fails */
export async function mend(lab: Lab, options: StepOptions = {}): Promise<void> {
  const { network, name } = lab;
  if (network.mend.length === 0) throw new LabError(await whyNot(lab));
  if (lab.isMended === true) {
    throw new LabError(
      (await missingText(lab)) ??
        `lab ${name} is mended already; see it with: tunnelscope lab ping --lab ${name}`,
    );
  }
  const journal = { ...lab };
  await withShell(async (run) => {
    await carryOut(journal, network.mend, { ...options, run });
    journal.processes = journal.processes.filter(isAlive);
    journal.isMended = true;
    await finishJournal(journal, run);
  });
}

/** What is to be said of a network that has no faults of its own: after a look at what is there, and a ping. */
async function whyNot(lab: Lab): Promise<string> {
  const { name, network } = lab;
  const missing = await missingText(lab);
  if (missing !== undefined) return missing;
  const itself = `lab ${name} (network ${network.name})`;
  if (!network.ping.arrives) return `${itself} has nothing to mend: its ping is not meant to arrive`;
  const { status } = await runCommand(pingWords(lab, { count: 1 }));
  return status === 0
    ? `${itself} has nothing to mend: its ping arrives`
    : `${itself} has all its devices and processes, and its ping does not arrive: look for an address, a route or a filter that was changed, or make it anew: ${anewText(lab)}`;
}

/** What is not there any more of what was made; undefined where all is. */
async function missingText(lab: Lab): Promise<string | undefined> {
  const { problems } = await labStatus(lab);
  if (problems.length === 0) return undefined;
  return `lab ${lab.name} is not as it was made, and mend repairs only what is broken on purpose: ${problems.join('; ')}; make it anew: ${anewText(lab)}`;
}

function anewText({ name, network }: Lab): string {
  return `tunnelscope lab down ${name}; tunnelscope lab up ${network.name} --lab ${name}`;
}
