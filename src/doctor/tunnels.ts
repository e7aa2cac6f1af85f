/** Tunnels' devices: what their envelopes look like, and to whom they go. */

import { isIP } from 'node:net';
import type { ForwardingFacts, ProgramFacts } from '../host/facts/facts.ts';
import type { Device, Model } from './model.ts';
import { familyOf } from './prefix.ts';

export interface Tunnel {
  readonly device: Device;
  /** `vxlan`, …; `tun` and `tap` where a program is the tunnel. */
  readonly kind: string;
  /** The address that envelopes come from, where it is set. */
  readonly local: string | undefined;
  readonly peers: readonly Peer[];
  readonly vni: number | undefined;
  /** UDP port on which its envelopes arrive. */
  readonly port: number | undefined;
  /** IP protocol of its envelopes: 17 for UDP. */
  readonly protocol: number;
  /** Bytes in front of a packet that goes into it, the outer IP header included. */
  readonly overhead: number;
  /** Whether envelopes may not be fragmented. */
  readonly isWhole: boolean;
  /** The program that carries what goes into the device. */
  readonly program: ProgramFacts | undefined;
}

export interface Peer {
  readonly address: string;
  /** UDP port that envelopes go to. */
  readonly port: number | undefined;
  /** What says so, in words: `remote`, a forwarding entry, the route. */
  readonly by: string;
  /** Of the forwarding entry. */
  readonly linkAddress?: string;
}

export const IPPROTO_UDP = 17;
const IPV4 = 20;
const IPV6 = 40;
const UDP = 8;
const ETHERNET = 14;
/** VXLAN's header (RFC 7348), and GENEVE's without options (RFC 8926). */
const VIRTUAL_NETWORK = 8;
const GRE = 4;
const GRE_KEY = 4;
const PACKET_INFORMATION = 4;

/** Of a word on a command line: addresses are shorter. */
const MOST_CHARACTERS = 200;

interface Kind {
  readonly protocol: number;
  /** Bytes behind the outer IP header. */
  readonly inside: (device: Device) => number;
  readonly family?: 'ip6';
}

const gre = (device: Device) => GRE + (device.details.okey === undefined ? 0 : GRE_KEY);
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['vxlan', { protocol: IPPROTO_UDP, inside: () => UDP + VIRTUAL_NETWORK + ETHERNET }],
  ['geneve', { protocol: IPPROTO_UDP, inside: () => UDP + VIRTUAL_NETWORK + ETHERNET }],
  ['bareudp', { protocol: IPPROTO_UDP, inside: () => UDP }],
  ['ipip', { protocol: 4, inside: () => 0 }],
  ['sit', { protocol: 41, inside: () => 0 }],
  ['gre', { protocol: 47, inside: gre }],
  ['gretap', { protocol: 47, inside: (device) => gre(device) + ETHERNET }],
  ['ip6tnl', { protocol: 41, inside: () => 0, family: 'ip6' }],
  ['ip6gre', { protocol: 47, inside: gre, family: 'ip6' }],
  ['ip6gretap', { protocol: 47, inside: (device) => gre(device) + ETHERNET, family: 'ip6' }],
]);

/** Frames whose receiver is not known go where this address says. */
export const ALL_ZEROS = '00:00:00:00:00:00';

export function tunnelsOf(model: Model): Tunnel[] {
  return model.namespaces.flatMap(({ devices }) =>
    devices.flatMap((device) => (device.kind === 'tun' ? programTunnel(device) : kernelTunnel(device)) ?? []),
  );
}

