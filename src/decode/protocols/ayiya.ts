/**
 * Anything In Anything (draft-massar-v6ops-ayiya-02, section 3), on UDP port 5072: what SixXS’s tunnels went in.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | IDLen | IDType|SigLen |HshMeth|AutMeth|OpCode |  Next Header  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Epoch Time                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Identity, 2^IDLen bytes; signature, SigLen words of 32 bits
 */
import { bits, byteString, hex, span, uint } from '../fields.ts';
import { ipProtocolNames } from '../names.ts';
import { DATA, type Field, HEADER_SHIFT, PROTOCOL_MASK, type Protocol } from '../protocol.ts';

const BASE_HEADER = 8;
const PORT = 5072;
const NEXT_HEADER = 3;
const FORWARD = 1;

const operationNames: Readonly<Record<number, string>> = {
  0: 'No Operation / Heartbeat',
  1: 'Forward',
  2: 'Echo Request',
  3: 'Echo Request and Forward',
  4: 'Echo Response',
  5: 'MOTD',
  6: 'Query Request',
  7: 'Query Response',
};

function operation(view: DataView, start: number): number {
  return view.getUint8(start + 2) & 15;
}

function identityBytes(view: DataView, start: number): number {
  return 1 << (view.getUint8(start) >> 4);
}

function signatureBytes(view: DataView, start: number): number {
  return (view.getUint8(start + 1) >> 4) * 4;
}

/** Half a byte, which Wireshark prints as a whole one in hexadecimal. */
function nibble(key: string, bit: number, label: string, about: string): Field {
  return { ...bits(key, bit, 4, label, about, { digits: 2 }), kind: 'hex' };
}

export const ayiya: Protocol = {
  name: 'ayiya',
  title: 'Anything in Anything Protocol',
  short: 'AYIYA',
  reference: 'draft-massar-v6ops-ayiya-02, section 3',
  about: 'Carries signed IPv6 packets over UDP, through routers that translate addresses (NAT).',
  attach: [{ table: 'udp.port', values: [PORT], tunnel: 'port' }],
  fields: [
    nibble(
      'idlen',
      0,
      'Identity field length',
      'The length of the identity: two to the power of this number, in bytes.',
    ),
    nibble('idtype', 4, 'Identity field type', 'The kind of identity: 1 is a number, 2 text.'),
    nibble('siglen', 8, 'Signature Length', 'The length of the signature in 32-bit words.'),
    nibble('hashmethod', 12, 'Hash method', 'The hash of the signature: 1 is MD5, 2 SHA1.'),
    nibble(
      'authmethod',
      16,
      'Authentication method',
      'How the sender is authenticated: 1 is a shared secret.',
    ),
    {
      ...nibble('opcode', 20, 'Operation Code', 'What the receiver should do: 1 is to forward the packet.'),
      values: operationNames,
    },
    hex('nextheader', NEXT_HEADER, 8, 'Next Header', 'What follows, in IP’s numbers: 0x29 is IPv6.', {
      values: ipProtocolNames,
    }),
    uint(
      'epoch_seconds',
      4,
      32,
      'Epoch',
      'The sender’s clock in seconds since 1970: packets that are too old are dropped.',
    ),
    byteString('identity', 'Identity', 'Who sent the packet.', (view, start) =>
      span(BASE_HEADER, identityBytes(view, start)),
    ),
    byteString(
      'signature',
      'Signature',
      'The signature of the header and everything after it.',
      (view, start) => span(BASE_HEADER + identityBytes(view, start), signatureBytes(view, start)),
      { when: (view, start) => signatureBytes(view, start) > 0 },
    ),
  ],
  summary(out, view, start) {
    const name = operationNames[operation(view, start)];
    out.text(name ?? 'Operation ');
    if (name === undefined) out.uint(operation(view, start));
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < BASE_HEADER) return stack.tooShort(offset, BASE_HEADER, available, 'AYIYA header');
    const length = BASE_HEADER + identityBytes(view, offset) + signatureBytes(view, offset);
    if (available < length) return stack.tooShort(offset, length, available, 'AYIYA header');
    if (length >= 1 << 15) return stack.malformed(offset, 'AYIYA identity is too long');
    if (operation(view, offset) !== FORWARD) return (length << HEADER_SHIFT) | DATA;
    // IP in IP would open one more level: this header is the tunnel.
    const entry = stack.tables.ipProtocol[view.getUint8(offset + NEXT_HEADER)] & PROTOCOL_MASK;
    return (length << HEADER_SHIFT) | entry;
  },
};
