/** Follows a packet in thought: by routes, over wires, through tunnels, from namespace to namespace as far as they are seen. */
import { forwardingOn, ip, run, setting } from './commands.ts';
import { type Device, deviceTitle, type Model, type Namespace } from './model.ts';
import { judgePacket } from './packet-filter.ts';
import { familyOf } from './prefix.ts';
import { type Problem, problem } from './problem.ts';
import { findWay, type Way } from './route-lookup.ts';
import { PAIRS, wireOf } from './wire.ts';

export interface Packet {
  readonly from: string | undefined;
  readonly to: string;
  /** IP protocol. */
  readonly protocol: number;
  /** UDP port that it goes to. */
  readonly port?: number | undefined;
}

export interface Hop {
  readonly namespace: Namespace;
  readonly in: Device | undefined;
  readonly out: Device;
  /** Who gets it next on that wire. */
  readonly next: string;
  /** Bytes that fit out of here. */
  readonly mtu: number;
}

export interface Walk {
  /** `unseen`: it goes on where nobody looked. `unknown`: rules or tunnels that can't be judged. */
  readonly end: 'arrived' | 'stopped' | 'unseen' | 'unknown';
  /** Where it ended. */
  readonly namespace: Namespace;
  /** By which device it came there. */
  readonly by: Device | undefined;
  readonly hops: readonly Hop[];
  /** Devices of tunnels that it went into. */
  readonly through: readonly Device[];
  /** What stops it. */
  readonly obstacle?: Problem;
  /** Whether that is in a tunnel on its way: then it is that tunnel's. */
  readonly isTunnelsOwn?: boolean;
  /** What might, and can't be judged. */
  readonly unjudged: readonly Problem[];
}

/** Where what goes into a tunnel's device comes out; a problem's absence says that nobody knows. */
export type Crossing =
  | { readonly out: Device }
  | { readonly out: undefined; readonly end: 'stopped' | 'unseen' | 'unknown' };

/** @param next who is to get it, in the network that the tunnel is */
export type Cross = (device: Device, next: string) => Crossing | undefined;

export const IPPROTO_ICMP = 1;
export const IPPROTO_ICMPV6 = 58;
export const IPPROTO_TCP = 6;
const MOST_HOPS = 32;

/**
 * @param cross what tunnels do; where it answers undefined, a device is none
 */
export function walk(model: Model, start: Namespace, packet: Packet, cross: Cross): Walk {
  const hops: Hop[] = [];
  const through: Device[] = [];
  const unjudged: Problem[] = [];
  let here = start;
  let by: Device | undefined;
  const ended = (end: Walk['end'], obstacle?: Problem, isTunnelsOwn?: boolean): Walk => ({
    end,
    namespace: here,
    by,
    hops,
    through,
    unjudged,
    ...(obstacle !== undefined && { obstacle }),
    ...(isTunnelsOwn === true && { isTunnelsOwn }),
  });

  while (hops.length < MOST_HOPS) {
    const arrival = by === undefined ? undefined : arrivalObstacle(here, by, packet);
    if (arrival !== undefined) return ended('stopped', arrival);
    const way = findWay(here, { to: packet.to, from: packet.from, iif: by });
    const isHere = way.kind === 'local';
    const out = way.kind === 'out' ? way.device : undefined;
    const filtered = filterObstacle(here, by, out, packet, isHere, unjudged);
    if (isHere) return filtered === undefined ? ended('arrived') : ended('stopped', filtered);
    if (by !== undefined && !forwards(by, packet))
      return ended('stopped', forwardingProblem(here, by, packet));
    if (way.kind === 'unknown') return ended('unknown');
    if (way.kind !== 'out' || out === undefined) return ended('stopped', noWay(here, way, packet));
    if (filtered !== undefined) return ended('stopped', filtered);
    const next = way.gateway ?? packet.to;
    const mtu = Math.min(out.mtu, way.route.mtu ?? out.mtu);
    hops.push({ namespace: here, in: by, out, next, mtu });
    if (!out.isUp) return ended('stopped', downProblem(out, packet));
    const crossing = cross(out, next);
    if (crossing !== undefined) {
      through.push(out);
      if (crossing.out === undefined) return ended(crossing.end, undefined, true);
      by = crossing.out;
      here = by.namespace;
      continue;
    }
    const wire = wireOf(out);
    const holders = wire.receivers.filter((one) => one !== out && one.namespace.owner(next) !== undefined);
    // Linux answers for an address on whatever device it is asked (arp_ignore 0); still the one that has it is preferred.
    const receiver =
      holders.find((one) => one.namespace.owner(next) === one) ??
      holders[0] ??
      wire.receivers.find((one) => one.namespace !== here && answersFor(one, next));
    if (receiver === undefined) {
      const elsewhere = wire.isWhole ? undefined : onAnotherHost(model, here, packet.to);
      if (elsewhere === undefined)
        return wire.isWhole ? ended('stopped', nobodyProblem(out, next, packet)) : ended('unseen');
      by = elsewhere;
    } else by = receiver;
    here = by.namespace;
  }
  return ended('stopped', loopProblem(here, packet));
}

