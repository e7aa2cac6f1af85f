/** A whole capture's pings from point to point, in one call. */

import type { Decoder } from '../decode/decoder.ts';
import { requireSource } from '../packet/require-source.ts';
import type { PacketSource } from '../packet/source.ts';
import type { Followed } from './followed.ts';
import { createPathTracker } from './path-tracker.ts';
import type { PathView } from './path-view.ts';

/**
 * Reads a source to the end and says how far each ping came: at which interfaces it was seen, and where last. Closes
 * the source, even on errors.
 *
 * ```ts
 * const { points, pings } = await tracePath(await openCaptureFile('any.pcapng'));
 * ```
 *
 * @param source read to the end, and closed
 * @param decoder to decode payloads as the user says; default: the usual decoder
 * @param of what is followed: `icmp`, `tcp` (connections' handshakes), `dns` (queries); default: pings alone
 * @throws {CaptureError} if the source fails in the middle
 * @throws {TypeError} if it is not a source
 */
export async function tracePath(
  source: PacketSource,
  decoder?: Decoder,
  of?: readonly Followed[],
): Promise<PathView> {
  requireSource(source, 'tracePath');
  const { interfaces } = source;
  try {
    const tracker = createPathTracker({
      interfaces,
      ...(decoder !== undefined && { decoder }),
      ...(of !== undefined && { of }),
    });
    for (;;) {
      const batch = await source.next();
      if (batch === undefined) {
        const { endedAt } = source.statistics();
        const end = source.isLive ? Date.now() / 1000 : undefined;
        const ended = (index: number) => end ?? endedAt?.[index];
        return tracker.view(droppedAt(source), source.timesAreArrival, undefined, ended);
      }
      tracker.batch(batch);
    }
  } finally {
    await source.close();
  }
}

/** Packets that a capture lost, by interface index; undefined if it can't tell. */
export function droppedAt(source: PacketSource): (interfaceIndex: number) => number | undefined {
  const { interfaces } = source;
  const { dropped, droppedAt } = source.statistics();
  return (index) => droppedAt?.[index] ?? (interfaces.length === 1 ? dropped : undefined);
}
