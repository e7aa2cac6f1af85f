/** A network that was broken on purpose, repaired. */
import { LabError } from './lab-error.ts';
import type { Lab } from './labs.ts';
import { isAlive } from './processes.ts';
import { carryOut, finishJournal, type StepOptions } from './steps.ts';

/** @throws {LabError} where there is nothing to repair, or a step fails */
export async function mend(lab: Lab, options: StepOptions = {}): Promise<void> {
  const { network, name } = lab;
  if (network.mend.length === 0) {
    throw new LabError(`lab ${name} (network ${network.name}) has nothing to mend: its ping arrives`);
  }
  if (lab.isMended === true)
    throw new LabError(`lab ${name} is mended already; see it with: tunnelscope lab ping --lab ${name}`);
  const journal = { ...lab };
  await carryOut(journal, network.mend, options);
  journal.processes = journal.processes.filter(isAlive);
  journal.isMended = true;
  await finishJournal(journal);
}
