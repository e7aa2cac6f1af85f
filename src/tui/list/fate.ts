/** What became of a ping, as far as the packets tell. */

import type { PacketReader } from '../packets/packet-reader.ts';
import type { PacketStore } from '../packets/store.ts';
import { kindOf } from './packet-kind.ts';

/** Packets behind a request among which its reply is looked for. */
const MOST_LOOKED_AT = 4096;

/**
 * The other half of a ping: of a reply its request, of a request the reply that answers it.
 *
 * @param most packets to look at for a reply
 */
export function partnerOf(store: PacketStore, packet: number, most: number): number | undefined {
  const request = store.requestOf(packet);
  if (request !== undefined) return request;
  const end = Math.min(store.count, packet + 1 + most);
  for (let reply = packet + 1; reply < end; reply++) if (store.requestOf(reply) === packet) return reply;
  return undefined;
}

/**
 * "Answered by packet 2 after 0.198 ms"; empty if the packet is no ping, or nothing is known yet.
 *
 * @param isLost it is a request that stayed without an answer
 */
export function fateOf(reader: PacketReader, packet: number, isLost: boolean): string {
  const { store, stack } = reader;
  const found = reader.read(packet);
  if (found === undefined) return '';
  const kind = kindOf(found.view, stack);
  if (kind !== 'request' && kind !== 'reply') return '';
  const partner = partnerOf(store, packet, kind === 'request' ? MOST_LOOKED_AT : 0);
  if (partner === undefined) {
    if (kind === 'reply') return 'No request for this reply was seen at this interface';
    return isLost ? 'No packet here answers it' : '';
  }
  const [request, reply] = partner < packet ? [partner, packet] : [packet, partner];
  const apart = (store.secondsSinceFirst(reply) - store.secondsSinceFirst(request)) * 1e3;
  const relation = partner < packet ? 'Answers' : 'Answered by';
  // Not all times are those at which packets passed: a reply never comes before its request.
  const time = apart < 0 ? ', but the times can’t be right' : ` after ${apart.toFixed(3)} ms`;
  return `${relation} packet ${partner + 1}${time}`;
}
