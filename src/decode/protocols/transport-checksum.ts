/** The checksum that UDP, TCP and ICMPv6 share: over a pseudo-header, and header and payload (RFC 768, RFC 9293, RFC 4443). */
import { CHECKSUM, fold, pseudoHeaderSum, sumWords } from '../checksum.ts';
import type { LayerStack } from '../layer-stack.ts';
import { ARRIVED, finalDestination, ipv6Routing, UNKNOWN } from './ipv6-routing.ts';

/**
 * The state of the checksum at `field` bytes from the layer's start.
 *
 * Partial is what a sender with checksum offload leaves to its card: the stored value is the pseudo-header's sum alone
 * (linux/skbuff.h, CHECKSUM_PARTIAL). On packets captured before the card it is normal and no fault.
 *
 * @param protocol the IP protocol number
 * @returns a value of CHECKSUM
 */
export function transportChecksum(
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
  protocol: number,
  field: number,
): number {
  if (stack.isIncomplete(layer)) return CHECKSUM.unverifiable;
  const network = stack.networkBefore(layer);
  if (network < 0) return CHECKSUM.unverifiable;
  const { offset, bytes } = stack.describe(network).addresses as { offset: number; bytes: number };
  const end = stack.layerEnd(layer);
  const source = stack.start(network) + offset;
  let pseudo = pseudoHeaderSum(view, source, bytes * 2, protocol, end - start);
  for (let i = network + 1; i < layer; i++) {
    if (stack.describe(i) !== ipv6Routing) continue;
    const last = finalDestination(view, stack.start(i));
    if (last === ARRIVED) continue;
    if (last === UNKNOWN) return CHECKSUM.unverifiable;
    pseudo += sumWords(view, last, last + bytes) - sumWords(view, source + bytes, source + bytes * 2);
    break;
  }
  if (fold(pseudo + sumWords(view, start, end)) === 0xffff) return CHECKSUM.good;
  return view.getUint16(start + field) === fold(pseudo) ? CHECKSUM.partial : CHECKSUM.bad;
}
