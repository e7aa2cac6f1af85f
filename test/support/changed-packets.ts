/** Every capture's packets with their times, and changes of them that a network, or somebody with bad intentions, could make. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import type { CapturedPacket } from './captures.ts';
import { viewOf } from './decoding.ts';
import { mutated } from './mutations.ts';
import type { TimedPacket } from './pings.ts';

/** The most packets of a capture that are looked at. */
const MOST_PACKETS = 200;

/** All fixtures' paths. */
export const captures = readdirSync('fixtures', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.pcap(ng)?(\.gz|\.zst)?$/.test(name))
  .sort()
  .map((name) => join('fixtures', name));

export async function packetsOf(path: string): Promise<TimedPacket[]> {
  const source = await openCaptureFile(path);
  const packets: TimedPacket[] = [];
  let first: number | undefined;
  while (packets.length < MOST_PACKETS) {
    const batch = await source.next();
    if (batch === undefined) break;
    for (let i = 0; i < batch.count && packets.length < MOST_PACKETS; i++) {
      const [start, seconds] = [batch.start[i] as number, batch.seconds[i] as number];
      first ??= seconds;
      packets.push({
        bytes: batch.bytes.slice(start, start + (batch.capturedLength[i] as number)),
        time: (seconds - first) * 1e9 + (batch.nanoseconds[i] as number),
        interfaceIndex: batch.interfaceIndex[i] as number,
        linkType: source.interfaces[batch.interfaceIndex[i] as number]?.linkType as number,
      });
    }
  }
  await source.close();
  return packets;
}

/** Packets lost, copied, out of order, late, at another interface, or with bytes turned over. */
export function changed(packets: readonly TimedPacket[], random: (below: number) => number): TimedPacket[] {
  const result = packets.flatMap((packet): TimedPacket[] => {
    switch (random(12)) {
      case 0:
        return [];
      case 1:
        return [packet, { ...packet, time: packet.time + random(2_000_000) }];
      case 2:
        return [{ ...packet, time: packet.time + random(3_000_000_000) - 1_000_000_000 }];
      case 3:
      case 4: {
        const { bytes, linkType = 0 } = packet;
        const lying: CapturedPacket = {
          number: 1,
          bytes,
          view: viewOf(bytes),
          originalLength: bytes.length,
          linkType,
        };
        return [{ ...packet, bytes: mutated(lying, random).bytes }];
      }
      default:
        return [packet];
    }
  });
  for (let swaps = random(4); swaps > 0 && result.length > 1; swaps--) {
    const at = random(result.length - 1);
    result.splice(at, 2, result[at + 1] as TimedPacket, result[at] as TimedPacket);
  }
  return result;
}
