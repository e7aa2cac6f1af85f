/** Reads who an echo request or reply is from and to, out of the innermost headers alone: what stays the same from hop to hop. */
import { LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../decode/protocol.ts';
import { icmp } from '../decode/protocols/icmp.ts';
import { icmpv6 } from '../decode/protocols/icmpv6.ts';
import { protocolNumber, protocols } from '../decode/registry.ts';
import { FLAG, KEY_IDENTITY, KEY_VERSION } from './ping-entries.ts';

/** In what an {@link EchoReader} answers: the layer of the echo header, that of its IP header, and whether it is a reply. */
export const ECHO = { LAYER: 63, NETWORK_SHIFT: 6, REPLY: 1 << 12 } as const;

/**
 * Fills the key with the packet's identity, the request's addresses in the request's direction.
 *
 * @returns layers and direction, as {@link ECHO} says, or -1 where the packet is no echo request or reply
 */
export type EchoReader = (view: DataView, stack: LayerStack) => number;

/**
 * @param key as in {@link PingEntries}
 * @param isQuoted true reads echoes that an ICMP error quotes, and only those
 */
export function createEchoReader(key: Int32Array, isQuoted = false): EchoReader {
  const ICMP = protocolNumber(icmp);
  const ICMPV6 = protocolNumber(icmpv6);
  const QUOTED = LAYER_QUOTED;
  const WANTED = isQuoted ? LAYER_QUOTED : 0;
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const PAYLOAD = DATA;
  const { IPV6 } = FLAG;
  const [KEY_NUMBERS, KEY_IP] = [KEY_IDENTITY, KEY_VERSION];
  const { NETWORK_SHIFT, REPLY } = ECHO;
  const addressBytes = Uint8Array.from(protocols, (protocol) => protocol.addresses?.bytes ?? 0);
  const addressOffset = Uint8Array.from(protocols, (protocol) => protocol.addresses?.offset ?? 0);

  return (view, stack) => {
    const layers = stack.words;
    let layer = (stack.count - 1) | 0;
    if (layer < 1) return -1;
    let meta = layers[layer * LAYER];
    if ((meta & PROTOCOL_BITS) === PAYLOAD) meta = layers[--layer * LAYER];
    const protocol = meta & PROTOCOL_BITS;
    if ((protocol !== ICMP && protocol !== ICMPV6) || (meta & QUOTED) !== WANTED) return -1;
    const start = layers[layer * LAYER + 1];
    const type = view.getUint8(start);
    let reply = 0;
    if (protocol === ICMP) {
      if (type === 0) reply = REPLY;
      else if (type !== 8) return -1;
    } else if (type === 129) {
      reply = REPLY;
    } else if (type !== 128) {
      return -1;
    }
    let network = (layer - 1) | 0;
    while (network >= 0 && addressBytes[layers[network * LAYER] & PROTOCOL_BITS] === 0) network--;
    if (network < 0) return -1;
    const networkProtocol = layers[network * LAYER] & PROTOCOL_BITS;
    const addresses = layers[network * LAYER + 1] + addressOffset[networkProtocol];
    const from = reply === 0 ? 0 : 4;
    key[KEY_NUMBERS] = view.getInt32(start + 4);
    if (addressBytes[networkProtocol] === 4) {
      if (key[KEY_IP] !== 0) key.fill(0, 0, KEY_NUMBERS);
      key[KEY_IP] = 0;
      key[from] = view.getInt32(addresses);
      key[4 - from] = view.getInt32(addresses + 4);
    } else {
      key[KEY_IP] = IPV6;
      for (let i = 0; i < 4; i++) {
        key[from + i] = view.getInt32(addresses + i * 4);
        key[4 - from + i] = view.getInt32(addresses + 16 + i * 4);
      }
    }
    return layer | (network << NETWORK_SHIFT) | reply;
  };
}
