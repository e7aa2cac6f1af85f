/** Takes labs down: ends the processes in their namespaces, and removes the namespaces. Labs have nothing else. */
import { namedIdentity, namedNamespaces } from '../../host/namespace.ts';
import { withShell } from './command-shell.ts';
import { DamagedJournalError, type Journal, journalNames, readJournal, removeJournal } from './journal.ts';
import { LabError } from './lab-error.ts';
import { isStillThere, labState } from './labs.ts';
import { clearProbes, oneLine, requireRoot } from './machine.ts';
import { ancestors, endProcesses, isAlive, networkNamespaceOf, processesIn } from './processes.ts';

export interface TakenDown {
  readonly namespaces: readonly string[];
  /** How many were ended. */
  readonly processes: number;
  /** Namespaces that have a name of the lab's, and are not its own. */
  readonly foreign: readonly string[];
  /** Whether some were known by their inodes alone, which the kernel uses again. */
  readonly byInode: boolean;
}

/**
 * @param isForced also a lab whose journal is damaged: all namespaces whose names begin with its name and that are of no other
 * @throws {LabError} if there is no such lab, or it can't be taken down now
 */
export async function bringDown(name: string, { isForced = false } = {}): Promise<TakenDown> {
  requireRoot();
  await clearProbes();
  let journal: Journal | undefined;
  try {
    journal = readJournal(name);
  } catch (error) {
    if (!(isForced && error instanceof DamagedJournalError)) throw error;
    journal = guessedJournal(name);
  }
  if (journal === undefined)
    throw new LabError(`there is no lab ${name}; list them with: tunnelscope lab list`);
  if (labState(journal) === 'coming up' && journal.maker.pid !== process.pid) {
    throw new LabError(
      `lab ${name} is being brought up by process ${journal.maker.pid}: stop that first (Ctrl-C)`,
    );
  }
  return takeDown(journal);
}

function guessedJournal(name: string): Journal {
  const others = journalNames().filter((other) => other !== name);
  // Of another damaged one only the name is known.
  const isOthers = (namespace: string) =>
    others.some(
      (other) =>
        hasNamespace(other, namespace) || (other.startsWith(`${name}-`) && namespace.startsWith(`${other}-`)),
    );
  const namespaces = namedNamespaces()
    .filter((namespace) => namespace.startsWith(`${name}-`) && !isOthers(namespace))
    .map((namespace) => ({
      node: namespace.slice(name.length + 1),
      name: namespace,
      ...namedIdentity(namespace),
    }));
  return {
    name,
    namespaces,
    processes: [],
    bootId: '',
    state: 'coming-up',
  } as unknown as Journal;
}

/** Whether a lab has a namespace, as far as its journal can be read. */
function hasNamespace(lab: string, namespace: string): boolean {
  try {
    return readJournal(lab)?.namespaces.some(({ name }) => name === namespace) ?? false;
  } catch {
    return false;
  }
}

/** @throws {LabError} */
export async function takeDown(journal: Journal): Promise<TakenDown> {
  const { name, processes } = journal;
  const isGone = journal.bootId !== '' && labState(journal) === 'gone';
  const there = isGone
    ? []
    : journal.namespaces.filter((namespace) => namedIdentity(namespace.name) !== undefined);
  const own = there.filter((namespace) =>
    namespace.inode === undefined ? namespace.name === journal.adding : isStillThere(namespace),
  );
  const inodes = new Set(own.flatMap((namespace) => namedIdentity(namespace.name)?.inode ?? []));
  const inside = ancestors().find((pid) => inodes.has(networkNamespaceOf(pid) ?? 0));
  if (inside !== undefined) {
    throw new LabError(`this shell runs in lab ${name}, and would end with it: leave it first (exit)`);
  }
  const seen = new Set<number>();
  await endProcesses(() => {
    const started = isGone ? [] : processes.filter(isAlive).map(({ pid }) => pid);
    const found = [...new Set([...processesIn(inodes), ...started])];
    for (const pid of found) seen.add(pid);
    return found;
  });
  const failures: string[] = [];
  await withShell(async (run) => {
    for (const namespace of own) {
      const { status, stderr } = await run(['ip', 'netns', 'del', namespace.name]);
      if (status !== 0 && namedIdentity(namespace.name) !== undefined) failures.push(oneLine(stderr));
    }
  });
  if (failures.length > 0)
    throw new LabError(`lab ${name} was not taken down completely: ${failures.join('; ')}`);
  removeJournal(name);
  return {
    namespaces: own.map((namespace) => namespace.name),
    processes: seen.size,
    byInode: own.some(({ inode, cookie }) => inode !== undefined && cookie === undefined),
    foreign: there.filter((namespace) => !own.includes(namespace)).map((namespace) => namespace.name),
  };
}
