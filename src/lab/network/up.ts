/** A network brought up as a lab. */
import { namedIdentity } from '../../host/namespace.ts';
import { requirePrograms } from './command.ts';
import { type Run, withShell } from './command-shell.ts';
import { takeDown } from './down.ts';
import { bootId, createJournal, type Journal, readJournal, removeJournal } from './journal.ts';
import { LabError } from './lab-error.ts';
import { type Lab, labState, REASON } from './labs.ts';
import { clearProbes, kernelKinds, requireRoot } from './machine.ts';
import { ALWAYS_REQUIRED, type Network, namespaceName, requireLabName } from './network.ts';
import { startTimeOf } from './processes.ts';
import { carryOut, finishJournal, type StepOptions, stepsHere } from './steps.ts';

export interface UpOptions extends StepOptions {
  /** The lab's; default: the network's own. */
  readonly name?: string | undefined;
  /** Called where a step failed or the user does not want to go on, before what was made is taken down. */
  readonly onTakeDown?: (() => void) | undefined;
}

/**
 * Where it can't be done, all that was made by then is taken down.
 *
 * @throws {LabError}
 */
export async function bringUp(network: Network, options: UpOptions = {}): Promise<Lab> {
  const { name = network.name } = options;
  requireLabName(name);
  requireRoot();
  requirePrograms([...ALWAYS_REQUIRED, ...network.requires]);
  requireNoLab(name);
  requireNoNamespaces(network, name);
  await clearProbes();
  const make = (run: Run) => makeLab(network, name, { ...options, run }, run);
  return options.run === undefined ? withShell(make) : make(options.run);
}

async function makeLab(network: Network, name: string, options: UpOptions, run: Run): Promise<Lab> {
  await requireKinds(network, run);
  requirePrograms((await stepsHere(network.steps, run)).flatMap(({ requires }) => requires ?? []));
  const journal: Journal = {
    name,
    network,
    bootId: bootId(),
    state: 'coming-up',
    maker: { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' },
    time: new Date().toISOString(),
    namespaces: Object.keys(network.nodes).map((node) => ({ node, name: namespaceName(name, node) })),
    processes: [],
    devices: {},
  };
  if (!createJournal(journal)) throw new LabError(`lab ${name} is being brought up by somebody else`);
  try {
    await carryOut(journal, network.steps, options);
    await finishJournal(journal, run);
    return journal;
  } catch (error) {
    options.onTakeDown?.();
    await takeDown(journal);
    throw error;
  }
}

function requireNoLab(name: string): void {
  const other = readJournal(name);
  if (other === undefined) return;
  const state = labState(other);
  if (state === 'gone') {
    removeJournal(name);
    return;
  }
  if (state === 'up') {
    throw new LabError(
      `lab ${name} is up already; look at it with: tunnelscope lab status --lab ${name}; take it down with: tunnelscope lab down ${name}; or bring up another one with: --lab NAME`,
    );
  }
  throw new LabError(
    state === 'coming up'
      ? `lab ${name} is being brought up by process ${other.maker.pid}`
      : `lab ${name}: ${REASON[state]}; remove it first with: tunnelscope lab down ${name}`,
  );
}

function requireNoNamespaces(network: Network, lab: string): void {
  const names = Object.keys(network.nodes).map((node) => namespaceName(lab, node));
  const taken = names.filter((name) => namedIdentity(name) !== undefined);
  if (taken.length === 0) return;
  throw new LabError(
    `network namespace ${taken.join(', ')} already exists, and belongs to no lab; choose another name with: --lab NAME`,
  );
}

async function requireKinds({ name, kernel }: Network, run: Run): Promise<void> {
  const known = await kernelKinds(kernel, run);
  const missing = kernel.filter((kind) => !known.has(kind));
  if (missing.length === 0) return;
  throw new LabError(
    `network ${name} needs ${missing.join(' and ')} devices, which this kernel does not have (the module is missing); list other networks with: tunnelscope lab list`,
  );
}
