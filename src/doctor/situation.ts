/** What checks look at: the model, its tunnels with the way of their envelopes, and its containers. Ways are followed once. */
import { type Device, type Model, type Namespace, neighborOf } from './model.ts';
import { addressOf, contains, familyOf, parsePrefix } from './prefix.ts';
import type { Problem } from './problem.ts';
import { ALL_ZEROS, IPPROTO_UDP, type Peer, type Tunnel, tunnelsOf } from './tunnels.ts';
import {
  type Cross,
  type Crossing,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  type Walk,
  walk,
} from './walk.ts';
import { PAIRS } from './wire.ts';

/** A tunnel's envelopes on their way to one of its peers. */
export interface Envelope {
  readonly tunnel: Tunnel;
  readonly peer: Peer;
  readonly walk: Walk;
  /** The tunnel that takes them out again; undefined where they don't arrive in view, or nobody does. */
  readonly far: Tunnel | undefined;
}

export interface Container {
  readonly device: Device;
  readonly namespace: Namespace;
  /** Its address on that device. */
  readonly address: string;
  /** The other end, in the host's namespace. */
  readonly plug: Device;
  readonly host: Namespace;
}

export interface Situation {
  readonly model: Model;
  readonly tunnels: readonly Tunnel[];
  readonly containers: readonly Container[];
  /** To each of its peers. */
  envelopes(tunnel: Tunnel): readonly Envelope[];
  /** A ping's way, through tunnels and all. */
  pingWay(from: Namespace, source: string | undefined, to: string): Walk;
  /** The same of a TCP connection's first segment, to whichever port. */
  connectionWay(from: Namespace, source: string | undefined, to: string): Walk;
}

/** Looks at everything for one thing, or for several that belong together. */
export type Check = (situation: Situation) => readonly Problem[];

/** Peers of a device whose envelopes are followed: a large cluster's node has thousands. */
const MOST_PEERS = 256;

export function createSituation(model: Model): Situation {
  const tunnels = tunnelsOf(model);
  const tunnelOf = new Map(tunnels.map((tunnel) => [tunnel.device, tunnel]));
  const known = new Map<Tunnel, readonly Envelope[]>();
  /** Envelopes of tunnels in tunnels would be followed without end where tunnels are in each other. */
  const underWay = new Set<Tunnel>();

  function envelopes(tunnel: Tunnel): readonly Envelope[] {
    const before = known.get(tunnel);
    if (before !== undefined) return before;
    underWay.add(tunnel);
    const found = tunnel.peers.slice(0, MOST_PEERS).map((peer) => envelope(tunnel, peer));
    underWay.delete(tunnel);
    known.set(tunnel, found);
    return found;
  }

  function envelope(tunnel: Tunnel, peer: Peer): Envelope {
    const { home } = tunnel.device;
    if (home === undefined) return { tunnel, peer, walk: unseenFrom(tunnel.device), far: undefined };
    const way = walk(
      model,
      home,
      { from: tunnel.local, to: peer.address, protocol: tunnel.protocol, port: peer.port },
      cross,
    );
    const far = way.end === 'arrived' ? farEnd(tunnel, peer, way.namespace) : undefined;
    return { tunnel, peer, walk: way, far };
  }

  function farEnd(near: Tunnel, peer: Peer, there: Namespace): Tunnel | undefined {
    const fitting = tunnels.filter(
      (far) => far.device.home === there && far.device !== near.device && fits(near, peer, far),
    );
    return fitting.find((far) => far.peers.some(({ address }) => address === near.local)) ?? fitting[0];
  }

  const cross: Cross = (device, next) => {
    const tunnel = tunnelOf.get(device);
    if (tunnel === undefined) return undefined;
    if (underWay.has(tunnel)) return { out: undefined, end: 'unknown' };
    return crossing(tunnel, next);
  };

  function crossing(tunnel: Tunnel, next: string): Crossing {
    const peers = peersFor(tunnel, next);
    if (peers.length === 0) return { out: undefined, end: 'stopped' };
    const chosen = envelopes(tunnel).filter(({ peer }) => peers.includes(peer));
    const own =
      chosen.find(({ far }) => far?.device.namespace.owner(next) !== undefined) ??
      (chosen.length === 1 ? chosen[0] : undefined);
    if (own === undefined) return { out: undefined, end: 'unknown' };
    if (own.far === undefined)
      return { out: undefined, end: own.walk.end === 'arrived' ? 'stopped' : own.walk.end };
    const { device } = own.far;
    if (!device.isUp) return { out: undefined, end: 'stopped' };
    return { out: device.masterDevice?.kind === 'bridge' ? device.masterDevice : device };
  }

  return {
    model,
    tunnels,
    containers: containersOf(model),
    envelopes,
    pingWay(from, source, to) {
      const protocol = familyOf(to) === 'ip6' ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
      return walk(model, from, { from: source, to, protocol }, cross);
    },
    connectionWay: (from, source, to) =>
      walk(model, from, { from: source, to, protocol: IPPROTO_TCP }, cross),
  };
}

/** Of a device that was moved away from a namespace that nobody looked into. */
function unseenFrom({ namespace }: Device): Walk {
  return { end: 'unseen', namespace, by: undefined, hops: [], through: [], unjudged: [] };
}

/** Whether a tunnel takes another one's envelopes out, though it may not understand what is in them. */
function fits(near: Tunnel, peer: Peer, far: Tunnel): boolean {
  if (far.local !== undefined && far.local !== peer.address) return false;
  if (near.protocol !== far.protocol) return false;
  if (near.protocol === IPPROTO_UDP && far.port !== peer.port) return false;
  return near.vni === far.vni;
}

/** To whom a tunnel sends what is for somebody in its network. */
export function peersFor(tunnel: Tunnel, next: string): readonly Peer[] {
  const { device, peers } = tunnel;
  if (device.kind !== 'vxlan') {
    const named = peers.filter(({ by, address }) => by.startsWith('route ') && address === next);
    return named.length > 0 ? named : peers;
  }
  const linkAddress = neighborOf(device, next)?.linkAddress;
  const own = peers.filter((peer) => peer.linkAddress !== undefined && peer.linkAddress === linkAddress);
  return own.length > 0 ? own : defaultPeers(tunnel);
}

/** Where frames go whose receiver is not known: ARP requests above all. */
export function defaultPeers({ peers }: Tunnel): readonly Peer[] {
  return peers.filter(({ linkAddress }) => linkAddress === undefined || linkAddress === ALL_ZEROS);
}

/** Namespaces that hang on a host by a pair of devices, and pass nothing on. */
function containersOf(model: Model): Container[] {
  return model.namespaces.flatMap((namespace) =>
    namespace.devices.flatMap((device) => {
      const plug = PAIRS.has(device.kind) ? device.otherDevice : undefined;
      const [address] = device.addresses
        .map(addressOf)
        .filter((one) => familyOf(one) === 'ip' || !isLinkLocal(one));
      if (plug === undefined || address === undefined || plug.namespace === namespace) return [];
      const isHosts = plug.masterDevice?.kind === 'bridge' || plug.settings.forwarding;
      if (!isHosts || device.settings.forwarding) return [];
      return [{ device, namespace, address, plug, host: plug.namespace }];
    }),
  );
}

const LINK_LOCAL = parsePrefix('fe80::/10');

export function isLinkLocal(address: string): boolean {
  const prefix = parsePrefix(address);
  return LINK_LOCAL !== undefined && prefix !== undefined && contains(LINK_LOCAL, prefix);
}
