/** One tunnel around a packet, and what else a packet shows of the tunnels that it came in: described once, when they are seen first. */

import { etherText, ipv6Text } from '../decode/format.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import { type By, NO_IDENTIFIER } from '../decode/protocol.ts';
import { geneve, hasOvnPorts } from '../decode/protocols/geneve.ts';
import { segmentCount, segmentOffset } from '../decode/protocols/ipv6-routing.ts';
import { destinationPort, sourcePort, udp } from '../decode/protocols/udp.ts';
import { vxlan } from '../decode/protocols/vxlan.ts';
import { firstLayerOf, namingLayer, segmentRoutingBefore, tunnelKind } from '../decode/tunnel.ts';
import { addressText } from './ip-header.ts';

/** Of a frame: behind the destination. */
const ETHERNET_SOURCE = 6;
/** What systems start with: old ones 32, Linux and macOS 64, Windows 128, routers 255. */
export const FIRST_HOPS: readonly number[] = [32, 64, 128, 255];

/** One tunnel that a packet went through. */
export interface Tunnel {
  /** `tunpi`, `raw`, `eth`, `vxlan`, `ipip`, … */
  readonly kind: string;
  /** How it was recognised. */
  readonly by: By;
  /** The outer source; absent if no IP header carries the tunnel. */
  readonly src?: string;
  /** The outer destination; absent like the source. */
  readonly dst?: string;
  /**
   * The UDP source port, if the tunnel runs in UDP. Absent if packets had different ones: VXLAN derives it
   * from the inner flow (RFC 7348, section 5), so it says nothing about the tunnel, and never distinguishes two tunnels.
   */
  readonly srcport?: number;
  /** The UDP destination port, if the tunnel runs in UDP. */
  readonly dstport?: number;
  /** The virtual network identifier, if the tunnel has one. */
  readonly vni?: number;
  /** GRE's key, if the tunnel has one. */
  readonly key?: number;
  /** ERSPAN's or L2TP's session, if the tunnel has one. */
  readonly session?: number;
  /** GTP-U's tunnel endpoint identifier: the receiver's number, another one in each direction. */
  readonly teid?: number;
  /** The nodes that Segment Routing (SRv6) has the packet visit, in this order. */
  readonly segments?: readonly string[];
}

/** A frame inside a tunnel. */
export interface InnerFrame {
  /** Hardware addresses, as text. */
  readonly source: string;
  readonly destination: string;
  /** Whether the packet in it has a TTL with which none starts, so that some router took it on before the tunnel did. */
  readonly isRouted: boolean;
}

/** The tunnel that opens `level`, described from a packet. */
export function describeTunnel(view: DataView, stack: LayerStack, level: number): Tunnel {
  const opening = firstLayerOf(stack, level);
  const tunnel: { -readonly [key in keyof Tunnel]: Tunnel[key] } = {
    kind: tunnelKind(view, stack, opening),
    by: stack.by(opening) as By,
  };
  const network = stack.networkBefore(opening);
  if (network >= 0 && stack.level(network) === level - 1) {
    tunnel.src = addressText(view, stack, network, 0);
    tunnel.dst = addressText(view, stack, network, 1);
  }
  if (stack.describe(opening - 1) === udp) {
    tunnel.srcport = sourcePort(view, stack.start(opening - 1));
    tunnel.dstport = destinationPort(view, stack.start(opening - 1));
  }
  const naming = namingLayer(stack, opening);
  const { identifier } = stack.describe(naming);
  const value = identifier?.read(view, stack.start(naming), stack, naming) ?? NO_IDENTIFIER;
  if (identifier !== undefined && value !== NO_IDENTIFIER) tunnel[identifier.name] = value;
  const routing = segmentRoutingBefore(view, stack, opening);
  if (routing >= 0) tunnel.segments = segmentsOf(view, stack, routing);
  return tunnel;
}

/** In the order in which they are visited, which is the list's from its end. */
function segmentsOf(view: DataView, stack: LayerStack, routing: number): string[] {
  const start = stack.start(routing);
  const count = segmentCount(view, start, stack.headerLength(routing));
  return Array.from({ length: count }, (_, i) => ipv6Text(view, start + segmentOffset(count - 1 - i)));
}

/** Bytes of the headers from one layer up to another; 0 if there is no first. */
export function headerBytes(stack: LayerStack, from: number, to: number): number {
  let bytes = 0;
  for (let layer = Math.max(from, 0); layer < to; layer++) bytes += stack.headerLength(layer);
  return from < 0 ? 0 : bytes;
}

export function hasTcpBetween(stack: LayerStack, from: number, to: number): boolean {
  for (let layer = Math.max(from, 0); layer < to; layer++) {
    if (stack.describe(layer).name === 'tcp') return true;
  }
  return false;
}

/** @param network the layer in the frame that has its TTL */
export function readFrame(view: DataView, stack: LayerStack, frame: number, network: number): InnerFrame {
  const at = stack.start(frame);
  const isIpv4 = stack.describe(network).addresses?.bytes === 4;
  const hops = view.getUint8(stack.start(network) + (isIpv4 ? 8 : 7));
  return {
    source: etherText(view, at + ETHERNET_SOURCE),
    destination: etherText(view, at),
    isRouted: !FIRST_HOPS.includes(hops),
  };
}

/** Whether a packet names logical ports of OVN. */
export function isOvnPacket(view: DataView, stack: LayerStack, last: number): boolean {
  for (let layer = last; layer >= 0; layer--)
    if (stack.describe(layer) === geneve) return hasOvnPorts(view, stack, layer);
  return false;
}

/** The first 16 bits of the innermost VXLAN header; -1 where there is none. */
export function vxlanFlags(view: DataView, stack: LayerStack, last: number): number {
  let layer = last;
  while (layer >= 0 && stack.describe(layer) !== vxlan) layer--;
  return layer < 0 ? -1 : view.getUint16(stack.start(layer));
}
