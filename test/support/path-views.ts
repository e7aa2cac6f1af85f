/** Path views of packets made by hand: a point is a packet's interface. */
import type { KernelWitness } from '../../src/packet/kernel-drop.ts';
import type { Followed } from '../../src/path/followed.ts';
import { createPathTracker } from '../../src/path/path-tracker.ts';
import type { PathView } from '../../src/path/path-view.ts';
import { capacityFor, decoder, sourceOf, type TimedPacket } from './pings.ts';

/**
 * @param clocks each point's clock; one for all where not given
 * @param of what is followed; pings alone where not given
 * @param witness what the kernel told
 */
export async function pathOf(
  packets: readonly TimedPacket[],
  clocks?: readonly number[],
  of?: readonly Followed[],
  witness?: KernelWitness,
): Promise<PathView> {
  const source = sourceOf(packets);
  const origins = clocks?.map((clock) => ({ label: `host${clock}`, clock }));
  const tracker = createPathTracker({
    decoder,
    ...(of !== undefined && { of }),
    ...capacityFor(packets),
    interfaces: Array.from(
      source.interfaces,
      (known, i) => known ?? { ...source.interfaces[0], name: `test${i}` },
    ),
    ...(origins !== undefined && { originOf: (index: number) => origins[index] as (typeof origins)[0] }),
  });
  const batch = await source.next();
  if (batch !== undefined) tracker.batch(batch);
  return tracker.view(() => undefined, false, witness);
}
