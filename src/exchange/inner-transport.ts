/** Reads between whom a packet goes, out of its innermost TCP or UDP header. */
import { LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../decode/protocol.ts';
import { dns, multicastDns } from '../decode/protocols/dns.ts';
import { tcp } from '../decode/protocols/tcp.ts';
import { udp } from '../decode/protocols/udp.ts';
import { protocolNumber, protocols } from '../decode/registry.ts';
import { KEY } from './exchange-layout.ts';
import { TCP as TCP_HEADER } from './tcp/tcp-header.ts';

/** In what a {@link TransportReader} answers: the transport's layer, that of its IP header, whether it is UDP, and DNS in that. */
export const TRANSPORT = { LAYER: 63, NETWORK_SHIFT: 6, DNS: 1 << 12, UDP: 1 << 13 } as const;

/** Where ports end in a header, and TCP's sequence number. */
const [PORTS_END, SEQUENCE_END] = [4, TCP_HEADER.SEQUENCE + 4];

/**
 * @returns layers as {@link TRANSPORT} says, or -1 where the innermost transport is neither TCP nor UDP, carries a tunnel or multicast DNS, is
 *   quoted, or stands in a piece of a packet
 */
export type TransportReader = (view: DataView, stack: LayerStack) => number;

export function createTransportReader(): TransportReader {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const QUOTED = LAYER_QUOTED;
  const { NETWORK_SHIFT, DNS: IS_DNS, UDP: IS_UDP } = TRANSPORT;
  const [TCP, UDP, DNS, MDNS] = [tcp, udp, dns, multicastDns].map(protocolNumber) as [
    number,
    number,
    number,
    number,
  ];
  const LEVEL_BITS = 15 << 8;
  const hasAddresses = Uint8Array.from(protocols, ({ addresses }) => (addresses === undefined ? 0 : 1));

  return (_view, stack) => {
    const layers = stack.words;
    let layer = (stack.count - 1) | 0;
    if (layer < 1 || (layers[layer * LAYER] & QUOTED) !== 0) return -1;
    let protocol = layers[layer * LAYER] & PROTOCOL_BITS;
    const level = layers[layer * LAYER] & LEVEL_BITS;
    let kind = 0;
    while (protocol !== TCP) {
      if (protocol === UDP) {
        const next = layer + 1 < stack.count ? layers[(layer + 1) * LAYER] & PROTOCOL_BITS : -1;
        if (next === MDNS || (layers[layer * LAYER] & LEVEL_BITS) !== level) return -1;
        kind = next === DNS ? IS_UDP | IS_DNS : IS_UDP;
        break;
      }
      if (--layer < 1 || hasAddresses[protocol] === 1) return -1;
      protocol = layers[layer * LAYER] & PROTOCOL_BITS;
    }
    // A piece of a datagram is no answer; what was put together lies behind the packet.
    if (stack.fragment >= 0 && layers[layer * LAYER + 1] < stack.packetEnd) return -1;
    let network = (layer - 1) | 0;
    while (network >= 0 && hasAddresses[layers[network * LAYER] & PROTOCOL_BITS] === 0) network--;
    if (network < 0) return -1;
    return layer | (network << NETWORK_SHIFT) | kind;
  };
}

/**
 * What an ICMP error quotes of a TCP or UDP packet, as far as it tells which.
 *
 * @returns layers and whether it is UDP, as {@link TRANSPORT} says; -1 where no such header is quoted, or too little of it: ports, and of TCP the
 *   sequence number (RFC 792 has 8 bytes quoted)
 */
export function findQuotedTransport(stack: LayerStack): number {
  let layer = stack.count - 1;
  const nameOf = (at: number) => stack.describe(at).name;
  while (layer > 0 && stack.isQuoted(layer) && nameOf(layer) !== 'tcp' && nameOf(layer) !== 'udp') layer--;
  const network = stack.networkBefore(layer);
  if (!stack.isQuoted(layer) || network < 0 || !stack.isQuoted(network)) return -1;
  const isTcp = nameOf(layer) === 'tcp';
  if (stack.headerLength(layer) < (isTcp ? SEQUENCE_END : PORTS_END)) return -1;
  return layer | (network << TRANSPORT.NETWORK_SHIFT) | (isTcp ? 0 : TRANSPORT.UDP);
}

/**
 * Fills a key with a packet's two ends.
 *
 * @param network its IP header's layer
 * @param transport where its ports start
 * @returns whether the sender is the key's second end
 */
export type EndsReader = (
  key: Int32Array,
  view: DataView,
  stack: LayerStack,
  network: number,
  transport: number,
) => boolean;

export function createEndsReader(): EndsReader {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const { FIRST, SECOND, PORTS, VERSION } = KEY;
  const addressBytes = Uint8Array.from(protocols, ({ addresses }) => addresses?.bytes ?? 0);
  const addressOffset = Uint8Array.from(protocols, ({ addresses }) => addresses?.offset ?? 0);

  return (key, view, stack, network, transport) => {
    const { words } = stack;
    const protocol = words[network * LAYER] & PROTOCOL_BITS;
    const at = words[network * LAYER + 1] + addressOffset[protocol];
    const size = addressBytes[protocol];
    const source = view.getUint16(transport);
    const destination = view.getUint16(transport + 2);
    let order = 0;
    for (let i = 0; i < size && order === 0; i += 4)
      order = view.getInt32(at + i) - view.getInt32(at + size + i);
    if (order === 0) order = source - destination;
    const isSecond = order > 0;
    const from = isSecond ? SECOND : FIRST;
    if (size === 4) {
      if (key[VERSION] !== 0) key.fill(0, FIRST, PORTS);
      key[VERSION] = 0;
      key[from] = view.getInt32(at);
      key[SECOND - from] = view.getInt32(at + 4);
    } else {
      key[VERSION] = 6;
      for (let i = 0; i < 4; i++) {
        key[from + i] = view.getInt32(at + i * 4);
        key[SECOND - from + i] = view.getInt32(at + 16 + i * 4);
      }
    }
    key[PORTS] = isSecond ? (destination << 16) | source : (source << 16) | destination;
    return isSecond;
  };
}
