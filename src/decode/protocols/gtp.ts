/**
 * GTP-U, the user plane of the GPRS Tunnelling Protocol (3GPP TS 29.281, sections 5.1 and 5.2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Ver |P|x|E|S|N|  Message Type |             Length            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Tunnel Endpoint Identifier (TEID)               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Sequence Number        |  N-PDU Number | Next Ext. Type|  if E, S or N
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Ext. Length  |            Content …          | Next Ext. Type|  for each type that is not 0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

import type { FitsPrelude } from '../dispatch-tables.ts';
import { bits, byteString, flag, hex, ofEach, span, uint } from '../fields.ts';
import { DATA, type Field, HEADER_SHIFT, type Items, type Protocol } from '../protocol.ts';

const MANDATORY_HEADER = 8;
const OPTIONAL_HEADER = 12;
const MESSAGE_TYPE = 1;
const LENGTH = 2;
const TEID = 4;
const NEXT_EXTENSION = 11;
const OPTIONAL = 0x07;
const EXTENSION = 0x04;
const SEQUENCE = 0x02;
const N_PDU = 0x01;
const VERSION_AND_TYPE = 0xf0;
const GTP_1 = 0x30;
const G_PDU = 255;
const NO_MORE = 0;
const PDU_SESSION_CONTAINER = 0x85;

const messageNames: Readonly<Record<number, string>> = {
  1: 'Echo request',
  2: 'Echo response',
  26: 'Error indication',
  31: 'Supported extension headers notification',
  253: 'Tunnel status',
  254: 'End marker',
  255: 'T-PDU',
};

const extensionNames: Readonly<Record<number, string>> = {
  0: 'No more extension headers',
  32: 'Service Class Indicator',
  64: 'UDP Port number',
  130: 'Long PDCP PDU Number',
  132: 'NR RAN Container',
  133: 'PDU Session container',
  192: 'PDCP PDU number',
};

type When = NonNullable<Field['when']>;

const hasFlag =
  (mask: number): When =>
  (view, start) =>
    (view.getUint8(start) & mask) !== 0;

/** The container of a 5G session directly behind the fixed part, where it always is. */
const hasSession: When = (view, start, stack, layer) =>
  hasFlag(EXTENSION)(view, start, stack, layer) &&
  view.getUint8(start + NEXT_EXTENSION) === PDU_SESSION_CONTAINER &&
  stack.headerLength(layer) >= OPTIONAL_HEADER + 4;

/** The type bytes at the end of each extension header. */
const typesBehind: Items = (view, start, stack, layer, visit) => {
  if ((view.getUint8(start) & EXTENSION) === 0) return;
  const end = start + stack.headerLength(layer);
  for (let at = start + OPTIONAL_HEADER; at < end; ) {
    at += view.getUint8(at) << 2;
    visit(at - 1);
  }
};

const extensionFields = ofEach('ext_hdr', typesBehind, [
  hex(
    'next',
    0,
    8,
    'Next Extension Header Type',
    'What follows this extension header; 0 if it is the last.',
    {
      filter: 'gtp.ext_hdr.next',
      values: extensionNames,
    },
  ),
]);

/** Whether a payload can be GTP-U: version 1, no reserved bit, and a length that is what is there. */
function isVersion1(view: DataView, offset: number, end: number): boolean {
  if (end - offset < MANDATORY_HEADER || (view.getUint8(offset) & ~OPTIONAL) !== GTP_1) return false;
  return view.getUint16(offset + LENGTH) === end - offset - MANDATORY_HEADER;
}

/** User data on any port: a packet of the length that the header says. */
const fitsAnyPort: FitsPrelude = (view, offset, end, bytes, isFrame) => {
  const optional = view.getUint8(offset) & OPTIONAL;
  return (
    !isFrame &&
    (view.getUint8(offset) & ~OPTIONAL) === GTP_1 &&
    view.getUint8(offset + MESSAGE_TYPE) === G_PDU &&
    view.getUint16(offset + LENGTH) === end - offset - MANDATORY_HEADER &&
    bytes === (optional === 0 ? MANDATORY_HEADER : OPTIONAL_HEADER)
  );
};

