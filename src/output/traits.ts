/** What the columns must know of each protocol, taken from its description once. */
import type { Field, Protocol } from '../decode/protocol.ts';
import { ipv6Routing } from '../decode/protocols/ipv6-routing.ts';
import { protocols } from '../decode/registry.ts';

/** Bits of a protocol's traits; the lowest eight say where its addresses or ports stand in its header, in bytes. */
export const IPV4 = 1 << 31;
export const IPV6 = 1 << 30;
export const LINK = 1 << 29;
export const PORTS = 1 << 28;
/** A layer of this protocol may be a tunnel's first. */
export const OPENS = 1 << 27;
/** Has a time to live, or hop limit as IPv6 calls it, where the bits from HOPS_SHIFT on say. */
export const HOPS = 1 << 26;
export const PING = 1 << 25;
/** A number in it is told in the name of the tunnel, or tells what that is. */
export const IDENTIFIER = 1 << 24;
export const NETWORK = IPV4 | IPV6;
export const HOPS_SHIFT = 8;

function traitsOf(protocol: Protocol): number {
  let traits = 0;
  if (protocol.addresses !== undefined) {
    traits |= (protocol.addresses.bytes === 4 ? IPV4 : IPV6) | protocol.addresses.offset;
  }
  const [source, destination] = [place(protocol, 'src', 'ether', 48), place(protocol, 'dst', 'ether', 48)];
  // Ethernet's destination stands first, ports' source does: that is how both are read below.
  if (destination >= 0 && source === destination + 6) traits |= LINK | destination;
  const ports = place(protocol, 'srcport', 'uint', 16);
  if (ports >= 0 && place(protocol, 'dstport', 'uint', 16) === ports + 2) traits |= PORTS | ports;
  const hops = Math.max(place(protocol, 'ttl', 'uint', 8), place(protocol, 'hlim', 'uint', 8));
  if (hops >= 0) traits |= HOPS | (hops << HOPS_SHIFT);
  if (protocol.identifier !== undefined || protocol === ipv6Routing) traits |= IDENTIFIER;
  if (protocol.name === 'icmp' || protocol.name === 'icmpv6') traits |= PING;
  for (const a of protocol.attach) {
    if (a.table === 'udp.guess' || a.table === 'decode-as' || ('tunnel' in a && a.tunnel)) traits |= OPENS;
  }
  return traits;
}

/** Where a protocol has the field `key`, in bytes from its start, if it is of this kind and width; -1 where not. */
function place(protocol: Protocol, key: string, kind: Field['kind'], width: number): number {
  const field = protocol.fields.find((f) => f.key === key);
  return field?.kind === kind && field.width === width && field.when === undefined ? field.bit >> 3 : -1;
}

/** By protocol number. */
export const protocolTraits = Int32Array.from(protocols, traitsOf);