/** Proxy ARP, as arp_process() of Linux has it: for what its host passes on, by another device than the one that is asked. */
function answersFor(one: Device, address: string): boolean {
  const { namespace, settings } = one;
  if (familyOf(address) !== 'ip' || !settings.forwarding) return false;
  if (!settings.proxyArp && !namespace.facts.proxyArp) return false;
  const way = findWay(namespace, { to: address, iif: one });
  return way.kind === 'out' && way.device !== one;
}

/** What is behind a card that nobody looked through: the only other host that has the address on such a device. */
function onAnotherHost(model: Model, here: Namespace, address: string): Device | undefined {
  const found = model.namespaces.flatMap((other) => {
    const device = other.host === here.host ? undefined : other.owner(address);
    return device !== undefined && leadsOutside(device) ? device : [];
  });
  return found.length === 1 ? found[0] : undefined;
}

function leadsOutside(device: Device): boolean {
  if (device.isLoopback || device.kind === 'dummy' || device.kind === 'tun') return false;
  if (PAIRS.has(device.kind)) return device.otherDevice === undefined;
  return device.kind === 'bridge' ? device.ports.some(leadsOutside) : true;
}

function forwards(by: Device, packet: Packet): boolean {
  return familyOf(packet.to) === 'ip' ? by.settings.forwarding : by.settings.forwarding6;
}

function forwardingProblem(here: Namespace, by: Device, packet: Packet): Problem {
  return problem('ip-forward', 'error', by, {
    seen: `forwarding is off where packets for ${packet.to} come in by ${by.name}`,
    wrong: `${here.title} drops packets for others`,
    fix: [forwardingOn(by, packet.to)],
  });
}

/** RFC 3704, as fib_validate_source() of Linux has it: where an answer would go decides whether a packet is taken. */
function arrivalObstacle(here: Namespace, by: Device, { from }: Packet): Problem | undefined {
  if (from === undefined || familyOf(from) !== 'ip') return undefined;
  const back = findWay(here, { to: from });
  if (back.kind === 'local') {
    if (by.settings.acceptLocal || here.facts.acceptLocal) return undefined;
    return problem('accept-local', 'error', by, {
      seen: `packets from ${from} come in by ${by.name}, and ${from} is an address of ${here.title} itself`,
      wrong: 'the kernel considers them forged and drops them: two hosts have the same address',
      fix: [],
      advice: `give one of them another address; or, if this is intended: ${setting(by, 'ip', 'accept_local', 1)}`,
    });
  }
  const filter = Math.max(here.facts.rpFilter, by.settings.rpFilter);
  if (filter === 0 || back.kind === 'unknown') return undefined;
  const isSame = back.kind === 'out' && back.route.ways.some(({ device }) => device === by.index);
  if (isSame || (filter === 2 && back.kind === 'out')) return undefined;
  return problem('rp-filter', 'error', by, {
    seen: `packets from ${from} come in by ${by.name}, and the way back to ${from} is ${wayWords(back)}; rp_filter is ${filter} (${filter === 2 ? 'loose' : 'strict'})`,
    wrong: 'the kernel drops packets that come in on another device than replies would leave through',
    fix: [ip(here, 'route', 'add', from, 'dev', by.name)],
    advice: `or, if the paths are meant to differ: ${setting(here, 'ip', 'rp_filter', 2)}`,
  });
}

function wayWords(way: Way): string {
  if (way.kind === 'out')
    return `by ${way.device.name}${way.gateway === undefined ? '' : ` via ${way.gateway}`}`;
  return way.kind === 'refused' ? `refused (${way.type} ${way.to})` : 'not known';
}

function noWay(here: Namespace, way: Way, { to }: Packet): Problem {
  if (way.kind === 'refused') {
    return problem('no-route', 'error', here, {
      seen: `${here.title} has a route of type ${way.type} for ${way.to}`,
      wrong: `packets to ${to} end there`,
      fix: [ip(here, 'route', 'del', way.type, way.to.replace(/\/(32|128)$/, ''))],
    });
  }
  return problem('no-route', 'error', here, {
    seen: `${here.title} has no route to ${to}`,
    wrong: `packets to ${to} end there`,
    fix: [ip(here, 'route', 'add', to, 'via', 'GATEWAY')],
  });
}

