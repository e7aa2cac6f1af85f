/** Where a packet was seen: to tell the same packet at another place from one that came twice. */

import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import { LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2 } from '../packet/link-type.ts';
import { HAND } from './hand.ts';

/** Devices of `any` that are told apart as points. */
const MOST_DEVICES = 31;

/** Where an IPv4 header has its identification; what an IPv6 header has there is never asked for. */
const IDENTIFICATION_OFFSET = 4;

/**
 * TTLs (hop limits) of the innermost and, 256 times, of the outermost IP header: how far the packet has come. Above these 16
 * bits the outermost packet's length, where routers may not cut it into fragments (DF, or IPv6), else 0.
 *
 * @param network the layer of the innermost IP header
 */
export type HopsOf = (view: DataView, stack: LayerStack, network: number) => number;

/** @param hand where the outermost identification is left, as {@link HAND} says */
export function createHopsOf(hand: Int32Array): HopsOf {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const IDENTIFICATION = IDENTIFICATION_OFFSET;
  const { OUTER } = HAND;
  const [DONT_FRAGMENT, FRAGMENT_BITS, IPV6_HEADER, LONGEST] = [0x4000, 0x7fff, 40, 0xffff];
  const isIpv4 = Uint8Array.from(protocols, (protocol) => (protocol.addresses?.bytes === 4 ? 1 : 0));
  const hasAddresses = Uint8Array.from(protocols, (protocol) => (protocol.addresses === undefined ? 0 : 1));

  // In one piece, without the reader above: what is called from here would have no room where this is called.
  return (view, stack, network) => {
    const layers = stack.words;
    let outer = 0;
    while (outer < network && hasAddresses[layers[outer * LAYER] & PROTOCOL_BITS] === 0) outer++;
    const start = layers[outer * LAYER + 1];
    hand[OUTER] = view.getUint16(start + IDENTIFICATION);
    const inner = view.getUint8(
      layers[network * LAYER + 1] + 7 + isIpv4[layers[network * LAYER] & PROTOCOL_BITS],
    );
    if (isIpv4[layers[outer * LAYER] & PROTOCOL_BITS] === 0) {
      const length = Math.min(LONGEST, IPV6_HEADER + view.getUint16(start + 4));
      return inner | (view.getUint8(start + 7) << 8) | (length << 16);
    }
    const isWhole = (view.getUint16(start + 6) & FRAGMENT_BITS) === DONT_FRAGMENT;
    return inner | (view.getUint8(start + 8) << 8) | (isWhole ? view.getUint16(start + 2) << 16 : 0);
  };
}

/**
 * @param tunnels the number of the packet's tunnels
 * @param hops its TTLs
 * @returns interface, tunnels, and how far the packet had come, in one word; 0 if that can't be known: Linux cooked
 *   capture, version 1, does not say the interface
 */
export type PlaceOf = (
  view: DataView,
  stack: LayerStack,
  tunnels: number,
  interfaceIndex: number,
  hops: number,
) => number;

/**
 * @param hand where the point is left at which the packet was captured, as {@link HAND} says: its interface, or the device that Linux tells
 *   of each packet of `any`
 * @param hasPoints the point is told already
 */
export function createPlaceOf(hand: Int32Array, hasPoints: boolean): PlaceOf {
  const SLL = LINKTYPE_LINUX_SLL;
  const SLL2 = LINKTYPE_LINUX_SLL2;
  const { POINT } = HAND;
  const devices = new Map<number, number>();

  /** Past the most that are told apart, devices count as one. */
  function deviceOf(device: number): number {
    let point = devices.get(device);
    if (point === undefined) {
      point = Math.min(devices.size, MOST_DEVICES);
      if (point < MOST_DEVICES) devices.set(device, point);
    }
    return point;
  }

  return (view, stack, tunnels, interfaceIndex, hops) => {
    const { linkType, packetStart } = stack;
    if (!hasPoints)
      hand[POINT] = linkType === SLL2 ? deviceOf(view.getInt32(packetStart + 4)) : interfaceIndex;
    if (linkType === SLL) return 0;
    let hash = Math.imul(tunnels + 1, 0x9e3779b1) ^ Math.imul(interfaceIndex + 1, 0x85ebca6b);
    hash = Math.imul((hash ^ (hash >>> 15)) + hops, 0xc2b2ae35);
    if (linkType === SLL2) {
      // Interface index and packet type (tcpdump.org, LINKTYPE_LINUX_SLL2): 4 and 10 bytes from the start.
      hash = Math.imul(hash ^ (hash >>> 13) ^ view.getInt32(packetStart + 4), 0x27d4eb2f);
      hash = Math.imul(hash ^ (hash >>> 16) ^ view.getUint8(packetStart + 10), 0x165667b1);
    }
    hash ^= hash >>> 15;
    return hash === 0 ? 1 : hash;
  };
}
