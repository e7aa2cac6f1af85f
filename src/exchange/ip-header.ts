/** What the IP headers of a packet say, of either version. */
import { ipv4Text, ipv6Text } from '../decode/format.ts';
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';

/** An IPv4 or IPv6 layer's source (0) or destination (1) address. */
export function addressText(view: DataView, stack: LayerStack, network: number, which: 0 | 1): string {
  const { offset, bytes } = stack.describe(network).addresses as { offset: number; bytes: 4 | 16 };
  const at = stack.start(network) + offset + which * bytes;
  return bytes === 4 ? ipv4Text(view, at) : ipv6Text(view, at);
}

/** Of an IPv4 layer; -1 for IPv6, which has none. */
export function ipv4Identification(view: DataView, stack: LayerStack, network: number): number {
  return stack.describe(network).addresses?.bytes === 4 ? view.getUint16(stack.start(network) + 4) : -1;
}

/** The outermost IP header; -1 where there is none. */
export function firstNetwork(stack: LayerStack): number {
  for (let i = 0; i < stack.count; i++) if (stack.describe(i).addresses !== undefined) return i;
  return -1;
}

/** For packets one by one: asks no descriptions. Layers go by their numbers. */
export interface NetworkReader {
  /** The outermost IP header, up to `network`. */
  outermost(layers: Int32Array, network: number): number;
  /** TTL, or IPv6's hop limit. */
  timeToLive(view: DataView, layers: Int32Array, network: number): number;
}

export function createNetworkReader(): NetworkReader {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const addressBytes = Uint8Array.from(protocols, (protocol) => protocol.addresses?.bytes ?? 0);

  return {
    outermost(layers, network) {
      let outer = 0;
      while (outer < network && addressBytes[layers[outer * LAYER] & PROTOCOL_BITS] === 0) outer++;
      return outer;
    },
    timeToLive(view, layers, network) {
      const isIpv4 = addressBytes[layers[network * LAYER] & PROTOCOL_BITS] === 4;
      return view.getUint8(layers[network * LAYER + 1] + (isIpv4 ? 8 : 7));
    },
  };
}
