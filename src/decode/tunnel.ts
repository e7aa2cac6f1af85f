/** Which layers open a new level, and what kind of tunnel that is. Level 0 is the outermost headers, 1 what the first tunnel carries. */
import type { LayerStack } from './layer-stack.ts';
import type { IdentifierName, Protocol } from './protocol.ts';
import { erspan } from './protocols/erspan.ts';
import { ipv6Routing, isSegmentRouting } from './protocols/ipv6-routing.ts';
import { wireguard } from './protocols/wireguard.ts';
import { protocols } from './registry.ts';

/** The last level of the packet: how many tunnels it is inside of. */
export function deepestLevel(stack: LayerStack): number {
  return stack.count === 0 ? 0 : stack.level(stack.count - 1);
}

/** The first layer of a level, or -1. For a level above 0 it is the tunnel's own header where it has one. */
export function firstLayerOf(stack: LayerStack, level: number): number {
  for (let i = 0; i < stack.count; i++) if (stack.level(i) === level) return i;
  return -1;
}

/** The last network layer (IPv4, IPv6) of a level that is not quoted, or -1: whose addresses stand for the level. */
export function networkLayerOf(stack: LayerStack, level: number): number {
  let found = -1;
  for (let i = 0; i < stack.count && stack.level(i) <= level; i++) {
    if (stack.level(i) === level && !stack.isQuoted(i) && stack.describe(i).addresses !== undefined)
      found = i;
  }
  return found;
}

/**
 * What carries the level that opens with `layer`: `tunpi`, `vxlan` and their like for a header of its own; `erspan` for a
 * GRE header with ERSPAN's behind it; `srv6` for whatever follows a list of segments; `raw`, `eth` for a packet or frame straight in
 * UDP or TCP, or behind bytes that nobody is known to send; `pim` for one in a Register message; `ipip`, `6in4`, `4in6`, `6in6` for IP in IP.
 */
export function tunnelKind(view: DataView, stack: LayerStack, layer: number): string {
  const naming = stack.describe(namingLayer(stack, layer));
  if (naming.identifier === undefined && segmentRoutingBefore(view, stack, layer) >= 0) return SRV6;
  const name = KIND_NAMES.get(naming) ?? naming.name;
  // Bytes that nobody is known to send name no tunnel: it is called by what follows.
  if (name === PREFIX)
    return layer + 1 < stack.count && stack.describe(layer + 1).name === 'eth' ? 'eth' : 'raw';
  if (name !== 'ip' && name !== 'ipv6') return name;
  const carrier = layer === 0 ? -1 : layer - 1;
  if (carrier < 0) return name;
  const carrierName = stack.describe(carrier).name;
  if (carrierName === 'udp' || carrierName === 'tcp') return 'raw';
  if (stack.describe(carrier).name === PIM) return PIM;
  const outer = stack.networkBefore(layer);
  const outerIsIpv6 = outer >= 0 && stack.describe(outer).name === 'ipv6';
  if (name === 'ip') return outerIsIpv6 ? '4in6' : 'ipip';
  return outerIsIpv6 ? '6in6' : '6in4';
}

/** The layer that names the tunnel that opens with `layer`: itself, or ERSPAN's header behind that of GRE. */
export function namingLayer(stack: LayerStack, layer: number): number {
  return layer + 1 < stack.count && stack.describe(layer + 1) === erspan ? layer + 1 : layer;
}

/**
 * The level that a layer is on the outside of its tunnel's packet: a tunnel's own header, as GRE's with its checksum, opens a level, and is no
 * part of what is inside.
 */
export function sideOf(stack: LayerStack, layer: number): number {
  const level = stack.level(layer);
  if (level === 0) return 0;
  // What is inside begins with a header of some OSI layer; a tunnel's own has none.
  for (let i = layer; stack.level(i) === level; i--) if (stack.describe(i).osi !== undefined) return level;
  return level - 1;
}

/** The Segment Routing Header among those right before `layer`, or -1. */
export function segmentRoutingBefore(view: DataView, stack: LayerStack, layer: number): number {
  for (let i = layer - 1; i >= 0 && stack.describe(i).addresses === undefined; i--)
    if (stack.describe(i) === ipv6Routing) return isSegmentRouting(view, stack.start(i)) ? i : -1;
  return -1;
}

/** What {@link tunnelKind} can answer, and what a tunnel of the kind may have. */
export interface TunnelKind {
  readonly name: string;
  /** Whether it runs in UDP, and so has ports. */
  readonly isInUdp: boolean;
  /** What the number is called that tells several between the same ends apart, where it has one. */
  readonly identifier: IdentifierName | undefined;
  /** That number's name in filters. */
  readonly filter?: string | undefined;
}

const PREFIX = 'prefix';
const SRV6 = 'srv6';
/** What a kind is called, where it is not as its protocol. */
const KIND_NAMES: ReadonlyMap<Protocol, string> = new Map([[wireguard, 'wireguard']]);
/** Its header stays outside, as most of its messages carry nothing: the packet in a Register opens the level. */
const PIM = 'pim';
/** IP in IP has no header of its own, and is called by both versions. */
const IP_IN_IP: readonly string[] = ['ipip', '6in4', '4in6', '6in6'];

export const tunnelKinds: readonly TunnelKind[] = [
  ...protocols
    .filter((one) => opensLevel(one) && one.addresses === undefined && one.name !== PREFIX)
    .map((protocol) => ({
      name: KIND_NAMES.get(protocol) ?? protocol.name,
      isInUdp: protocol.attach.some(isUdp),
      identifier: protocol.identifier?.name,
      filter: protocol.identifier?.filter,
    })),
  {
    name: erspan.name,
    isInUdp: true,
    identifier: erspan.identifier?.name,
    filter: erspan.identifier?.filter,
  },
  { name: 'raw', isInUdp: true, identifier: undefined },
  ...[...IP_IN_IP, SRV6, PIM].map((name) => ({ name, isInUdp: false, identifier: undefined })),
];

/** MPLS opens one for a frame behind a control word, whose first four bits are 0, on a link. */
function opensLevel({ attach }: Protocol): boolean {
  return attach.some(
    (one) =>
      isUdp(one) ||
      (one.table === 'mpls.payload' && one.values.includes(0)) ||
      ('tunnel' in one && one.tunnel !== undefined),
  );
}

/** What `-d` names is what a UDP port carries. */
function isUdp(attachment: Protocol['attach'][number]): boolean {
  return (
    attachment.table === 'decode-as' ||
    attachment.table === 'udp.guess' ||
    (attachment.table === 'udp.port' && attachment.tunnel !== undefined)
  );
}