function kernelTunnel(device: Device): Tunnel | undefined {
  const { details } = device;
  const kind = KINDS.get(device.kind ?? '');
  // A module's own device (tunl0, gre0), which nobody uses.
  const isIdle = !device.isUp && details.local === undefined && details.remote === undefined;
  if (kind === undefined || (isIdle && details.vni === undefined && details.external !== true))
    return undefined;
  const local = textOf(details.local);
  const port = typeof details.port === 'number' ? details.port : undefined;
  const peers = peersOf(device, port);
  const family = kind.family ?? familyOf(peers[0]?.address ?? local ?? '') ?? 'ip';
  return {
    device,
    kind: device.kind ?? '',
    local,
    peers,
    vni: typeof details.vni === 'number' ? details.vni : undefined,
    port,
    protocol: kind.protocol,
    overhead: (family === 'ip' ? IPV4 : IPV6) + kind.inside(device),
    // ipip and gre look for the path's MTU by themselves, VXLAN and GENEVE where they are told to.
    isWhole:
      family === 'ip6' ||
      (kind.protocol === IPPROTO_UDP ? details.df !== undefined : details.pmtudisc !== false),
    program: undefined,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** By `remote`, by forwarding entries, and by the gateways of routes into a device that has no other end of its own. */
function peersOf(device: Device, port: number | undefined): Peer[] {
  const remote = textOf(device.details.remote);
  const fixed: Peer[] = remote === undefined ? [] : [{ address: remote, port, by: 'remote' }];
  if (device.kind === 'vxlan') {
    const entries = forwardingOf(device).flatMap((entry) =>
      entry.remote === undefined ||
      isGroup(entry.remote) ||
      (entry.linkAddress === ALL_ZEROS && entry.remote === remote)
        ? []
        : {
            address: entry.remote,
            port: entry.port ?? port,
            by: `forwarding entry ${entry.linkAddress}`,
            linkAddress: entry.linkAddress,
          },
    );
    return [...fixed, ...entries];
  }
  if (remote !== undefined) return fixed;
  const gateways = device.namespace.routes.flatMap(({ ways, to }) =>
    ways.flatMap((way) =>
      way.device === device.index && way.gateway !== undefined
        ? { address: way.gateway, port, by: `route to ${to}` }
        : [],
    ),
  );
  return [...new Map(gateways.map((peer) => [peer.address, peer])).values()];
}

/** Multicast has no routes of a unicast's kind: where it goes is not followed. */
function isGroup(address: string): boolean {
  return familyOf(address) === 'ip6' ? /^ff/i.test(address) : /^2(2[4-9]|3\d)\./.test(address);
}

export function forwardingOf(device: Device): ForwardingFacts[] {
  return device.namespace.facts.forwarding.filter((entry) => entry.device === device.index);
}

/** A tun device is a tunnel where the program that holds it sends what goes into it to somebody. */
function programTunnel(device: Device): Tunnel | undefined {
  const [program] = device.programs;
  if (program === undefined) return undefined;
  const isTap = device.details.type === 'tap';
  const said = saidPeer(program);
  const sockets = program.sockets.filter(({ port }) => said?.from === undefined || port === said.from);
  const socket = sockets.find(({ protocol }) => protocol === (said?.protocol ?? 'udp')) ?? sockets[0];
  const address = socket?.remote ?? said?.address;
  const isUdp = (socket?.protocol ?? said?.protocol) === 'udp';
  if (socket === undefined || address === undefined) return undefined;
  const outer = familyOf(address) === 'ip6' ? IPV6 : IPV4;
  const port = isUdp ? (socket.remotePort ?? said?.port) : undefined;
  return {
    device,
    kind: isTap ? 'tap' : 'tun',
    local: socket.local,
    peers: [{ address, port, by: `${program.process} ${program.pid}` }],
    vni: undefined,
    port: isUdp ? socket.port : undefined,
    protocol: isUdp ? IPPROTO_UDP : socket.port,
    overhead:
      outer +
      (isUdp ? UDP : 0) +
      (isTap ? ETHERNET : 0) +
      (device.details.pi === true ? PACKET_INFORMATION : 0),
    isWhole: false,
    program,
  };
}

/** What socat's words say where its socket is not connected: UDP-DATAGRAM:10.2.0.10:9000,bind=10.1.0.10:9000; IP4-DATAGRAM:10.2.0.10:4. */
function saidPeer({ command }: ProgramFacts) {
  for (const word of command.map((one) => one.slice(0, MOST_CHARACTERS))) {
    const [, type, host, number, options = ''] =
      /^(udp|ip)[46]?(?:-datagram|-sendto|-connect)?:\[?([0-9a-f:.]+?)\]?:(\d+)(.*)$/i.exec(word) ?? [];
    if (host === undefined || isIP(host) === 0) continue;
    const isUdp = type?.toLowerCase() === 'udp';
    const [, bound] = /,(?:bind=[^,]*:|sourceport=|sp=)(\d+)/i.exec(options) ?? [];
    const protocol: 'udp' | 'raw' = isUdp ? 'udp' : 'raw';
    return {
      protocol,
      address: host,
      port: Number(number),
      from: isUdp && bound !== undefined ? Number(bound) : undefined,
    };
  }
  return undefined;
}