function downProblem(out: Device, { to }: Packet): Problem {
  return problem('device-down', 'error', out, {
    seen: `${deviceTitle(out)} is down`,
    wrong: `packets to ${to} go out there, and no further`,
    fix: [ip(out.namespace, 'link', 'set', out.name, 'up')],
  });
}

function nobodyProblem(out: Device, next: string, { to }: Packet): Problem {
  return problem('no-neighbor', 'error', out, {
    seen: `nobody on the link of ${deviceTitle(out)} has the address ${next}`,
    wrong: `packets to ${to} have no receiver there`,
    fix: [],
    advice:
      next === to
        ? `correct ${to}, or give it to the intended host`
        : `correct the gateway ${next}: ${ip(out.namespace, 'route', 'show')}`,
  });
}

function loopProblem(here: Namespace, { to }: Packet): Problem {
  return problem('no-route', 'error', here, {
    seen: `packets to ${to} pass ${MOST_HOPS} hosts and do not arrive`,
    wrong: 'the routes form a loop',
    fix: [],
    advice: `look where routes lead: ${ip(here, 'route', 'get', to)}`,
  });
}

/** The packet filter where it comes in, is for this host or goes on, and goes out. */
function filterObstacle(
  here: Namespace,
  by: Device | undefined,
  out: Device | undefined,
  packet: Packet,
  isHere: boolean,
  unjudged: Problem[],
): Problem | undefined {
  const { firewall } = here.facts;
  if (firewall.state === 'none') return undefined;
  const ways = [
    ...(by === undefined ? [] : ['ingress', 'prerouting']),
    isHere ? 'input' : by === undefined ? 'output' : 'forward',
    ...(isHere ? [] : ['postrouting']),
  ];
  const all = packet.protocol === IPPROTO_TCP ? 'all TCP' : 'packets';
  const what =
    packet.port === undefined ? `${all} to ${packet.to}` : `UDP port ${packet.port} to ${packet.to}`;
  // What is doubtful is so for all of a kind.
  const kind = packet.port === undefined ? 'packets' : `UDP port ${packet.port}`;
  if (firewall.state === 'unknown') {
    unjudged.push(
      problem('firewall', 'info', here, {
        seen: `${here.title} may have packet filter rules: ${firewall.why ?? 'unknown'}`,
        wrong: `whether they let ${kind} pass is not known`,
        fix: [],
        advice: `look at them: ${run(here, 'iptables-save')}; ${run(here, 'nft', 'list', 'ruleset')}`,
      }),
    );
    return undefined;
  }
  for (const hook of ways) {
    const judgement = judgePacket(firewall, hook, {
      from: packet.from,
      to: packet.to,
      protocol: packet.protocol,
      port: packet.port,
      iif: by?.name,
      oif: out?.name,
    });
    if (judgement.verdict === 'pass' || judgement.chain === undefined) continue;
    const { chain, handle } = judgement;
    const rule = handle === undefined ? 'its policy' : `rule ${handle}`;
    const isCertain = judgement.verdict === 'drop';
    const found = problem('firewall', isCertain ? 'error' : 'info', here, {
      seen: `chain ${chain} of nftables ${isCertain ? `drops ${what}` : `may drop ${kind}`} (${rule})`,
      wrong: isCertain
        ? `${here.title} does not let this traffic ${isHere ? 'in' : 'through'}`
        : 'earlier rules, or its own conditions, can’t be evaluated here',
      fix: isCertain
        ? [run(here, 'nft', 'insert', 'rule', ...chain.split(' '), ...acceptedWords(packet), 'accept')]
        : [],
      ...(!isCertain && {
        advice: `look at them: ${run(here, 'nft', 'list', 'chain', ...chain.split(' '))}`,
      }),
    });
    if (isCertain) return found;
    unjudged.push(found);
  }
  return undefined;
}

/** What a rule has to look at that lets such packets pass: no more than a tunnel's envelopes, or what is for one address. */
function acceptedWords({ to, protocol, port }: Packet): (string | number)[] {
  if (port !== undefined) return ['udp', 'dport', port];
  if (protocol === IPPROTO_TCP) return [familyOf(to) ?? 'ip', 'daddr', to, 'meta', 'l4proto', 'tcp'];
  return protocol === IPPROTO_ICMP || protocol === IPPROTO_ICMPV6
    ? [familyOf(to) ?? 'ip', 'daddr', to]
    : ['meta', 'l4proto', protocol];
}
