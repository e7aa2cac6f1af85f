/**
 * Dynamic Host Configuration Protocol (RFC 2131, section 2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     op (1)    |   htype (1)   |   hlen (1)    |   hops (1)    |
 * |                            xid (4)                            |
 * |           secs (2)            |           flags (2)           |
 * |                          ciaddr  (4)                          |
 * |                          yiaddr  (4)                          |
 * |                          siaddr  (4)                          |
 * |                          giaddr  (4)                          |
 * |           chaddr  (16), sname   (64), file    (128)           |
 * |                          options (variable)                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
import { etherAddress, hex, ipv4Address, uint } from '../fields.ts';
import { DATA, HEADER_SHIFT, type Layers, MOST_HEADER, type Protocol } from '../protocol.ts';

const TRANSACTION = 4;
const HARDWARE_ADDRESS = 28;
const COOKIE = 236;
/** RFC 2131, section 3: 99, 130, 83 and 99 tell options from what BOOTP had there. */
const MAGIC = 0x63825363;
const OPTIONS = 240;
const OPTION_HEADER = 2;
const PAD = 0;
const END = 255;
const MESSAGE_TYPE = 53;
const NONE = -1;

const operationNames: Readonly<Record<number, string>> = { 1: 'Boot Request', 2: 'Boot Reply' };

const messageNames: Readonly<Record<number, string>> = {
  1: 'Discover',
  2: 'Offer',
  3: 'Request',
  4: 'Decline',
  5: 'ACK',
  6: 'NAK',
  7: 'Release',
  8: 'Inform',
  9: 'Force Renew',
};

/** Where the option with the message's type stands in `view`, or NONE (BOOTP has none). */
function messageType(view: DataView, start: number, stack: Layers, layer: number): number {
  if (view.getUint32(start + COOKIE) !== MAGIC) return NONE;
  const end = stack.payload(layer);
  for (let at = start + OPTIONS; at + OPTION_HEADER < end; ) {
    const code = view.getUint8(at);
    if (code === END) return NONE;
    if (code === PAD) {
      at++;
      continue;
    }
    const length = view.getUint8(at + 1);
    if (code === MESSAGE_TYPE && length === 1) return at + OPTION_HEADER;
    at += OPTION_HEADER + length;
  }
  return NONE;
}

function isEthernet(view: DataView, start: number): boolean {
  return view.getUint16(start + 1) === 0x0106;
}

export const dhcp: Protocol = {
  name: 'dhcp',
  title: 'Dynamic Host Configuration Protocol',
  short: 'DHCP',
  reference: 'RFC 2131, section 2',
  osi: 7,
  about: 'A new host asks for an address and gets a lease: Discover, Offer, Request, ACK.',
  attach: [{ table: 'udp.port.either', values: [67, 68] }],
  fields: [
    uint('type', 0, 8, 'Message Type', 'Whether the message is from a client or to a client.', {
      values: operationNames,
    }),
    hex('hw.type', 1, 8, 'Hardware Type', 'The kind of the client’s hardware address: 1 is Ethernet.'),
    uint('hw.len', 2, 8, 'Hardware Address Length', 'In bytes: 6 for Ethernet.'),
    uint('hops', 3, 8, 'Hops', 'How many relays have forwarded it.'),
    hex(
      'id',
      TRANSACTION,
      32,
      'Transaction ID',
      'Matches answers to requests: an answer repeats the request’s number.',
    ),
    uint('secs', 8, 16, 'Seconds Elapsed', 'Seconds since the client began to ask.'),
    hex('flags', 10, 16, 'Flags', 'The first bit asks for a broadcast answer.'),
    ipv4Address(
      'ip.client',
      12,
      'Client IP Address',
      'The address that the client already has; 0.0.0.0 if none.',
    ),
    ipv4Address(
      'ip.your',
      16,
      'Your (Client) IP Address',
      'The address that the client is offered or leased.',
    ),
    ipv4Address('ip.server', 20, 'Next Server IP Address', 'The server to boot from next.'),
    ipv4Address(
      'ip.relay',
      24,
      'Relay Agent IP Address',
      'The relay that forwarded it from the client’s link.',
    ),
    etherAddress('hw.mac_addr', HARDWARE_ADDRESS, 'Client MAC Address', 'The client’s hardware address.', {
      when: isEthernet,
    }),
    uint(
      'option.dhcp',
      0,
      8,
      'DHCP Message Type',
      'The type of the message: Discover, Offer, Request, ACK, ….',
      {
        reference: 'RFC 2132, section 9.6',
        when: (view, start, stack, layer) => messageType(view, start, stack, layer) !== NONE,
        read: (view, start, stack, layer) => view.getUint8(messageType(view, start, stack, layer)),
        values: messageNames,
      },
    ),
  ],
  summary(out, view, start, stack, layer) {
    const type = messageType(view, start, stack, layer);
    if (type === NONE) {
      out.text(operationNames[view.getUint8(start)] ?? 'BOOTP');
    } else {
      out.text(messageNames[view.getUint8(type)] ?? 'Unknown message');
    }
    out.text(' - Transaction ID 0x');
    out.hex(view.getUint32(start + TRANSACTION), 8);
  },
  decode(stack, view, offset, end) {
    const available = end - offset;
    if (available < OPTIONS) return stack.tooShort(offset, OPTIONS, available, 'DHCP header');
    if (view.getUint32(offset + COOKIE) === MAGIC) {
      for (let at = offset + OPTIONS; at < end && view.getUint8(at) !== END; ) {
        if (view.getUint8(at) === PAD) {
          at++;
          continue;
        }
        const length = at + 1 < end ? OPTION_HEADER + view.getUint8(at + 1) : OPTION_HEADER;
        if (at + length > end) {
          stack.tooShort(at, length, end - at, 'DHCP option');
          break;
        }
        at += length;
      }
    }
    return (Math.min(available, MOST_HEADER) << HEADER_SHIFT) | DATA;
  },
};
