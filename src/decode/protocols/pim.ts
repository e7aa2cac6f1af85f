/**
 * Protocol Independent Multicast, version 2 (RFC 7761, section 4.9). A Register message carries a multicast packet from the sender's
 * router to the rendezvous point.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |PIM Ver| Type  |   Reserved    |           Checksum            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |B|N|                       Reserved2                           |  Register alone
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { bits, flag, hex } from '../fields.ts';
import { BY, BY_SHIFT, DATA, type Field, HEADER_SHIFT, type Protocol } from '../protocol.ts';

const BASE_HEADER = 4;
const REGISTER_HEADER = 8;
const VERSION_2 = 2;
const REGISTER = 1;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** A carried packet opens the level, and not this header: most messages carry none. */
const OPENS_LEVEL = BY.protocol << BY_SHIFT;

const typeNames: Readonly<Record<number, string>> = {
  0: 'Hello',
  1: 'Register',
  2: 'Register-stop',
  3: 'Join/Prune',
  4: 'Bootstrap',
  5: 'Assert',
  6: 'Graft',
  7: 'Graft-Ack',
  8: 'Candidate-RP-Advertisement',
  9: 'State-Refresh',
  10: 'DF election',
  11: 'ECMP Redirect',
  12: 'PFM',
};

const isRegister: NonNullable<Field['when']> = (view, start) =>
  view.getUint8(start) === ((VERSION_2 << 4) | REGISTER);

export const pim: Protocol = {
  name: 'pim',
  title: 'Protocol Independent Multicast',
  short: 'PIM',
  reference: 'RFC 7761, section 4.9',
  osi: 3,
  about:
    'Multicast routers tell each other where their receivers are. A Register message is a tunnel: it carries a whole packet.',
  attach: [{ table: 'ip.proto', values: [103] }],
  fields: [
    bits('version', 0, 4, 'Version', '2.'),
    bits('type', 4, 4, 'Type', 'What the message is for: 1 registers a packet.', { values: typeNames }),
    hex('cksum', 2, 16, 'Checksum', 'The checksum of the message; of a Register, of its first eight bytes.'),
    hex('register_flag', 4, 32, 'Flags', 'The flags of a Register message.', { when: isRegister }),
    flag('register_flag.border', 32, 'Border', 'A border router sends for a source beyond it.', {
      when: isRegister,
    }),
    flag(
      'register_flag.null_register',
      33,
      'Null-Register',
      'A Null-Register: keeps the registration alive, and carries only addresses.',
      {
        when: isRegister,
      },
    ),
  ],
  summary(out, view, start) {
    const type = view.getUint8(start) & 15;
    const name = typeNames[type];
    out.text(name ?? 'Type ');
    if (name === undefined) out.uint(type);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < BASE_HEADER) return stack.tooShort(offset, BASE_HEADER, available, 'PIM header');
    if (view.getUint8(offset) !== ((VERSION_2 << 4) | REGISTER)) return (BASE_HEADER << HEADER_SHIFT) | DATA;
    if (available < REGISTER_HEADER)
      return stack.tooShort(offset, REGISTER_HEADER, available, 'PIM Register');
    // A Null-Register has a header alone, if any.
    if (available === REGISTER_HEADER) return (REGISTER_HEADER << HEADER_SHIFT) | DATA;
    const version = view.getUint8(offset + REGISTER_HEADER) >> 4;
    if (version !== 4 && version !== 6) return (REGISTER_HEADER << HEADER_SHIFT) | DATA;
    const packet = stack.tables.etherType[version === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6];
    return (REGISTER_HEADER << HEADER_SHIFT) | packet | OPENS_LEVEL;
  },
};
