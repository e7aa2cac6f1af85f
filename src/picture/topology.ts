/** How the devices of a host hang together: what each drawing of it shows. */

import type { Survey, SurveyedInterface, SurveyedNamespace } from '../host/survey.ts';
import type { PathPing, PathView } from '../path/path-view.ts';

export interface Topology {
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  /** What namespaces are called in devices' ids, by what people call them: `pod:shop/web-0`. */
  readonly plainNames?: ReadonlyMap<string, string>;
}

/** A network namespace. */
export interface Box {
  readonly title: string;
  readonly devices: readonly Device[];
}

export interface Device {
  /** As `-i` takes it: `h1:eth0`. */
  readonly id: string;
  readonly name: string;
  /** `vxlan vni 42 port 4789, MTU 1450`. */
  readonly what: string;
  readonly addresses: readonly string[];
  readonly isUp: boolean;
  /** Whether it stands below its bridge. */
  readonly isPort: boolean;
  readonly isTunnel: boolean;
}

export interface Edge {
  /** Devices' ids. */
  readonly from: string;
  readonly to: string;
  /** A cable between two ends, or a tunnel through what lies between. */
  readonly kind: 'pair' | 'tunnel';
  /** `vxlan 42`; empty for a cable. */
  readonly label: string;
}

/** How a ping's way marks devices: seen there, lost behind it, or seen there last when the capture ended. */
export type Marks = ReadonlyMap<string, 'passed' | 'last' | 'open'>;

/**
 * The way of a ping: of the first that was lost where most were lost, or else of the first. One that was under way when the capture ended
 * was not lost, as far as is known; one alone may have been under way when it began. A point is named as its device is.
 *
 * @param host whose devices are marked
 */
export function marksOf({ rows, points }: Pick<PathView, 'rows' | 'points'>, host?: Topology): Marks {
  const ping = mostLost(rows) ?? rows[0];
  const marks = new Map<string, 'passed' | 'last' | 'open'>();
  const name = (point: number) => {
    const text = points[point]?.name ?? '';
    const colon = Math.max(text.lastIndexOf(':'), 0);
    const plain = host?.plainNames?.get(text.slice(0, colon));
    return plain === undefined ? text : `${plain}${text.slice(colon)}`;
  };
  for (const { point } of [...(ping?.request ?? []), ...(ping?.reply ?? [])])
    marks.set(name(point), 'passed');
  if (ping?.answered === false && ping.lastSeen !== null)
    marks.set(name(ping.lastSeen.point), ping.endedAfter === undefined ? 'last' : 'open');
  return marks;
}

/** The first of those that were last seen at one place, of the place where most were; of places with as many, where one came farthest. */
function mostLost(rows: readonly PathPing[]): PathPing | undefined {
  const places = new Map<string, { ping: PathPing; count: number }>();
  for (const ping of rows) {
    if (ping.answered || ping.lastSeen === null || ping.request.length === 0) continue;
    if (ping.endedAfter !== undefined) continue;
    const { direction, point } = ping.lastSeen;
    const key = `${ping.way} ${direction} ${point}`;
    const place = places.get(key);
    if (place === undefined) places.set(key, { ping, count: 1 });
    else place.count++;
  }
  const seen = ({ request, reply }: PathPing) => request.length + reply.length;
  const [most] = [...places.values()].sort((a, b) => b.count - a.count || seen(b.ping) - seen(a.ping));
  return most?.ping;
}

/** The part of a topology that a way touches, with what hangs together with it by cables and tunnels; all of it where it touches none. */
export function onlyAround({ boxes, edges, ...rest }: Topology, marks: Marks): Topology {
  const owner = new Map(boxes.flatMap((box) => box.devices.map(({ id }) => [id, box] as const)));
  const kept = new Set([...marks.keys()].flatMap((id) => owner.get(id) ?? []));
  if (kept.size === 0) return { boxes, edges, ...rest };
  for (let before = 0; before < kept.size; ) {
    before = kept.size;
    for (const { from, to } of edges) {
      const ends = [owner.get(from), owner.get(to)].filter((box) => box !== undefined);
      if (ends.some((box) => kept.has(box))) for (const box of ends) kept.add(box);
    }
  }
  const isKept = (id: string) => kept.has(owner.get(id) as Box);
  return {
    ...rest,
    boxes: boxes.filter((box) => kept.has(box)),
    edges: edges.filter(({ from, to }) => isKept(from) && isKept(to)),
  };
}

