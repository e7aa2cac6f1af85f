/**
 * Internet Protocol, version 6 (RFC 8200, 3).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Version| Traffic Class |           Flow Label                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                                                               |
 * +                         Source Address                        +
 * |                           (128 bits)                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                                                               |
 * +                      Destination Address                      +
 * |                           (128 bits)                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, ipv6Address, uint } from '../fields.ts';
import { INCOMPLETE } from '../layer-stack.ts';
import { ipProtocolNames } from '../names.ts';
import { provenIpv6 } from '../proof.ts';
import { DATA, type Decoding, HEADER_SHIFT, NO_TUNNEL, type Protocol } from '../protocol.ts';
import { addressFields, serviceFields, writeCarried } from './ip-fields.ts';
import { guessedInIp } from './ip-guess.ts';
import { jumboPayloadAt } from './ipv6-option-items.ts';

const HEADER = 40;
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const DESTINATION = 24;
const NO_NEXT_HEADER = 59;
const HOP_BY_HOP = 0;
const LARGEST_PLAIN_PAYLOAD = 65_535;

/**
 * Ends the present layer where the hop-by-hop header behind it says so, if it does (RFC 2675, 2). What Linux hands to a card as one
 * packet ("BIG TCP") is longer than 65,535 bytes too, with the option or without.
 */
function narrowToJumbogram(stack: Decoding, view: DataView, hopByHop: number, end: number): void {
  const at = jumboPayloadAt(view, hopByHop, end);
  if (at < 0) return;
  const length = view.getUint32(at);
  if (length <= LARGEST_PLAIN_PAYLOAD) {
    // Receivers drop it. The frame's end is as good a guess as any.
    stack.malformed(at, 'IPv6 jumbo payload length is below 65,536', LARGEST_PLAIN_PAYLOAD + 1, length);
  } else if (length <= end - hopByHop) {
    stack.end = hopByHop + length;
    stack.incomplete = INCOMPLETE.no;
  } else {
    stack.lengthBeyond(at, length, end - hopByHop, 'IPv6 jumbo payload length');
  }
}

export const ipv6: Protocol = {
  name: 'ipv6',
  title: 'Internet Protocol Version 6',
  short: 'IPv6',
  reference: 'RFC 8200, section 3',
  osi: 3,
  about:
    'IPv4’s successor, with addresses of 128 bits. Options have extension headers of their own after this one, and only the sender fragments packets.',
  attach: [
    { table: 'link', values: [229] },
    { table: 'ethertype', values: [0x86dd] },
    { table: 'ip.proto', values: [41], tunnel: 'protocol' },
    { table: 'ppp.protocol', values: [0x0057] },
    { table: 'udp.guess', firstByte: [0x60, 0x6f], prove: provenIpv6 },
  ],
  addresses: { offset: SOURCE, bytes: 16 },
  fields: [
    bits('version', 0, 4, 'Version', '4 for IPv4, 6 for IPv6.'),
    bits('version', 0, 4, 'Version', '4 for IPv4, 6 for IPv6.', { filter: 'ip.version', hidden: true }),
    {
      key: 'tclass',
      label: 'Traffic Class',
      about: 'DSCP and ECN together.',
      kind: 'hex',
      bit: 4,
      width: 8,
      digits: 8,
      hidden: true,
    },
    ...serviceFields('tclass', 4),
    {
      key: 'flow',
      label: 'Flow Label',
      about: 'The same for all packets of a flow, so that routers send them the same way.',
      kind: 'hex',
      bit: 12,
      width: 20,
    },
    uint(
      'plen',
      PAYLOAD_LENGTH,
      16,
      'Payload Length',
      'The number of bytes after this header, including extension headers: unlike IPv4’s, it does not count the header itself.',
    ),
    uint(
      'nxt',
      NEXT_HEADER,
      8,
      'Next Header',
      'What follows, an extension header or the payload: 6 is TCP, 17 UDP, 41 another IPv6 packet, 58 ICMPv6.',
      { values: ipProtocolNames },
    ),
    uint(
      'hlim',
      HOP_LIMIT,
      8,
      'Hop Limit',
      'Each router decrements it, and drops the packet at zero: IPv4’s Time to Live.',
    ),
    ...addressFields(ipv6Address, 'ipv6.addr', SOURCE, DESTINATION, (out, view, at) => out.ipv6(view, at)),
  ],
  summary(out, view, start) {
    writeCarried(out, 'Next header ', view.getUint8(start + NEXT_HEADER));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    // Behind next header 41 it is IPv6 that is tunneled, and IPv4 behind 4 (RFC 2473, 3): another version is no packet, and no tunnel.
    if (available > 0 && view.getUint8(offset) >> 4 !== 6) {
      const instead = guessedInIp(stack, view, offset, end);
      if (instead !== DATA) return instead;
      stack.malformed(offset, 'IPv6 version is not 6');
      return NO_TUNNEL;
    }
    if (available < HEADER) return stack.tooShort(offset, HEADER, available, 'IPv6 header');
    const length = view.getUint16(offset + PAYLOAD_LENGTH);
    const next = view.getUint8(offset + NEXT_HEADER);
    if (length === 0) {
      // Zero says that an option has the length, or is left to the card by segmentation offload: the packet goes on to the
      // end of the frame. Only where the header says that nothing follows, nothing does.
      if (next === NO_NEXT_HEADER) stack.end = offset + HEADER;
      else if (next === HOP_BY_HOP) narrowToJumbogram(stack, view, offset + HEADER, end);
    } else if (HEADER + length <= available) {
      stack.end = offset + HEADER + length;
      stack.incomplete = INCOMPLETE.no;
    } else {
      stack.lengthBeyond(offset + PAYLOAD_LENGTH, length, available - HEADER, 'IPv6 payload length');
    }
    return (HEADER << HEADER_SHIFT) | stack.tables.ipProtocol[next];
  },
};
