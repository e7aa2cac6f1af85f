/** What the user can say that the payload of a port is. Of no protocol's code: the command line knows the names, and decodes nothing. */

/** `-d udp.port==9000,tun`: payloads of a UDP port are this protocol, whatever they look like. */
export interface DecodeAs {
  /** What decides: the UDP destination port. */
  readonly table: 'udp.port';
  /** The port. */
  readonly value: number;
  /** The protocol, by a name that it offers for this; `skip:3` for so many bytes of anything. */
  readonly name: string;
}

/** What {@link DecodeAs.name} can be, in order: the names that protocols attach by. `skip:N` stands for any number. */
export const DECODE_AS_NAMES = [
  'eth',
  'fastd',
  'fou',
  'geneve',
  'gre',
  'gtp',
  'gue',
  'l2tp',
  'mpls',
  'openvpn',
  'raw',
  'skip:N',
  'tinc',
  'tun',
  'vtun',
  'vxlan',
  'vxlan-gpe',
  'wg',
] as const;
