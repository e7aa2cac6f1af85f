/** The labs that are up. */
import { isSameNamespace, namedIdentity } from '../../host/namespace.ts';
import { similarTo } from '../../text/similar.ts';
import { bootId, type Journal, journalNames, readJournal } from './journal.ts';
import { LabError } from './lab-error.ts';
import { isAlive } from './processes.ts';

/** As its journal tells it. */
export type Lab = Readonly<Journal>;

/** coming up: another process is at it. broken off: that process is gone. gone: of before the machine's last start. */
export type LabState = 'up' | 'coming up' | 'broken off' | 'gone';

export function labState(lab: Lab): LabState {
  if (lab.bootId !== bootId()) return 'gone';
  if (lab.state === 'up') return 'up';
  return isAlive(lab.maker) ? 'coming up' : 'broken off';
}

/**
 * The lab that a command is about.
 *
 * @param name undefined: the only one that is up
 * @throws {LabError} if there is none, or several, or it is not up
 */
export function findLab(name?: string): Lab {
  const names = journalNames();
  if (name === undefined && names.length !== 1) {
    throw new LabError(
      names.length === 0
        ? 'no lab is up; bring one up with: tunnelscope lab up socat'
        : `several labs are up: ${names.join(', ')}; name one with --lab NAME`,
    );
  }
  const wanted = name ?? (names[0] as string);
  const lab = readJournal(wanted);
  if (lab === undefined) {
    const similar = similarTo(wanted, names);
    const hint =
      names.length === 0
        ? 'no lab is up'
        : similar === undefined
          ? `there are: ${names.join(', ')}`
          : `did you mean ${similar}?`;
    throw new LabError(`there is no lab ${wanted}; ${hint}`);
  }
  const state = labState(lab);
  if (state !== 'up') {
    throw new LabError(
      state === 'coming up'
        ? `lab ${wanted} is being brought up by process ${lab.maker.pid}`
        : `lab ${wanted} is not up: ${REASON[state]}; remove it with: tunnelscope lab down ${wanted}`,
    );
  }
  return lab;
}

export const REASON = {
  'broken off': 'bringing it up was interrupted',
  gone: 'it dates from before the last boot',
} as const;

/** A lab's namespace as its journal remembers it. */
type Remembered = Lab['namespaces'][number];

/** Whether the namespace under a name is still the one that the lab made, and not another that was given its name since. */
export function isStillThere(namespace: Remembered): boolean {
  return isSameNamespace(namespace, namedIdentity(namespace.name));
}
