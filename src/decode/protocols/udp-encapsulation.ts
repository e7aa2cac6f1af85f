/**
 * UDP Encapsulation of IPsec (RFC 3948, section 2), on port 4500: ESP stands there as it is, with no header between.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Non-ESP Marker: 0x00000000                 |  before IKE
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      0xff     |  alone: keeps the address translation alive
 * +-+-+-+-+-+-+-+-+
 */
import { byteString, span } from '../fields.ts';
import { DATA, HEADER_SHIFT, type Protocol } from '../protocol.ts';
import { isIke } from './isakmp.ts';

const MARKER = 4;
/** SPI, counter, and a trailer with an integrity check value of 96 bits. */
const SMALLEST_ESP = 24;
const KEEPALIVE = 0xff;
const ESP_PROTOCOL = 50;
const IKE_PORT = 500;

/**
 * Whether a payload can be IPsec's: one IKE message behind its marker, or what ESP looks like: a number that is not reserved
 * ("values in the range 1 through 255", RFC 4303, 2.1), a counter, and an end on a multiple of four bytes.
 */
function isEncapsulated(view: DataView, offset: number, end: number): boolean {
  const length = end - offset;
  if (length < SMALLEST_ESP) return length === 1 && view.getUint8(offset) === KEEPALIVE;
  const first = view.getUint32(offset);
  if (first === 0) return isIke(view, offset + MARKER, end);
  return first > 255 && view.getUint32(offset + 4) !== 0 && length % 4 === 0;
}

export const udpEncapsulation: Protocol = {
  name: 'udpencap',
  title: 'UDP Encapsulation of IPsec Packets',
  short: 'NAT traversal',
  reference: 'RFC 3948, section 2',
  about:
    'IPsec through routers that translate addresses (NAT): ESP packets travel in UDP, and IKE messages are marked by four zero bytes.',
  attach: [{ table: 'udp.port', values: [4500], answers: isEncapsulated }],
  fields: [
    byteString(
      'marker',
      'Non-ESP Marker',
      'Four zero bytes, which no ESP packet starts with: IKE follows.',
      () => span(0, MARKER),
      {
        when: (_view, start, stack, layer) => stack.payload(layer) - start === MARKER,
      },
    ),
  ],
  summary(out, _view, start, stack, layer) {
    out.text(stack.payload(layer) - start === MARKER ? 'Non-ESP marker' : 'Keepalive');
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available === 1 && view.getUint8(offset) === KEEPALIVE) return (1 << HEADER_SHIFT) | DATA;
    if (available < MARKER) return stack.tooShort(offset, MARKER, available, 'ESP header or non-ESP marker');
    if (view.getUint32(offset) !== 0) return stack.tables.ipProtocol[ESP_PROTOCOL];
    return (MARKER << HEADER_SHIFT) | stack.tables.udpPort[IKE_PORT];
  },
};
