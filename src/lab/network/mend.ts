/** A network that was broken on purpose, repaired. */
import { CaptureError } from '../../packet/source.ts';
import { runCommand } from './command.ts';
import { withShell } from './command-shell.ts';
import { LabError } from './lab-error.ts';
import type { Lab } from './labs.ts';
import type { Step } from './network.ts';
import { isAlive } from './processes.ts';
import { pingWords } from './run.ts';
import { labStatus, problemsOf } from './status.ts';
import { carryOut, finishJournal, type StepOptions } from './steps.ts';

/** @throws {LabError} if there is nothing to repair, something is missing that no step makes again, or a step fails */
export async function mend(lab: Lab, options: StepOptions = {}): Promise<void> {
  const { network, name } = lab;
  if (network.mend.length === 0) throw new LabError(await whyNot(lab));
  if (lab.isMended === true) {
    throw new LabError(
      (await missingText(lab)) ??
        `lab ${name} is already repaired; try it with: tunnelscope lab ping --lab ${name}`,
    );
  }
  const missing = await missingText(lab, network.mend).catch(cannotLook);
  if (missing !== undefined) throw new LabError(missing);
  const journal = { ...lab };
  await withShell(async (run) => {
    await carryOut(journal, network.mend, { ...options, run });
    journal.processes = journal.processes.filter(isAlive);
    journal.isMended = true;
    await finishJournal(journal, run);
  });
}

/** Without koffi, which looks into namespaces, the steps themselves find what is missing. */
function cannotLook(error: unknown): undefined {
  if (!(error instanceof CaptureError)) throw error;
}

/** What is to be said of a network that has no faults of its own: after a look at what is there, and a ping. */
async function whyNot(lab: Lab): Promise<string> {
  const { name, network } = lab;
  const missing = await missingText(lab);
  if (missing !== undefined) return missing;
  const itself = `lab ${name} (network ${network.name})`;
  if (!network.ping.arrives) return `${itself} needs no repair: its ping is not meant to arrive`;
  const { status } = await runCommand(pingWords(lab, { count: 1 }));
  return status === 0
    ? `${itself} needs no repair: its ping arrives`
    : `${itself} has all its devices and processes, but its ping does not arrive: look for a changed address, route or filter, or recreate it: ${anewText(lab)}`;
}

/**
 * What is not there any more of what was made; undefined if all is.
 *
 * @param steps to be carried out: what they start again need not be there
 */
async function missingText(lab: Lab, steps: readonly Step[] = []): Promise<string | undefined> {
  const { nodes, processes } = await labStatus(lab);
  const stopped = steps.flatMap(({ stop }) => stop ?? []);
  const isStarted = (node: string, device: string) =>
    steps.some(({ on, start }) => on === node && start?.some((word) => wordsIn(word).includes(device)));
  const problems = problemsOf(
    nodes.map((node) => ({
      ...node,
      devices: node.devices.filter((device) => !isStarted(node.name, device.name)),
    })),
    processes.filter(({ step }) => !stopped.includes(step)),
  );
  if (problems.length === 0) return undefined;
  return `lab ${lab.name} has changed since it was made, and only what is broken on purpose can be repaired: ${problems.join('; ')}; recreate it: ${anewText(lab)}`;
}

/** `tun0` is one in `TUN:172.16.0.100/32,tun-name=tun0,up`. */
function wordsIn(word: string): string[] {
  return word.split(/[=,:]/);
}

function anewText({ name, network }: Lab): string {
  return `tunnelscope lab down ${name}; tunnelscope lab up ${network.name} --lab ${name}`;
}