const TUNNELS = new Set([
  ...['vxlan', 'geneve', 'ipip', 'sit', 'ip6tnl', 'gre', 'gretap', 'erspan', 'ip6gre', 'ip6gretap'],
  ...['ip6erspan', 'vti', 'vti6', 'xfrm', 'bareudp', 'wireguard', 'tun'],
]);
/** Devices that every new namespace has without anybody's asking, as templates of the kernel's modules. */
const TEMPLATES = /^(tunl0|gre0|gretap0|erspan0|sit0|ip6tnl0|ip6gre0|ip_vti0|ip6_vti0)$/;

/** Loopbacks, templates, and namespaces that have nothing else, are left out. */
export function createTopology(survey: Survey): Topology {
  const boxes: Box[] = [];
  const pairs = new Map<string, Edge>();
  const ends: { id: string; one: SurveyedInterface; namespace: SurveyedNamespace }[] = [];
  for (const namespace of survey.namespaces) {
    const shown = namespace.interfaces.filter(({ link }) => {
      return !link.isLoopback && !(TEMPLATES.test(link.name) && !link.isUp);
    });
    if (shown.length === 0) continue;
    const idOf = (name: string) => (namespace.name === undefined ? name : `${namespace.name}:${name}`);
    const masters = new Set(shown.flatMap(({ master }) => master ?? []));
    const ordered = shown
      .filter(({ master }) => master === undefined || !shown.some(({ link }) => isCalled(master, link.name)))
      .flatMap((one) =>
        masters.has(idOf(one.link.name)) || one.ports.length > 0
          ? [one, ...shown.filter(({ master }) => master !== undefined && isCalled(master, one.link.name))]
          : [one],
      );
    boxes.push({
      title: titleOf(namespace),
      devices: ordered.map((one) => deviceOf(one, idOf(one.link.name))),
    });
    for (const one of ordered) {
      const id = idOf(one.link.name);
      if (one.peer !== undefined) {
        const key = [id, one.peer].sort().join('\n');
        if (!pairs.has(key)) pairs.set(key, { from: id, to: one.peer, kind: 'pair', label: '' });
      }
      if (TUNNELS.has(one.link.kind ?? '')) ends.push({ id, one, namespace });
    }
  }
  const known = new Set(boxes.flatMap(({ devices }) => devices.map(({ id }) => id)));
  const cables = [...pairs.values()];
  const edges = [...cables, ...tunnelEdges(ends, partsOf(survey, cables))];
  const plainNames = new Map(
    survey.namespaces.flatMap(({ name, named }) =>
      name === undefined || named === undefined ? [] : [[named.called, name] as const],
    ),
  );
  return {
    boxes,
    edges: edges.filter(({ from, to }) => known.has(from) && known.has(to)),
    ...(plainNames.size > 0 && { plainNames }),
  };
}

/** A master is named as `-i` takes it, with its namespace. */
function isCalled(master: string, name: string): boolean {
  return master === name || master.endsWith(`:${name}`);
}

function titleOf({ name, boundName, named, owner }: SurveyedNamespace): string {
  if (name === undefined) return boundName ?? 'this network namespace';
  if (named !== undefined) return named.called;
  const whose = owner?.pod ?? owner?.container?.slice(0, 12);
  return whose === undefined ? name : `${name} (${whose})`;
}

