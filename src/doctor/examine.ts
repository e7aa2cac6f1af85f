/** Judges what hosts said: everything at once, or what several hosts said together. Pure: nothing is asked or sent. */
import type { HostFacts } from '../host/facts/facts.ts';
import { addresses } from './checks/addresses.ts';
import { containerWays } from './checks/container-ways.ts';
import { containers } from './checks/containers.ts';
import { envelopes } from './checks/envelopes.ts';
import { programDevices } from './checks/program-devices.ts';
import { tunnelDevices } from './checks/tunnel-devices.ts';
import { vxlanEntries } from './checks/vxlan-entries.ts';
import { vxlanFloods } from './checks/vxlan-floods.ts';
import { CHECKS } from './checks.ts';
import { createModel } from './model.ts';
import type { Problem, Severity } from './problem.ts';
import { type Check, createSituation } from './situation.ts';

export interface Examination {
  readonly hosts: readonly string[];
  readonly namespaces: number;
  readonly tunnels: number;
  readonly containers: number;
  /** Errors first; each once. */
  readonly problems: readonly Problem[];
  /** What could not be seen, in words. */
  readonly unseen: readonly string[];
}

const ALL: readonly Check[] = [
  tunnelDevices,
  programDevices,
  envelopes,
  vxlanEntries,
  vxlanFloods,
  containers,
  containerWays,
  addresses,
];

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];
const NAMES = Object.keys(CHECKS);

export function examine(hosts: readonly HostFacts[]): Examination {
  const model = createModel(hosts);
  const situation = createSituation(model);
  const problems = new Map<string, Problem>();
  for (const found of ALL.flatMap((check) => check(situation))) {
    // One fault stands in the way of many: the worst that it does is told.
    const key = JSON.stringify([found.check, found.namespace, found.device, found.seen]);
    const before = problems.get(key);
    if (before === undefined) problems.set(key, found);
    else problems.set(key, together(before, found));
  }
  const cut = model.namespaces.flatMap(({ title, facts }) =>
    facts.cut.map((list) => `${list} of ${title} beyond those kept`),
  );
  return {
    hosts: hosts.map(({ host }) => host),
    namespaces: model.namespaces.length,
    tunnels: situation.tunnels.length,
    containers: situation.containers.length,
    problems: [...problems.values()].sort(
      (one, other) => rank(one) - rank(other) || NAMES.indexOf(one.check) - NAMES.indexOf(other.check),
    ),
    unseen: [
      ...hosts.flatMap(({ host, unseen }) =>
        unseen.map((what) => (hosts.length > 1 ? `${host}: ${what}` : what)),
      ),
      ...cut,
    ],
  };
}

/** @returns the graver one, with all that it concerns */
function together(one: Problem, other: Problem): Problem {
  const graver = rank(one) <= rank(other) ? one : other;
  const concerns = new Set([...(one.concerns ?? []), ...(other.concerns ?? [])]);
  return { ...graver, ...(concerns.size > 0 && { concerns: [...concerns] }) };
}

function rank({ severity }: Problem): number {
  return SEVERITIES.indexOf(severity);
}