export const gtp: Protocol = {
  name: 'gtp',
  title: 'GPRS Tunneling Protocol',
  short: 'GTP-U',
  reference: '3GPP TS 29.281, section 5.1',
  about:
    'Carries a mobile phone’s packets through the operator’s network, one tunnel per phone and direction: the TEID is the receiver’s number for it.',
  attach: [
    { table: 'udp.port', values: [2152], tunnel: 'port', answers: isVersion1 },
    { table: 'udp.prelude', bytes: [MANDATORY_HEADER, OPTIONAL_HEADER], fits: fitsAnyPort },
    { table: 'decode-as', name: 'gtp' },
  ],
  identifier: { name: 'teid', filter: 'gtp.teid', read: (view, start) => view.getUint32(start + TEID) },
  fields: [
    hex('flags', 0, 8, 'Flags', 'The version, and which optional fields are present.', { hidden: true }),
    bits('flags.version', 0, 3, 'Version', 'Always 1 in the user plane.'),
    bits('flags.payload', 3, 1, 'Protocol Type (PT)', '1 for GTP, 0 for its charging variant.'),
    bits('flags.reserved', 4, 1, 'Reserved', 'Must be zero.', { hidden: true }),
    flag('flags.e', 5, 'Extension Header (E)', 'Extension headers follow.'),
    flag('flags.s', 6, 'Sequence Number (S)', 'The sequence number is valid.'),
    flag('flags.pn', 7, 'N-PDU Number (PN)', 'The N-PDU number is valid.'),
    hex(
      'message',
      MESSAGE_TYPE,
      8,
      'Message Type',
      '0xff carries a packet; other types are control messages between the ends.',
      {
        values: messageNames,
      },
    ),
    uint('length_field', LENGTH, 16, 'Length', 'The number of bytes after the first eight.', {
      filter: 'gtp.length',
    }),
    hex('teid', TEID, 32, 'TEID', 'The receiver’s number for the tunnel.'),
    hex('seq_number', 8, 16, 'Sequence Number', 'Counts the packets, if their order matters.', {
      when: hasFlag(SEQUENCE),
    }),
    hex('npdu_number', 10, 8, 'N-PDU Number', 'Used when a phone moves to another cell.', {
      when: hasFlag(N_PDU),
    }),
    hex('next', NEXT_EXTENSION, 8, 'Next Extension Header Type', '0x85 is the QoS flow of a 5G session.', {
      filter: 'gtp.ext_hdr.next',
      values: extensionNames,
      when: hasFlag(EXTENSION),
    }),
    ...extensionFields,
    bits('pdu_session.pdu_type', 13 * 8, 4, 'PDU Type', '0 goes to the phone, 1 comes from it.', {
      filter: 'gtp.ext_hdr.pdu_ses_con.pdu_type',
      when: hasSession,
    }),
    bits('pdu_session.qfi', 14 * 8 + 2, 6, 'QoS Flow Identifier (QFI)', 'How urgent the phone’s packet is.', {
      filter: 'gtp.ext_hdr.pdu_ses_con.qos_flow_id',
      when: hasSession,
    }),
    byteString(
      'extensions',
      'Extension Headers',
      'All of them, as they were on the wire.',
      (_view, _start, stack, layer) => span(OPTIONAL_HEADER, stack.headerLength(layer) - OPTIONAL_HEADER),
      { when: (_view, _start, stack, layer) => stack.headerLength(layer) > OPTIONAL_HEADER },
    ),
  ],
  summary(out, view, start) {
    const message = view.getUint8(start + MESSAGE_TYPE);
    const name = messageNames[message];
    if (name === undefined) {
      out.text('Message ');
      out.uint(message);
    } else {
      out.text(name);
    }
    out.text(' TEID=0x');
    out.hex(view.getUint32(start + TEID), 8);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < MANDATORY_HEADER)
      return stack.tooShort(offset, MANDATORY_HEADER, available, 'GTP-U header');
    const flags = view.getUint8(offset);
    if ((flags & VERSION_AND_TYPE) !== GTP_1) return stack.malformed(offset, 'GTP-U version is not 1');
    const payload = view.getUint16(offset + LENGTH);
    let last = end;
    if (MANDATORY_HEADER + payload <= available) {
      last = offset + MANDATORY_HEADER + payload;
      stack.end = last;
    } else {
      stack.lengthBeyond(offset + LENGTH, payload, available - MANDATORY_HEADER, 'GTP-U length');
    }
    let length = MANDATORY_HEADER;
    if ((flags & OPTIONAL) !== 0) {
      length = OPTIONAL_HEADER;
      if (offset + length > last) return stack.tooShort(offset, length, last - offset, 'GTP-U header');
      let next = (flags & EXTENSION) === 0 ? NO_MORE : view.getUint8(offset + NEXT_EXTENSION);
      while (next !== NO_MORE) {
        if (offset + length >= last) return stack.tooShort(offset + length, 4, 0, 'GTP-U extension header');
        const extension = view.getUint8(offset + length) << 2;
        if (extension === 0) return stack.malformed(offset + length, 'GTP-U extension header length is zero');
        if (offset + length + extension > last) {
          return stack.tooShort(offset + length, extension, last - offset - length, 'GTP-U extension header');
        }
        length += extension;
        next = view.getUint8(offset + length - 1);
      }
    }
    if (view.getUint8(offset + MESSAGE_TYPE) !== G_PDU || offset + length >= last)
      return (length << HEADER_SHIFT) | DATA;
    // A phone's packet is IP of either version, and its first bits say which; of other kinds nothing is said here.
    const version = view.getUint8(offset + length) >> 4;
    if (version !== 4 && version !== 6) return (length << HEADER_SHIFT) | DATA;
    return (length << HEADER_SHIFT) | stack.tables.etherType[version === 4 ? 0x0800 : 0x86dd];
  },
};
