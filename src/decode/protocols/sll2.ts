/**
 * Linux cooked-mode capture, version 2 (LINKTYPE_LINUX_SLL2): the first one's fields in another order, and the interface's number
 * (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |         Protocol type         |        Reserved (MBZ)         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Interface index                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          ARPHRD_ type         |  Packet type  | Address length|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 Link-layer address (64 bits)                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { uint } from '../fields.ts';
import { HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { cookedFields, cookedPayload } from './sll.ts';

const HEADER = 20;
const INTERFACE_INDEX = 4;
const HARDWARE_TYPE = 8;

/** The number of the interface that the packet was seen on, in the capturing machine's own count. */
export function interfaceIndex(view: DataView, start: number): number {
  return view.getUint32(start + INTERFACE_INDEX);
}

export const sll2: Protocol = {
  name: 'sll2',
  title: 'Linux cooked capture v2',
  short: 'SLL2',
  reference: 'LINKTYPE_LINUX_SLL2',
  osi: 2,
  about:
    'Not a header from the network: captures on “any” use it in place of the link-layer header, and it names the interface.',
  attach: [{ table: 'link', values: [276] }],
  fields: [
    uint(
      'ifindex',
      INTERFACE_INDEX,
      32,
      'Interface index',
      'The interface that saw the packet: a packet may be seen on several, on its way through a bridge or a tunnel.',
      { filter: 'sll.ifindex' },
    ),
    ...cookedFields({
      packetType: { byte: 10, width: 8 },
      hardwareType: HARDWARE_TYPE,
      addressLength: { byte: 11, width: 8 },
      address: 12,
      protocol: 0,
    }),
  ],
  summary(out, view, start) {
    out.text('Protocol 0x');
    out.hex(view.getUint16(start), 4);
  },
  decode(stack, view, offset, end) {
    if (end - offset < HEADER) return stack.tooShort(offset, HEADER, end - offset, 'Linux cooked header');
    const next = cookedPayload(stack.tables, view.getUint16(offset + HARDWARE_TYPE), view.getUint16(offset));
    return (HEADER << HEADER_SHIFT) | next;
  },
};
