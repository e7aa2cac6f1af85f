/** The checksum that UDP, TCP and ICMPv6 share: over a pseudo-header, and header and payload (RFC 768, RFC 9293, RFC 4443). */
import { CHECKSUM, fold, pseudoHeaderSum, sumWords } from '../checksum.ts';
import type { Layers } from '../protocol.ts';
import { sourceRouteEnd } from './ipv4-options.ts';
import { homeAddressAt } from './ipv6-option-items.ts';
import { ipv6DestinationOptions } from './ipv6-options.ts';
import { finalDestination, ipv6Routing } from './ipv6-routing.ts';
import { OWN_ADDRESS, UNKNOWN_ADDRESS } from './pseudo-address.ts';

/** What {@link pseudoHeader} answers where the addresses that count aren't known. */
const UNKNOWN = -1;

/**
 * The state of the checksum at `field` bytes from the layer's start.
 *
 * Partial is what a sender with checksum offload leaves to its card: the stored value is the pseudo-header's sum alone
 * (linux/skbuff.h, CHECKSUM_PARTIAL), or is right for what the card will make of a checksum inside
 * ({@link isCompletedInside}). On packets captured before the card it is normal and no fault.
 *
 * @param protocol the IP protocol number
 * @returns a value of CHECKSUM
 */
export function transportChecksum(
  view: DataView,
  start: number,
  stack: Layers,
  layer: number,
  protocol: number,
  field: number,
): number {
  if (stack.isIncomplete(layer)) return CHECKSUM.unverifiable;
  const pseudo = pseudoHeader(view, start, stack, layer, protocol);
  if (pseudo === UNKNOWN) return CHECKSUM.unverifiable;
  if (fold(pseudo + sumWords(view, start, stack.layerEnd(layer))) === 0xffff) return CHECKSUM.good;
  if (view.getUint16(start + field) === fold(pseudo)) return CHECKSUM.partial;
  return isCompletedInside(view, stack, layer, pseudo) ? CHECKSUM.partial : CHECKSUM.bad;
}

/**
 * Local checksum offload (Linux, Documentation/networking/checksum-offloads.rst, "LCO"): a checksum inside is left to the card, and this
 * one is right for the packet that the card will send. When the card is done, the inner header and all behind it add up to the
 * complement of what stands in the inner checksum's field now, whatever the bytes are: so the sender needed only the headers before it.
 *
 * @param sum of the layer's pseudo-header; 0 if it has none
 */
export function isCompletedInside(view: DataView, stack: Layers, layer: number, sum: number): boolean {
  const start = stack.start(layer);
  const end = stack.layerEnd(layer);
  for (let inner = layer + 1; inner < stack.count && !stack.isQuoted(inner); inner++) {
    const { leftToCard } = stack.describe(inner);
    if (leftToCard === undefined || stack.isIncomplete(inner)) continue;
    const at = stack.start(inner);
    // Linux adds up the headers before it as if they were an even number of bytes: where they are not, the result is wrong.
    if (at < start || at >= end || ((at - start) & 1) !== 0) continue;
    const stored = view.getUint16(at + leftToCard.field);
    const pseudo = pseudoHeader(view, at, stack, inner, leftToCard.ipProtocol);
    if (pseudo === UNKNOWN || stored !== fold(pseudo)) continue;
    if (fold(sum + sumWords(view, start, at) + 0xffff - stored) === 0xffff) return true;
  }
  return false;
}

/** The sum of a layer's pseudo-header, with the addresses of the packet's first sender and last receiver; or UNKNOWN. */
function pseudoHeader(view: DataView, start: number, stack: Layers, layer: number, protocol: number): number {
  const network = stack.networkBefore(layer);
  if (network < 0) return UNKNOWN;
  const { offset, bytes } = stack.describe(network).addresses as { offset: number; bytes: number };
  const header = stack.start(network);
  const source = header + offset;
  const destination = source + bytes;
  let sum = pseudoHeaderSum(view, source, bytes * 2, protocol, stack.layerEnd(layer) - start);
  let last = bytes === 4 ? sourceRouteEnd(view, header, stack.headerLength(network)) : OWN_ADDRESS;
  for (let i = network + 1; i < layer; i++) {
    const extension = stack.describe(i);
    if (extension === ipv6Routing && last === OWN_ADDRESS) {
      last = finalDestination(view, stack.start(i));
    } else if (extension === ipv6DestinationOptions) {
      const home = homeAddressAt(view, stack.start(i), stack.headerLength(i));
      if (home !== OWN_ADDRESS)
        sum += sumWords(view, home, home + bytes) - sumWords(view, source, destination);
    }
  }
  if (last === UNKNOWN_ADDRESS) return UNKNOWN;
  if (last === OWN_ADDRESS) return sum;
  return sum + sumWords(view, last, last + bytes) - sumWords(view, destination, destination + bytes);
}
