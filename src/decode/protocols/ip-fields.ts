/** What IPv4's and IPv6's headers have alike: class of service, addresses, and the number of what they carry. */
import { bits, composedText, type ipv4Address } from '../fields.ts';
import { dscpNames, ecnNames, ipProtocolNames } from '../names.ts';
import type { Field, TextSink } from '../protocol.ts';

/**
 * The two parts of the byte of differentiated services: IPv4's type of service, IPv6's traffic class.
 *
 * @param byteKey the key of the whole byte
 * @param bit where it begins, in bits from the header's start
 */
export function serviceFields(byteKey: string, bit: number): readonly Field[] {
  return [
    bits(
      `${byteKey}.dscp`,
      bit,
      6,
      'Differentiated Services Codepoint',
      'The priority of the packet. A tunnel may or may not copy it to the outer header.',
      { values: dscpNames, reference: 'RFC 2474, section 3' },
    ),
    bits(
      `${byteKey}.ecn`,
      bit + 6,
      2,
      'Explicit Congestion Notification',
      'Lets a router mark congestion instead of dropping packets.',
      { values: ecnNames, reference: 'RFC 3168, section 5' },
    ),
  ];
}

/**
 * Both addresses, and under Wireshark's other names for them.
 *
 * @param address ipv4Address or ipv6Address
 * @param either the filter name that both answer to
 * @param source where the one stands, in bytes from the header's start
 * @param destination where the other does
 * @param write an address as text; `at` is its place in `view`
 */
export function addressFields(
  address: typeof ipv4Address,
  either: string,
  source: number,
  destination: number,
  write: (out: TextSink, view: DataView, at: number) => void,
): readonly Field[] {
  const hidden = { filter: either, hidden: true };
  const host = (key: string, at: number) =>
    composedText(key, 'Host', 'The address as text: names are never looked up.', (out, view, start) =>
      write(out, view, start + at),
    );
  return [
    address(
      'src',
      source,
      'Source Address',
      'Who sent the packet; in a tunnel’s outer header, the tunnel’s entrance.',
    ),
    address(
      'dst',
      destination,
      'Destination Address',
      'Who the packet is for; in a tunnel’s outer header, the tunnel’s exit.',
    ),
    address('src', source, 'Address', 'Source or destination address.', hidden),
    address('dst', destination, 'Address', 'Source or destination address.', hidden),
    host('src_host', source),
    host('dst_host', destination),
    host('host', source),
    host('host', destination),
  ];
}

/** `Protocol 17 (UDP)` */
export function writeCarried(out: TextSink, word: string, ipProtocol: number): void {
  out.text(word);
  out.uint(ipProtocol);
  const name = ipProtocolNames[ipProtocol];
  if (name === undefined) return;
  out.text(' (');
  out.text(name);
  out.text(')');
}
