/** What a device is set up to do, out of the attributes of its kind (IFLA_INFO_DATA; linux/if_link.h, linux/if_tunnel.h). */
import { ipAddress, isMulticast } from './addresses.ts';
import { type Attributes, readNumber } from './netlink.ts';

/** In the words of `ip link`: `{ vni: 42, port: 4789, remote: '10.2.0.10' }`. */
export type DeviceDetails = Readonly<Record<string, string | number | boolean>>;

type Value = string | number | boolean | undefined;
type Reader = (value: DataView) => Value;
/** Attribute's type, its name, how to read it. */
type Entry = readonly [type: number, key: string, read: Reader];

const nonZero: Reader = (value) => readNumber(value) || undefined;
const flag: Reader = (value) => value.byteLength === 0 || readNumber(value) !== 0 || undefined;
const port: Reader = (value) => (value.byteLength >= 2 ? value.getUint16(0) : undefined);
const key: Reader = (value) => (value.byteLength >= 4 ? value.getUint32(0) || undefined : undefined);
const oneHost: Reader = (value) => (isMulticast(value) ? undefined : ipAddress(value));
const manyHosts: Reader = (value) => (isMulticast(value) ? ipAddress(value) : undefined);
const named =
  (names: Readonly<Record<number, string>>): Reader =>
  (value) => {
    const number = readNumber(value);
    return names[number] ?? number;
  };

const IPIP: readonly Entry[] = [
  [2, 'local', ipAddress],
  [3, 'remote', ipAddress],
];
const GRE: readonly Entry[] = [
  [6, 'local', ipAddress],
  [7, 'remote', ipAddress],
  [4, 'ikey', key],
  [5, 'okey', key],
];
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
  ],
  geneve: [
    [1, 'vni', readNumber],
    [5, 'port', port],
    [2, 'remote', ipAddress],
    [7, 'remote', ipAddress],
    [6, 'external', flag],
  ],
  ipip: IPIP,
  sit: IPIP,
  ip6tnl: IPIP,
  gre: GRE,
  gretap: GRE,
  erspan: GRE,
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
