/** What a device is set up to do, out of the attributes of its kind (IFLA_INFO_DATA; linux/if_link.h, linux/if_tunnel.h). */
import { ipAddress, isMulticast } from './addresses.ts';
import { type Attributes, readNumber } from './netlink.ts';

/** In the words of `ip link`: `{ vni: 42, port: 4789, remote: '10.2.0.10' }`. */
export type DeviceDetails = Readonly<Record<string, string | number | boolean>>;

type Value = string | number | boolean | undefined;
type Reader = (value: DataView) => Value;
/** Attribute's type, its name, how to read it. */
type Entry = readonly [type: number, key: string, read: Reader];

/** What is on unless said otherwise: `false` where it is off. */
const unlessOff: Reader = (value) => (value.byteLength > 0 && readNumber(value) === 0 ? false : undefined);
const nonZero: Reader = (value) => readNumber(value) || undefined;
const flag: Reader = (value) => value.byteLength === 0 || readNumber(value) !== 0 || undefined;
const port: Reader = (value) => (value.byteLength >= 2 ? value.getUint16(0) : undefined);
const key: Reader = (value) => (value.byteLength >= 4 ? value.getUint32(0) || undefined : undefined);
const oneHost: Reader = (value) => (isMulticast(value) ? undefined : ipAddress(value));
const manyHosts: Reader = (value) => (isMulticast(value) ? ipAddress(value) : undefined);
const named =
  (names: Readonly<Record<number, string | undefined>>): Reader =>
  (value) => {
    const number = readNumber(value);
    return number in names ? names[number] : number;
  };

const DONT_FRAGMENT = named({ 0: undefined, 1: 'set', 2: 'inherit' });

const IPIP: readonly Entry[] = [
  [2, 'local', ipAddress],
  [3, 'remote', ipAddress],
];
/** Only over IPv4 there is a choice. */
const IPIP4: readonly Entry[] = [...IPIP, [10, 'pmtudisc', unlessOff]];
const GRE: readonly Entry[] = [
  [6, 'local', ipAddress],
  [7, 'remote', ipAddress],
  [4, 'ikey', key],
  [5, 'okey', key],
];
const GRE4: readonly Entry[] = [...GRE, [10, 'pmtudisc', unlessOff]];
const VTI: readonly Entry[] = [
  [4, 'local', ipAddress],
  [5, 'remote', ipAddress],
  [2, 'ikey', key],
  [3, 'okey', key],
];

const ETHER_TYPES: Reader = (value) =>
  port(value) === 0x88a8 ? '802.1ad' : port(value) === 0x8100 ? '802.1Q' : port(value);

const DETAILS: Readonly<Record<string, readonly Entry[]>> = {
  vxlan: [
    [1, 'vni', readNumber],
    [15, 'port', port],
    [4, 'local', ipAddress],
    [17, 'local', ipAddress],
    [2, 'remote', oneHost],
    [16, 'remote', oneHost],
    [2, 'group', manyHosts],
    [16, 'group', manyHosts],
    [25, 'external', flag],
    [7, 'learning', unlessOff],
    [29, 'df', DONT_FRAGMENT],
    [19, 'udp6zerocsumtx', flag],
    [20, 'udp6zerocsumrx', flag],
  ],
  geneve: [
    [1, 'vni', readNumber],
    [5, 'port', port],
    [2, 'remote', ipAddress],
    [7, 'remote', ipAddress],
    [6, 'external', flag],
    [13, 'df', DONT_FRAGMENT],
    [9, 'udp6zerocsumtx', flag],
    [10, 'udp6zerocsumrx', flag],
  ],
  ipip: IPIP4,
  sit: IPIP4,
  ip6tnl: IPIP,
  gre: GRE4,
  gretap: GRE4,
  erspan: GRE4,
  ip6gre: GRE,
  ip6gretap: GRE,
  ip6erspan: GRE,
  vti: VTI,
  vti6: VTI,
  xfrm: [[2, 'if_id', readNumber]],
  bareudp: [[1, 'port', port]],
  vlan: [
    [1, 'id', readNumber],
    [5, 'protocol', ETHER_TYPES],
  ],
  macvlan: [[1, 'mode', named({ 1: 'private', 2: 'vepa', 4: 'bridge', 8: 'passthru', 16: 'source' })]],
  macvtap: [[1, 'mode', named({ 1: 'private', 2: 'vepa', 4: 'bridge', 8: 'passthru', 16: 'source' })]],
  ipvlan: [[1, 'mode', named({ 0: 'l2', 1: 'l3', 2: 'l3s' })]],
  vrf: [[1, 'table', readNumber]],
  tun: [
    [3, 'type', named({ 1: 'tun', 2: 'tap' })],
    [4, 'pi', flag],
    [6, 'persist', flag],
    [7, 'multi_queue', flag],
  ],
  bridge: [[7, 'vlan_filtering', nonZero]],
};

/** An entry that is not set, or says nothing (the address of all zeros), is left out. */
export function deviceDetails(kind: string, attributes: Attributes): DeviceDetails {
  const details: Record<string, string | number | boolean> = {};
  for (const [type, name, read] of DETAILS[kind] ?? []) {
    const value = attributes.get(type);
    const detail = value === undefined ? undefined : read(value);
    if (detail !== undefined) details[name] = detail;
  }
  return details;
}
