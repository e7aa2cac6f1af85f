/** This machine's devices, for pictures of a live capture. */
import type { Topology } from '../picture/topology.ts';

/**
 * To be called before root is given up, as namespaces are looked into.
 *
 * @returns how they are now; undefined on systems where they can't be looked into
 */
export async function surveyHost(): Promise<Topology | undefined> {
  if (process.platform !== 'linux') return undefined;
  const [{ surveyNamespaces }, { createTopology }] = await Promise.all([
    import('../host/survey.ts'),
    import('../picture/topology.ts'),
  ]);
  return createTopology(surveyNamespaces());
}
