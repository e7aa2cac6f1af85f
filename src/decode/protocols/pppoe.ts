/**
 * PPP over Ethernet (RFC 2516, section 4): discovery finds the concentrator, sessions carry PPP.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  VER  | TYPE  |      CODE     |          SESSION_ID           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            LENGTH             |           payload             ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, hex, uint } from '../fields.ts';
import { DATA, type Decoding, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 6;
const CODE = 1;
const SESSION = 2;
const LENGTH = 4;
const PPP_ETHERTYPE = 0x880b;

const codeNames: Readonly<Record<number, string>> = {
  0: 'Session Data',
  7: 'Active Discovery Offer (PADO)',
  9: 'Active Discovery Initiation (PADI)',
  25: 'Active Discovery Request (PADR)',
  101: 'Active Discovery Session-confirmation (PADS)',
  167: 'Active Discovery Terminate (PADT)',
};

const fields: readonly Field[] = [
  bits('version', 0, 4, 'Version', 'Always 1.', { filter: 'pppoe.version' }),
  bits('type', 4, 4, 'Type', 'Always 1.', { filter: 'pppoe.type' }),
  hex('code', CODE, 8, 'Code', 'Which message of discovery; 0 within a session.', {
    filter: 'pppoe.code',
    values: codeNames,
  }),
  hex('session_id', SESSION, 16, 'Session ID', 'The concentrator’s number for this line.', {
    filter: 'pppoe.session_id',
  }),
  uint(
    'payload_length',
    LENGTH,
    16,
    'Payload Length',
    'The length of the payload in bytes: anything after it is padding.',
    {
      filter: 'pppoe.payload_length',
    },
  ),
];

/** Checks the header and narrows the layer; how long it is, or STOP. */
function decodeHeader(stack: Decoding, view: DataView, offset: number, end: number): number {
  const available = end - offset;
  if (available < HEADER) return stack.tooShort(offset, HEADER, available, 'PPPoE header');
  if (view.getUint8(offset) !== 0x11) return stack.malformed(offset, 'PPPoE version or type is not 1');
  const length = view.getUint16(offset + LENGTH);
  if (HEADER + length <= available) stack.end = offset + HEADER + length;
  else stack.lengthBeyond(offset + LENGTH, length, available - HEADER, 'PPPoE payload length');
  return HEADER;
}

export const pppoeSession: Protocol = {
  name: 'pppoes',
  title: 'PPP-over-Ethernet Session',
  short: 'PPPoE',
  reference: 'RFC 2516, section 4',
  osi: 2,
  about: 'A dial-up line over Ethernet, between many home routers and their provider.',
  attach: [
    { table: 'ethertype', values: [0x8864] },
    // LINKTYPE_PPP_ETHER.
    { table: 'link', values: [51] },
  ],
  fields,
  summary(out, view, start) {
    out.text('Session 0x');
    out.hex(view.getUint16(start + SESSION), 4);
  },
  decode(stack, view, offset, end) {
    const length = decodeHeader(stack, view, offset, end);
    return length < 0 ? length : (length << HEADER_SHIFT) | stack.tables.etherType[PPP_ETHERTYPE];
  },
};

export const pppoeDiscovery: Protocol = {
  name: 'pppoed',
  title: 'PPP-over-Ethernet Discovery',
  short: 'PPPoE discovery',
  reference: 'RFC 2516, section 4',
  osi: 2,
  about: 'Finds a concentrator for a PPPoE session, and closes sessions.',
  attach: [{ table: 'ethertype', values: [0x8863] }],
  fields,
  summary(out, view, start) {
    out.text(codeNames[view.getUint8(start + CODE)] ?? 'Unknown code');
  },
  decode(stack, view, offset, end) {
    const length = decodeHeader(stack, view, offset, end);
    return length < 0 ? length : (length << HEADER_SHIFT) | DATA;
  },
};
