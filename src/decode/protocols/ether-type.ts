/** The two bytes behind Ethernet addresses and VLAN tags: an EtherType, or the length of an 802.3 frame (IEEE Std 802.3-2022, 3.2.6). */
import type { Decoding } from '../protocol.ts';

/** "The value of this field is greater than or equal to 1536 decimal" where it is a type and not a length (802.3, 3.2.6). */
export const SMALLEST_TYPE = 1536;
export const LARGEST_LENGTH = 1500;
/** Linux's number for LLC among EtherTypes, where no real one can be (linux/if_ether.h). */
const ETH_P_802_2 = 4;

/**
 * The dispatch entry of what follows the type or length field at `at`. A length narrows the layer: what is behind it is
 * padding.
 */
export function entryBehindType(stack: Decoding, view: DataView, at: number, end: number): number {
  const next = view.getUint16(at);
  if (next >= SMALLEST_TYPE) return stack.tables.etherType[next];
  if (next > LARGEST_LENGTH) {
    stack.malformed(at, 'Ethernet type field is neither a length (1500 at most) nor a type (1536 at least)');
    return stack.tables.etherType[0];
  }
  const available = end - at - 2;
  if (next < available) stack.end = at + 2 + next;
  else if (next > available) stack.lengthBeyond(at, next, available, '802.3 length');
  return stack.tables.etherType[ETH_P_802_2];
}
