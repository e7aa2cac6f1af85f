/** The one list of protocols. To add one: its file in protocols/, its line here, its fixture. */
import type { Protocol } from './protocol.ts';
import { data } from './protocols/data.ts';
import { ethernet } from './protocols/ethernet.ts';
import { icmp } from './protocols/icmp.ts';
import { ipv4 } from './protocols/ipv4.ts';
import { tcp } from './protocols/tcp.ts';
import { tunPacketInformation } from './protocols/tun-pi.ts';
import { udp } from './protocols/udp.ts';
import { vlan } from './protocols/vlan.ts';
import { vxlan } from './protocols/vxlan.ts';

/**
 * A protocol's number is its place here; `data` is 0. Payloads of UDP ports that say nothing are asked for a proof in
 * this order too: the longest proof first.
 */
export const protocols: readonly Protocol[] = [
  data,
  tunPacketInformation,
  ethernet,
  ipv4,
  udp,
  icmp,
  tcp,
  vlan,
  vxlan,
];

const numbers = new Map(protocols.map((protocol, number) => [protocol.name, number]));

/** The number of a protocol that is known to be in the list. */
export function protocolNumber(protocol: Protocol): number {
  return numbers.get(protocol.name) as number;
}
