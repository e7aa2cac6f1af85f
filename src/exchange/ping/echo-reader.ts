/**
 * Reads who an echo request or reply is from and to, out of the innermost headers alone, and what its data says about it: what stays the
 * same from hop to hop. RFC 792 and RFC 4443 want the data returned as it was sent. Ping begins it with the time of sending, so that its first
 * bytes and its length tell pings apart whose numbers are the same.
 */
import { LAYER_INCOMPLETE, LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../../decode/layer-stack.ts';
import { DATA, PROTOCOL_MASK } from '../../decode/protocol.ts';
import { icmp } from '../../decode/protocols/icmp.ts';
import { icmpv6 } from '../../decode/protocols/icmpv6.ts';
import { protocolNumber, protocols } from '../../decode/registry.ts';
import { FLAG, KEY_DATA, KEY_HASH, KEY_IDENTITY, KEY_LENGTH, KEY_VERSION } from './ping-layout.ts';

/** Bytes of the data that are looked at: with 16 of them Linux's ping says when it was sent. */
const PRINT_BYTES = 16;
const ECHO_HEADER = 8;
const LONGEST = 0xffff;
/** For a sum of the data's first words, each times one of them. */
const FACTORS = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;

/** In what an {@link EchoReader} answers: the layer of the echo header, that of its IP header, and whether it is a reply. */
export const ECHO = { LAYER: 63, NETWORK_SHIFT: 6, REPLY: 1 << 12 } as const;

/** The layer of the echo header, out of what an {@link EchoReader} answers; -1 where the packet is none. */
export const echoLayer = (found: number): number => (found < 0 ? -1 : found & ECHO.LAYER);

/**
 * Fills the key with the packet's identity, the request's addresses in the request's direction; the first bytes of its data, as a hash, and
 * its length and one. These are 0 where they can't be known, of a packet that is cut short, quoted, or a fragment.
 *
 * @returns layers and direction, as {@link ECHO} says, or -1 where the packet is no echo request or reply
 */
export type EchoReader = (view: DataView, stack: LayerStack) => number;

/**
 * Fills the key with the first bytes of an echo's data, as a hash, and its length and one.
 *
 * @param isWhole whether all of it is there
 */
export type EchoDataReader = (view: DataView, start: number, end: number, isWhole: boolean) => void;

/** @param key as in {@link PingEntries} */
export function createEchoDataReader(key: Int32Array): EchoDataReader {
  const [PRINT, LENGTH, BYTES, MOST] = [KEY_DATA, KEY_LENGTH, PRINT_BYTES, LONGEST];
  const [FIRST, SECOND, THIRD, FOURTH] = FACTORS;

  function hashShort(view: DataView, start: number, end: number): number {
    let hash = 0x811c9dc5 | (end - start);
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
    return hash === 0 ? 1 : hash;
  }

  /** What is too short, or cut, for its first bytes to be looked at as others'. */
  function readShort(view: DataView, start: number, end: number, isWhole: boolean): void {
    key[PRINT] = isWhole ? hashShort(view, start, end) : 0;
    key[LENGTH] = isWhole ? end - start + 1 : 0;
  }

  return (view, start, end, isWhole) => {
    const length = (end - start) | 0;
    if (length < BYTES) {
      readShort(view, start, end, isWhole);
      return;
    }
    const hash =
      Math.imul(view.getInt32(start), FIRST) ^
      Math.imul(view.getInt32(start + 4), SECOND) ^
      Math.imul(view.getInt32(start + 8), THIRD) ^
      Math.imul(view.getInt32(start + 12), FOURTH);
    key[PRINT] = hash === 0 ? 1 : hash;
    key[LENGTH] = !isWhole ? 0 : length < MOST ? length + 1 : MOST;
  };
}

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
  const [KEY_NUMBERS, KEY_IP, HASH] = [KEY_IDENTITY, KEY_VERSION, KEY_HASH];
  const { NETWORK_SHIFT, REPLY } = ECHO;
  const HEADER = ECHO_HEADER;
  const INCOMPLETE = LAYER_INCOMPLETE;
  const addressBytes = Uint8Array.from(protocols, (protocol) => protocol.addresses?.bytes ?? 0);
  const addressOffset = Uint8Array.from(protocols, (protocol) => protocol.addresses?.offset ?? 0);

  const readData = createEchoDataReader(key);

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
    key[HASH] = 0;
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
    const isWhole = (layers[layer * LAYER] & INCOMPLETE) === 0;
    readData(view, (start + HEADER) | 0, layers[layer * LAYER + 2], isWhole);
    return layer | (network << NETWORK_SHIFT) | reply;
  };
}