function deviceOf({ link, master, holders }: SurveyedInterface, id: string): Device {
  const kind = link.kind === 'tun' ? String(link.details.type ?? 'tun') : link.kind;
  const details = Object.entries(link.details)
    .filter(([key]) => key !== 'type')
    .map(([key, value]) => (value === true ? key : `${key} ${value}`));
  const holder = holders.map(({ process }) => `held by ${process}`);
  const what = [
    [kind, ...details].filter(Boolean).join(' '),
    ...holder,
    `MTU ${link.mtu}`,
    link.isUp ? '' : 'down',
  ];
  return {
    id,
    name: link.name,
    what: what.filter((part) => part !== '').join(', '),
    addresses: link.addresses,
    isUp: link.isUp,
    isPort: master !== undefined,
    isTunnel: TUNNELS.has(link.kind ?? ''),
  };
}

interface End {
  readonly id: string;
  readonly one: SurveyedInterface;
  readonly namespace: SurveyedNamespace;
}

/** Namespaces that hang together by cables, by namespace: which part, and whether anything leads out of it. */
type Parts = ReadonlyMap<SurveyedNamespace, { readonly leadsOut: boolean }>;

function partsOf({ namespaces }: Survey, cables: readonly Edge[]): Parts {
  const owner = new Map(
    namespaces.flatMap((one) =>
      one.interfaces.map(
        ({ link }) => [one.name === undefined ? link.name : `${one.name}:${link.name}`, one] as const,
      ),
    ),
  );
  const parts = new Map(
    namespaces.map((one) => [one, { members: [one], leadsOut: one.interfaces.some(leadsOut) }]),
  );
  for (const { from, to } of cables) {
    const [a, b] = [from, to].map((id) => parts.get(owner.get(id) as SurveyedNamespace));
    if (a === undefined || b === undefined || a === b) continue;
    const joined = { members: [...a.members, ...b.members], leadsOut: a.leadsOut || b.leadsOut };
    for (const one of joined.members) parts.set(one, joined);
  }
  return parts;
}

/** A card, or a device on one, or a cable whose other end is not to be seen. */
function leadsOut({ link, peer }: SurveyedInterface): boolean {
  if (link.isLoopback) return false;
  return (
    link.kind === undefined ||
    /^(mac|ip)v(lan|tap)$/.test(link.kind) ||
    (link.kind === 'veth' && peer === undefined)
  );
}

/**
 * Two devices are one tunnel's ends where what each says of the other fits: the same kind, network and port, and neither names a
 * remote that the other does not have; and where packets can go from one to the other.
 */
function tunnelEdges(ends: readonly End[], parts: Parts): Edge[] {
  const edges: Edge[] = [];
  for (const [i, a] of ends.entries()) {
    for (const b of ends.slice(i + 1)) {
      if (a.namespace === b.namespace || !isSameTunnel(a, b)) continue;
      const [one, other] = [parts.get(a.namespace), parts.get(b.namespace)];
      if (one !== other && !(one?.leadsOut === true && other?.leadsOut === true)) continue;
      const { details, kind = '' } = a.one.link;
      const { vni } = details;
      edges.push({
        from: a.id,
        to: b.id,
        kind: 'tunnel',
        label: vni === undefined ? kind : `${kind} ${vni}`,
      });
    }
  }
  return edges;
}

function isSameTunnel(a: End, b: End): boolean {
  const [one, other] = [a.one.link, b.one.link];
  // What a program does with a tun device's packets is not to be seen here; WireGuard's peers are not read.
  if (one.kind !== other.kind || one.kind === 'tun' || one.kind === 'wireguard') return false;
  for (const key of ['vni', 'port']) {
    if (one.details[key] !== other.details[key]) return false;
  }
  // What one puts into its packets, the other demands of them (RFC 2890, section 2.1).
  if (one.details.ikey !== other.details.okey || one.details.okey !== other.details.ikey) return false;
  return meets(a, b) && meets(b, a);
}

/** Whether a device's remote address, where it has one, is in the other's namespace. */
function meets({ one }: End, { namespace }: End): boolean {
  const { remote } = one.link.details;
  if (remote === undefined) return one.link.details.vni !== undefined;
  return namespace.interfaces.some(({ link }) =>
    link.addresses.some((address) => address.split('/')[0] === remote),
  );
}
