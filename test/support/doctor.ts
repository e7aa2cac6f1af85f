/** What doctor says of a lab, in this process. */
import { examine } from '../../src/doctor/examine.ts';
import type { Problem } from '../../src/doctor/problem.ts';
import type { HostFacts } from '../../src/host/facts/facts.ts';
import { readFacts } from '../../src/host/facts/read-facts.ts';

/** What the namespaces of a lab say of themselves. */
export function factsOfLab(lab: string): HostFacts {
  return readFacts((name) => name?.startsWith(`${lab}-`) === true);
}

/** `error far-end h2`, `warning inner-mtu h1 flannel.1`: nodes without the lab's name. */
export function problemLine({ severity, check, namespace, device }: Problem, lab: string): string {
  const node = namespace.replace(`${lab}-`, '');
  return [severity, check, node, ...(device === undefined ? [] : [device])].join(' ');
}

export function problemsOf(lab: string): readonly Problem[] {
  return examine([factsOfLab(lab)]).problems;
}
