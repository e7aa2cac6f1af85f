/**
 * The Locator/ID Separation Protocol's header for data (RFC 9300, section 5.1), on UDP port 4341, with the next protocol of
 * RFC 9305 where the P bit is set.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |N|L|E|V|I|P|R|R|             Nonce / Map-Version               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            Instance ID / Locator-Status-Bits                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, hex, uint } from '../fields.ts';
import { DATA, type Decoding, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const HEADER = 8;
const PORT = 4341;
const NONCE = 0x80;
const LOCATOR_STATUS = 0x40;
const MAP_VERSION = 0x10;
const INSTANCE = 0x08;
const NEXT_PROTOCOL = 0x04;
const NEXT = 3;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const LINKTYPE_ETHERNET = 1;
const NEXT_IPV4 = 1;
const NEXT_IPV6 = 2;
const NEXT_ETHERNET = 3;

const hasFlag =
  (mask: number, without = 0): NonNullable<Field['when']> =>
  (view, start) =>
    (view.getUint8(start) & (mask | without)) === mask;

/** The dispatch entry of an IP packet, by the version in its first four bits. */
function entryOfVersion(stack: Decoding, view: DataView, at: number): number {
  const version = view.getUint8(at) >> 4;
  if (version === 4) return stack.tables.etherType[ETHERTYPE_IPV4];
  return version === 6 ? stack.tables.etherType[ETHERTYPE_IPV6] : DATA;
}

function entryOfNext({ tables }: Decoding, next: number): number {
  switch (next) {
    case NEXT_IPV4:
      return tables.etherType[ETHERTYPE_IPV4];
    case NEXT_IPV6:
      return tables.etherType[ETHERTYPE_IPV6];
    case NEXT_ETHERNET:
      return tables.link[LINKTYPE_ETHERNET];
    default:
      return DATA;
  }
}

export const lispData: Protocol = {
  name: 'lisp-data',
  title: 'Locator/ID Separation Protocol (Data)',
  short: 'LISP',
  reference: 'RFC 9300, section 5.1',
  about:
    'Carries packets between sites: inner addresses identify endpoints, outer addresses say where these are.',
  attach: [{ table: 'udp.port', values: [PORT], tunnel: 'port' }],
  fields: [
    hex('flags', 0, 8, 'Flags', 'What the rest of the header contains.'),
    flag('flags.nonce', 0, 'Nonce present (N)', 'A nonce follows.', { hidden: true }),
    flag('flags.lsb', 1, 'Locator-Status-Bits (L)', 'The locator status bits follow.', {
      hidden: true,
    }),
    flag('flags.enr', 2, 'Echo-Nonce-Request (E)', 'The receiver should send the nonce back.', {
      hidden: true,
    }),
    flag('flags.mv', 3, 'Map-Version present (V)', 'Map versions follow.', { hidden: true }),
    flag('flags.iid', 4, 'Instance ID present (I)', 'An instance ID follows.', { hidden: true }),
    uint('nonce', 1, 24, 'Nonce', 'A random number chosen by the sender.', { when: hasFlag(NONCE) }),
    bits('srcmapver', 8, 12, 'Source Map-Version', 'The version of the sender’s mapping.', {
      when: hasFlag(MAP_VERSION, NONCE),
    }),
    bits('dstmapver', 20, 12, 'Destination Map-Version', 'The version of the receiver’s mapping.', {
      when: hasFlag(MAP_VERSION, NONCE),
    }),
    uint('next', NEXT, 8, 'Next Protocol', 'What is carried: 1 IPv4, 2 IPv6, 3 Ethernet.', {
      when: hasFlag(NEXT_PROTOCOL),
    }),
    uint('iid', 4, 24, 'Instance ID', 'Which virtual network the packet belongs to.', {
      when: hasFlag(INSTANCE),
    }),
    hex('lsb8', 7, 8, 'Locator-Status-Bits', 'Which of the site’s routers can be reached.', {
      when: hasFlag(INSTANCE | LOCATOR_STATUS),
    }),
    hex('lsb', 4, 32, 'Locator-Status-Bits', 'Which of the site’s routers can be reached.', {
      when: hasFlag(LOCATOR_STATUS, INSTANCE),
    }),
  ],
  summary(out, view, start) {
    if ((view.getUint8(start) & INSTANCE) === 0) {
      out.text('No instance');
      return;
    }
    out.text('Instance ');
    out.uint(view.getUint32(start + 4) >>> 8);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < HEADER) return stack.tooShort(offset, HEADER, available, 'LISP header');
    if (available === HEADER) return (HEADER << HEADER_SHIFT) | DATA;
    const entry =
      (view.getUint8(offset) & NEXT_PROTOCOL) === 0
        ? entryOfVersion(stack, view, offset + HEADER)
        : entryOfNext(stack, view.getUint8(offset + NEXT));
    return (HEADER << HEADER_SHIFT) | entry;
  },
};
