/**
 * Link Layer Discovery Protocol (IEEE Std 802.1AB-2016, clause 8): a list of types, lengths and values.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  TLV type   |    TLV length   |       TLV information         ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { span, uint } from '../fields.ts';
import { DATA, type Field, HEADER_SHIFT, type Layers, type Protocol, STOP } from '../protocol.ts';

const TLV_HEADER = 2;
const END = 0;
const TIME_TO_LIVE = 3;
const PORT_DESCRIPTION = 4;
const SYSTEM_NAME = 5;
const SYSTEM_DESCRIPTION = 6;
const NONE = -1;

/** Where the first element of a type starts, from the layer's start, or NONE. */
function elementAt(view: DataView, start: number, stack: Layers, layer: number, type: number): number {
  const end = stack.payload(layer);
  for (let at = start; at + TLV_HEADER <= end; ) {
    const word = view.getUint16(at);
    if (word >> 9 === type) return at - start;
    if (word >> 9 === END) return NONE;
    at += TLV_HEADER + (word & 0x1ff);
  }
  return NONE;
}

function text(key: string, type: number, label: string, about: string): Field {
  return {
    key,
    label,
    about,
    kind: 'text',
    bit: 0,
    width: 0,
    when: (view, start, stack, layer) => elementAt(view, start, stack, layer, type) !== NONE,
    span: (view, start, stack, layer) => {
      const at = elementAt(view, start, stack, layer, type);
      return span(at + TLV_HEADER, view.getUint16(start + at) & 0x1ff);
    },
  };
}

export const lldp: Protocol = {
  name: 'lldp',
  title: 'Link Layer Discovery Protocol',
  short: 'LLDP',
  reference: 'IEEE 802.1AB',
  osi: 2,
  about: 'Switches and hosts tell their neighbour on the cable who they are, every half minute.',
  attach: [{ table: 'ethertype', values: [0x88cc] }],
  fields: [
    uint('time_to_live', 0, 16, 'Time to Live', 'How many seconds the neighbour should keep this.', {
      when: (view, start, stack, layer) => {
        const at = elementAt(view, start, stack, layer, TIME_TO_LIVE);
        return at !== NONE && (view.getUint16(start + at) & 0x1ff) >= 2;
      },
      read: (view, start, stack, layer) =>
        view.getUint16(start + elementAt(view, start, stack, layer, TIME_TO_LIVE) + TLV_HEADER),
    }),
    text('port.desc', PORT_DESCRIPTION, 'Port Description', 'A description of the sending port.'),
    text('tlv.system.name', SYSTEM_NAME, 'System Name', 'The sender’s name.'),
    text('tlv.system.desc', SYSTEM_DESCRIPTION, 'System Description', 'A description of the sender.'),
  ],
  summary(out, view, start, stack, layer) {
    const at = elementAt(view, start, stack, layer, SYSTEM_NAME);
    if (at === NONE) {
      out.text('Announcement');
      return;
    }
    const from = start + at + TLV_HEADER;
    out.packetText(view, from, from + (view.getUint16(start + at) & 0x1ff));
  },
  decode(stack, view, offset, end) {
    let at = offset;
    for (;;) {
      const needed = at + TLV_HEADER > end ? TLV_HEADER : TLV_HEADER + (view.getUint16(at) & 0x1ff);
      if (at + needed > end) {
        stack.tooShort(at, needed, end - at, 'LLDP element');
        // The elements before it stand.
        return at === offset ? STOP : ((at - offset) << HEADER_SHIFT) | DATA;
      }
      const word = view.getUint16(at);
      const next = at + needed;
      at = next;
      if (word >> 9 === END) break;
    }
    // What is behind the last element is padding.
    stack.end = at;
    return ((at - offset) << HEADER_SHIFT) | DATA;
  },
};
