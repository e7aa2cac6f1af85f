/**
 * WireGuard (wireguard.com/papers/wireguard.pdf, section 5.4): numbers are little-endian, and nearly all else is encrypted.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Type     |                    Reserved                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Sender (types 1 and 2), Receiver (types 3 and 4)       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Receiver (type 2), Counter (type 4, 64 bits) …         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, hex, span, uint } from '../fields.ts';
import { DATA, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const INITIATION = 1;
const RESPONSE = 2;
const COOKIE_REPLY = 3;
const TRANSPORT = 4;
const INDEX = 4;
const SECOND_INDEX = 8;
const COUNTER = 8;
/** What can be read of each message, in bytes; behind a transport message's, all is encrypted. */
const LENGTHS: readonly number[] = [0, 148, 92, 64, 16];
const TRANSPORT_HEADER = 16;
/** An authentication tag with nothing before it: a keepalive. */
const TAG = 16;

const typeNames: Readonly<Record<number, string>> = {
  1: 'Handshake Initiation',
  2: 'Handshake Response',
  3: 'Cookie Reply',
  4: 'Transport Data',
};

type When = NonNullable<Field['when']>;

const isType =
  (...types: readonly number[]): When =>
  (view, start) =>
    types.includes(view.getUint8(start));

/** Where a handshake message's two codes stand, from its start: they are its last 32 bytes. */
function macOffset(view: DataView, start: number): number {
  return (LENGTHS[view.getUint8(start)] as number) - 32;
}

/**
 * Whether [offset, end) is one WireGuard message, on whatever port: type and reserved bytes, the length that the type has, and in a
 * transport message, which has any multiple of 16, a counter that a tunnel may have come to: below 2^48. The code at its end is never
 * all zeros, as the end of tracepath's probes is, which begin with their TTL: 4 looks like a transport message.
 */
function proven(view: DataView, offset: number, end: number): boolean {
  const length = end - offset;
  if (length < TRANSPORT_HEADER + TAG) return false;
  const type = view.getUint32(offset, true);
  if (type === TRANSPORT) {
    if (length % TAG !== 0 || view.getUint16(offset + COUNTER + 6) !== 0) return false;
  } else if (type < INITIATION || type > TRANSPORT || length !== LENGTHS[type]) return false;
  const code = offset + (type < COOKIE_REPLY ? macOffset(view, offset) : length - TAG);
  return (
    (view.getInt32(code) | view.getInt32(code + 4) | view.getInt32(code + 8) | view.getInt32(code + 12)) !== 0
  );
}

export const wireguard: Protocol = {
  name: 'wg',
  title: 'WireGuard Protocol',
  short: 'WireGuard',
  reference: 'WireGuard whitepaper, section 5.4',
  osi: 7,
  isEncrypted: true,
  about:
    'An encrypted tunnel in UDP. What it carries can’t be read without the keys, so the layers end here.',
  attach: [
    { table: 'udp.port', values: [51820], tunnel: 'port' },
    { table: 'udp.guess', firstByte: [INITIATION, TRANSPORT], prove: proven },
    { table: 'decode-as', name: 'wg' },
  ],
  fields: [
    uint('type', 0, 8, 'Type', '1 to 3 agree on keys, 4 carries packets.', { values: typeNames }),
    byteString('reserved', 'Reserved', 'Must be zero.', () => span(1, 3), { hidden: true }),
    hex('sender', INDEX, 32, 'Sender', 'The sender’s number for this session.', {
      when: isType(INITIATION, RESPONSE),
      read: (view, start) => view.getUint32(start + INDEX, true),
    }),
    hex('receiver', INDEX, 32, 'Receiver', 'The receiver’s number for this session: how it finds the key.', {
      when: isType(RESPONSE, COOKIE_REPLY, TRANSPORT),
      read: (view, start) =>
        view.getUint32(start + (view.getUint8(start) === RESPONSE ? SECOND_INDEX : INDEX), true),
    }),
    uint('counter', COUNTER, 64, 'Counter', 'Counts the packets, so that none can be replayed.', {
      when: isType(TRANSPORT),
      // Exact up to 2^53: at ten million packets a second, for 28 years.
      read: (view, start) =>
        view.getUint32(start + COUNTER + 4, true) * 4294967296 + view.getUint32(start + COUNTER, true),
    }),
    byteString(
      'mac1',
      'MAC 1',
      'Proves that the sender knows the receiver’s public key.',
      (view, start) => span(macOffset(view, start), 16),
      {
        when: isType(INITIATION, RESPONSE),
      },
    ),
    byteString(
      'mac2',
      'MAC 2',
      'Under load, proves that the sender owns its address; otherwise zero.',
      (view, start) => span(macOffset(view, start) + 16, 16),
      {
        when: isType(INITIATION, RESPONSE),
      },
    ),
    byteString('nonce', 'Nonce', 'The nonce of a cookie reply.', () => span(8, 24), {
      when: isType(COOKIE_REPLY),
    }),
    byteString(
      'encrypted_cookie',
      'Encrypted Cookie',
      'What the sender should prove its address with.',
      () => span(32, 32),
      {
        when: isType(COOKIE_REPLY),
      },
    ),
  ],
  summary(out, view, start, stack, layer) {
    const type = view.getUint8(start);
    out.text(typeNames[type] ?? '');
    if (type === INITIATION || type === RESPONSE) {
      out.text(' sender=0x');
      out.hex(view.getUint32(start + INDEX, true), 8);
    }
    if (type !== TRANSPORT) return;
    const encrypted = stack.layerEnd(layer) - stack.payload(layer);
    out.text(' receiver=0x');
    out.hex(view.getUint32(start + INDEX, true), 8);
    out.text(encrypted === TAG ? ', keepalive' : ', encrypted');
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < 4) return stack.tooShort(offset, 4, available, 'WireGuard header');
    const type = view.getUint8(offset);
    if (type < INITIATION || type > TRANSPORT)
      return stack.malformed(offset, 'WireGuard message type is not 1 to 4');
    const length = LENGTHS[type] as number;
    if (available < length) return stack.tooShort(offset, length, available, 'WireGuard message');
    return (length << HEADER_SHIFT) | DATA;
  },
};
