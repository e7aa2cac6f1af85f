/**
 * Teredo (RFC 4380, section 5.1.1): IPv6 in UDP through routers that translate addresses, on port 3544. Mostly the IPv6 packet stands
 * there as it is; servers and clients put an authentication, an origin indication, or both in front of it.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            0x0001             |    ID-len     |    AU-len     |  authentication: client
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+  identifier and value as long
 * |  …                      Nonce (64 bits)        | Confirmation  |  as said, nonce, confirmation
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            0x0000             |      Origin port, inverted    |  origin indication
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                 Origin IPv4 address, inverted                 |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { byteString, hex, span, uint } from '../fields.ts';
import { HEADER_SHIFT, type Protocol } from '../protocol.ts';

const PORT = 3544;
const AUTHENTICATION = 1;
const ORIGIN = 0;
const LENGTHS = 4;
const NONCE = 8;
const CONFIRMATION = 1;
const ORIGIN_BYTES = 8;
const IPV6_HEADER = 40;
const ETHERTYPE_IPV6 = 0x86dd;

/** Bytes of the authentication in front; 0 if there is none. */
function authenticationBytes(view: DataView, start: number): number {
  if (view.getUint16(start) !== AUTHENTICATION) return 0;
  return LENGTHS + view.getUint8(start + 2) + view.getUint8(start + 3) + NONCE + CONFIRMATION;
}

function hasAuthentication(view: DataView, start: number): boolean {
  return view.getUint16(start) === AUTHENTICATION;
}

/** Bytes that the indications at `offset` take; more than there are, or 0, where they can't be whole. */
function indicationBytes(view: DataView, offset: number, end: number): number {
  if (end - offset < LENGTHS) return LENGTHS;
  const length = authenticationBytes(view, offset);
  if (end - offset < length + 2) return length + 2;
  return view.getUint16(offset + length) === ORIGIN ? length + ORIGIN_BYTES : length;
}

/** Whether a payload can be Teredo: exactly one IPv6 packet, behind indications or none. */
function isTeredo(view: DataView, offset: number, end: number): boolean {
  const packet = offset + indicationBytes(view, offset, end);
  if (end - packet < IPV6_HEADER || view.getUint8(packet) >> 4 !== 6) return false;
  return view.getUint16(packet + 4) === end - packet - IPV6_HEADER;
}

export const teredo: Protocol = {
  name: 'teredo',
  title: 'Teredo IPv6 over UDP tunneling',
  short: 'Teredo',
  reference: 'RFC 4380, section 5.1.1',
  about:
    'IPv6 in UDP through routers that translate addresses (NAT). These bytes precede packets to a server, and its answers, which name the client’s address.',
  attach: [{ table: 'udp.port', values: [PORT], tunnel: 'port', answers: isTeredo }],
  fields: [
    uint('auth.idlen', 2, 8, 'Client identifier length', 'The length of the client identifier in bytes.', {
      when: hasAuthentication,
    }),
    uint(
      'auth.aulen',
      3,
      8,
      'Authentication value length',
      'The length of the authentication value in bytes.',
      {
        when: hasAuthentication,
      },
    ),
    byteString(
      'auth.id',
      'Client identifier',
      'The name by which the server knows the client.',
      (view, start) => span(LENGTHS, view.getUint8(start + 2)),
      { when: (view, start) => hasAuthentication(view, start) && view.getUint8(start + 2) > 0 },
    ),
    byteString(
      'auth.value',
      'Authentication value',
      'Proves who sent the packet.',
      (view, start) => span(LENGTHS + view.getUint8(start + 2), view.getUint8(start + 3)),
      { when: (view, start) => hasAuthentication(view, start) && view.getUint8(start + 3) > 0 },
    ),
    byteString(
      'auth.nonce',
      'Nonce value',
      'A random number chosen by the client; the answer repeats it.',
      (view, start) => span(authenticationBytes(view, start) - CONFIRMATION - NONCE, NONCE),
      { when: hasAuthentication },
    ),
    byteString(
      'auth.conf',
      'Confirmation byte',
      '0 if the key is right.',
      (view, start) => span(authenticationBytes(view, start) - CONFIRMATION, CONFIRMATION),
      { when: hasAuthentication },
    ),
    uint(
      'orig.port',
      2,
      16,
      'Origin UDP port',
      'The port from which the server saw the client; inverted on the wire.',
      {
        read: (view, start) => view.getUint16(start + authenticationBytes(view, start) + 2) ^ 0xffff,
        when: (view, start, stack, layer) => stack.headerLength(layer) > authenticationBytes(view, start),
      },
    ),
    {
      ...hex(
        'orig.addr',
        4,
        32,
        'Origin IPv4 address',
        'The address from which the server saw the client; inverted on the wire.',
        {
          read: (view, start) => ~view.getUint32(start + authenticationBytes(view, start) + 4) >>> 0,
          when: (view, start, stack, layer) => stack.headerLength(layer) > authenticationBytes(view, start),
        },
      ),
      kind: 'ipv4',
    },
  ],
  summary(out, view, start, stack, layer) {
    const isAuthenticated = hasAuthentication(view, start);
    if (isAuthenticated) out.text('Authentication');
    if (stack.headerLength(layer) === authenticationBytes(view, start)) return;
    out.text(isAuthenticated ? ', origin indication' : 'Origin indication');
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    const length = indicationBytes(view, offset, end);
    if (available < length || available === 0) {
      return stack.tooShort(offset, Math.max(length, 1), available, 'Teredo packet');
    }
    const ipv6 = stack.tables.etherType[ETHERTYPE_IPV6];
    if (available > length && view.getUint8(offset + length) >> 4 !== 6) {
      return stack.malformed(offset, 'Teredo’s payload is neither an indication nor IPv6');
    }
    // Without an indication there is no header of its own.
    return length === 0 ? ipv6 : (length << HEADER_SHIFT) | ipv6;
  },
};
