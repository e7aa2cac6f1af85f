/** Routes and the rules that choose among their tables (rtnetlink(7), linux/rtnetlink.h, linux/fib_rules.h). */
import { ipAddress } from '../addresses.ts';
import {
  type Attributes,
  LITTLE_ENDIAN,
  type NetlinkSocket,
  readAttributes,
  readNumber,
  readText,
} from '../netlink.ts';
import { MOST_ENTRIES, type RouteFacts, type RuleFacts } from './facts.ts';

const AF_INET = 2;
const AF_INET6 = 10;

const RTM_GETROUTE = 26;
/** rtmsg: family, destination's and source's prefix lengths, tos, table, protocol, scope, type, 8 bits each; flags 32. */
const ROUTE_HEADER = 12;
const RTM_F_CLONED = 0x200;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_TABLE = 15;
const RTA_VIA = 18;
const RTAX_MTU = 2;
const RTNH_F_ONLINK = 4;
/** rtnexthop: length 16 bits, flags 8, hops 8, index 32; attributes. */
const NEXT_HOP_HEADER = 8;

const ROUTE_TYPES = [
  ...['unspecified', 'unicast', 'local', 'broadcast', 'anycast', 'multicast'],
  ...['blackhole', 'unreachable', 'prohibit', 'throw', 'nat', 'xresolve'],
];

/** Of all tables and both families, in the kernel's order. */
export function readRoutes(socket: NetlinkSocket): RouteFacts[] {
  return socket
    .dump(RTM_GETROUTE, new Uint8Array(ROUTE_HEADER), MOST_ENTRIES)
    .flatMap((message) => readRoute(message) ?? []);
}

function readRoute(message: DataView): RouteFacts | undefined {
  const family = message.getUint8(0);
  const flags = message.getUint32(8, LITTLE_ENDIAN);
  if ((family !== AF_INET && family !== AF_INET6) || (flags & RTM_F_CLONED) !== 0) return undefined;
  const attributes = readAttributes(message, ROUTE_HEADER);
  const number = (type: number) => {
    const value = attributes.get(type);
    return value === undefined ? undefined : readNumber(value);
  };
  const metrics = attributes.get(RTA_METRICS);
  const mtu = metrics === undefined ? undefined : readAttributes(metrics).get(RTAX_MTU);
  const source = address(attributes.get(RTA_PREFSRC));
  const multipath = attributes.get(RTA_MULTIPATH);
  const type = message.getUint8(7);
  return {
    to: `${address(attributes.get(RTA_DST)) ?? anyAddress(family)}/${message.getUint8(1)}`,
    table: number(RTA_TABLE) ?? message.getUint8(4),
    type: ROUTE_TYPES[type] ?? String(type),
    metric: number(RTA_PRIORITY) ?? 0,
    ways: multipath === undefined ? [wayOf(attributes, flags)] : severalWays(multipath),
    ...(source !== undefined && { source }),
    ...(mtu !== undefined && { mtu: readNumber(mtu) }),
  };
}

function wayOf(attributes: Attributes, flags: number): RouteFacts['ways'][number] {
  const device = attributes.get(RTA_OIF);
  const via = attributes.get(RTA_VIA);
  const gateway =
    address(attributes.get(RTA_GATEWAY)) ??
    // rtvia: family 16 bits, address: a gateway of the other family.
    (via === undefined
      ? undefined
      : address(new DataView(via.buffer, via.byteOffset + 2, via.byteLength - 2)));
  return {
    ...(gateway !== undefined && { gateway }),
    ...(device !== undefined && { device: readNumber(device) }),
    onlink: (flags & RTNH_F_ONLINK) !== 0,
  };
}

function severalWays(value: DataView): RouteFacts['ways'] {
  const ways: RouteFacts['ways'] = [];
  for (let at = 0; at + NEXT_HOP_HEADER <= value.byteLength; ) {
    const length = value.getUint16(at, LITTLE_ENDIAN);
    if (length < NEXT_HOP_HEADER || at + length > value.byteLength) break;
    const inside = new DataView(value.buffer, value.byteOffset + at, length);
    const way = wayOf(readAttributes(inside, NEXT_HOP_HEADER), inside.getUint8(2));
    ways.push({ ...way, device: inside.getUint32(4, LITTLE_ENDIAN) });
    at += (length + 3) & ~3;
  }
  return ways;
}

function address(value: DataView | undefined): string | undefined {
  return value === undefined ? undefined : ipAddress(value);
}

function anyAddress(family: number): string {
  return family === AF_INET ? '0.0.0.0' : '::';
}

const RTM_GETRULE = 34;
/** fib_rule_hdr: family, destination's and source's prefix lengths, tos, table, two reserved, action, 8 bits each; flags 32. */
const RULE_HEADER = 12;
const FIB_RULE_INVERT = 2;
const FRA_DST = 1;
const FRA_SRC = 2;
const FRA_IIFNAME = 3;
const FRA_PRIORITY = 6;
const FRA_TABLE = 15;
const FRA_OIFNAME = 17;
const FRA_FWMARK = 10;
/** What else a rule may look at: tunnel's number, user, protocol and ports. */
const OTHERS = [12, 20, 22, 23, 24];
const FRA_SUPPRESS = [13, 14];
const NOT_SUPPRESSED = 0xffffffff;

const ACTIONS: Readonly<Record<number, string>> = {
  1: 'table',
  2: 'goto',
  3: 'nop',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
};

/** In the order in which they are asked. */
export function readRules(socket: NetlinkSocket): RuleFacts[] {
  return socket
    .dump(RTM_GETRULE, new Uint8Array(RULE_HEADER), MOST_ENTRIES)
    .flatMap((message) => readRule(message) ?? [])
    .sort((one, other) => one.priority - other.priority);
}

function readRule(message: DataView): RuleFacts | undefined {
  const family = message.getUint8(0);
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const attributes = readAttributes(message, RULE_HEADER);
  const number = (type: number) => {
    const value = attributes.get(type);
    return value === undefined ? undefined : readNumber(value);
  };
  const prefix = (type: number, length: number) =>
    length === 0 ? undefined : `${address(attributes.get(type)) ?? anyAddress(family)}/${length}`;
  const name = (type: number) => {
    const value = attributes.get(type);
    return value === undefined ? undefined : readText(value);
  };
  const from = prefix(FRA_SRC, message.getUint8(2));
  const to = prefix(FRA_DST, message.getUint8(1));
  const [iif, oif] = [name(FRA_IIFNAME), name(FRA_OIFNAME)];
  const action = message.getUint8(7);
  return {
    family: family === AF_INET ? 'ip' : 'ip6',
    priority: number(FRA_PRIORITY) ?? 0,
    action: ACTIONS[action] ?? String(action),
    table: number(FRA_TABLE) ?? message.getUint8(4),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(iif !== undefined && { iif }),
    ...(oif !== undefined && { oif }),
    isInverted: (message.getUint32(8, LITTLE_ENDIAN) & FIB_RULE_INVERT) !== 0,
    isMarked: attributes.has(FRA_FWMARK),
    hasMore:
      message.getUint8(3) !== 0 ||
      OTHERS.some((type) => attributes.has(type)) ||
      FRA_SUPPRESS.some((type) => (number(type) ?? NOT_SUPPRESSED) !== NOT_SUPPRESSED),
  };
}
