/** How the kernel treats what comes in through a device: the part of a link's message that sysctl has under net/ipv4/conf/NAME. */
import { type Attributes, LITTLE_ENDIAN, readAttributes, readNumber } from './netlink.ts';

export interface LinkSettings {
  /** Passes IPv4 packets on that come in here. */
  readonly forwarding: boolean;
  /** The same of IPv6. */
  readonly forwarding6: boolean;
  /** The device's own: the higher of this and that of `all` counts. 0 off, 1 strict, 2 loose (RFC 3704). */
  readonly rpFilter: number;
  /** Takes packets whose source is an address of this host. */
  readonly acceptLocal: boolean;
  /** Answers ARP for addresses that it has a route to, as Calico's ends of pairs do. */
  readonly proxyArp: boolean;
  /** Of a bridge's port (802.1D): disabled, listening, learning, forwarding, blocking. */
  readonly portState?: string;
}

const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const AF_INET = 2;
const AF_INET6 = 10;
const IFLA_INET_CONF = 1;
const IFLA_INET6_CONF = 2;
// linux/ip.h counts them from 1, linux/ipv6.h from 0.
const IPV4_DEVCONF_FORWARDING = 1;
const IPV4_DEVCONF_PROXY_ARP = 3;
const IPV4_DEVCONF_RP_FILTER = 8;
const IPV4_DEVCONF_ACCEPT_LOCAL = 23;
const DEVCONF_FORWARDING = 0;
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_INFO_SLAVE_DATA = 5;
const IFLA_BRPORT_STATE = 1;

const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'];

/** @param attributes of RTM_NEWLINK */
export function linkSettings(attributes: Attributes): LinkSettings {
  const families = inside(attributes.get(IFLA_AF_SPEC));
  const ipv4 = numbers(inside(families?.get(AF_INET))?.get(IFLA_INET_CONF));
  const ipv6 = numbers(inside(families?.get(AF_INET6))?.get(IFLA_INET6_CONF));
  const portState = readPortState(inside(attributes.get(IFLA_LINKINFO)));
  return {
    forwarding: ipv4(IPV4_DEVCONF_FORWARDING - 1) !== 0,
    forwarding6: ipv6(DEVCONF_FORWARDING) !== 0,
    rpFilter: ipv4(IPV4_DEVCONF_RP_FILTER - 1),
    acceptLocal: ipv4(IPV4_DEVCONF_ACCEPT_LOCAL - 1) !== 0,
    proxyArp: ipv4(IPV4_DEVCONF_PROXY_ARP - 1) !== 0,
    ...(portState !== undefined && { portState }),
  };
}

function readPortState(information: Attributes | undefined): string | undefined {
  const kind = information?.get(IFLA_INFO_SLAVE_KIND);
  if (kind === undefined || !Buffer.from(kind.buffer, kind.byteOffset).toString().startsWith('bridge'))
    return undefined;
  const state = inside(information?.get(IFLA_INFO_SLAVE_DATA))?.get(IFLA_BRPORT_STATE);
  return state === undefined ? undefined : PORT_STATES[readNumber(state)];
}

function inside(value: DataView | undefined): Attributes | undefined {
  return value === undefined ? undefined : readAttributes(value);
}

/** Of 32 bits each; 0 for those that this kernel does not have. */
function numbers(value: DataView | undefined): (index: number) => number {
  return (index) =>
    value !== undefined && value.byteLength >= 4 * (index + 1)
      ? value.getUint32(4 * index, LITTLE_ENDIAN)
      : 0;
}
