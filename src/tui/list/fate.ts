/** What became of a ping, as far as the packets tell. */

import { createNetworkReader } from '../../exchange/ip-header.ts';
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
 * @param isHop it is a request that a router answered, as traceroute asked of it
 */
export function fateOf(reader: PacketReader, packet: number, isLost: boolean, isHop: boolean): string {
  const { store, stack } = reader;
  const found = reader.read(packet);
  if (found === undefined) return '';
  const kind = kindOf(found.view, stack);
  if (kind !== 'request' && kind !== 'reply') return '';
  const partner = partnerOf(store, packet, kind === 'request' ? MOST_LOOKED_AT : 0);
  if (partner === undefined) {
    if (kind === 'reply') return 'No request for this reply was seen at this interface';
    const ranOut = store.hops.of(packet);
    if (ranOut !== undefined && isHop) {
      const ttl = createNetworkReader().timeToLive(found.view, stack.words, stack.networkBefore(stack.count));
      return `Hop ${ttl}: ${ranOut.from} answers in packet ${ranOut.by + 1}${afterText(store, packet, ranOut.by)}`;
    }
    if (ranOut !== undefined && isLost)
      return `Ran out of hops at ${ranOut.from}, as packet ${ranOut.by + 1} says`;
    return isLost ? 'No packet here answers it' : '';
  }
  const [request, reply] = partner < packet ? [partner, packet] : [packet, partner];
  const relation = partner < packet ? 'Answers' : 'Answered by';
  return `${relation} packet ${partner + 1}${afterText(store, request, reply)}`;
}

function afterText(store: PacketStore, request: number, reply: number): string {
  const apart = (store.secondsSinceFirst(reply) - store.secondsSinceFirst(request)) * 1e3;
  // Not all times are those at which packets passed: a reply never comes before its request.
  return apart < 0 ? ', but the times can’t be right' : ` after ${apart.toFixed(3)} ms`;
}
