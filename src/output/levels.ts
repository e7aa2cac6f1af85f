import { LAYER_QUOTED, LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { protocols } from '../decode/registry.ts';
import type { ByteWriter } from './byte-writer.ts';
import { writeEndpoints, writeTunnel } from './columns.ts';
import { IPV4, IPV6, LINK, NETWORK, PORTS, protocolTraits } from './traits.ts';

/** Two of the longest common private addresses with a port: what endpoints are aligned to until longer ones come. */
const ENDPOINTS_WIDTH = 31;
/** No IPv4 endpoints are longer: 255.255.255.255:65535 twice. Longer IPv6 ones push their own line only. */
const WIDEST_ENDPOINTS = 45;
/** "tunpi (guess)", "vxlan vni=100". */
const TUNNEL_WIDTH = 13;
/** "vxlan vni=16777215". */
const WIDEST_TUNNEL = 18;

/** How many flows' columns are kept. */
const ENTRIES = 256;
/** The most words that tell two flows' columns apart; flows with more are written each time. */
const KEY_WORDS = 32;
/** The longest columns that are kept, in stores of eight bytes. */
const TEXT_WORDS = 24;

export interface Levels {
  /** Writes each level's endpoints and the tunnels between them, aligned. */
  write(out: ByteWriter, view: DataView, stack: LayerStack): void;
  reset(): void;
}

/**
 * The columns between a line's head and its info. They widen as they must, and stay so.
 *
 * Packets come in flows, and a flow's columns are the same for all of them: what was written is kept by the bytes that it came
 * from (protocols, addresses, ports, VNI), and copied. That is about a third of the time a line takes.
 */
export function createLevels(): Levels {
  // Endpoints at even places, tunnels at odd ones.
  const widths: number[] = [];
  const traits = protocolTraits;
  const networkIdentifiers = protocols.map(({ vni }) => vni);
  const key = new Int32Array(KEY_WORDS);
  const keys = new Int32Array(ENTRIES * KEY_WORDS);
  const texts = new Float64Array(ENTRIES * TEXT_WORDS);
  const lengths = new Int32Array(ENTRIES);
  const QUOTED = LAYER_QUOTED;
  const WORDS = LAYER_WORDS;
  const MOST_KEY_WORDS = KEY_WORDS;
  /** Words that one layer adds to the key at most. */
  const LAYER_KEY = 10;
  const TEXT = TEXT_WORDS;
  const SLOTS = ENTRIES - 1;
  const IS_IPV4 = IPV4;
  const IS_IPV6 = IPV6;
  const IS_NETWORK = NETWORK;
  const IS_LINK = LINK;
  const HAS_PORTS = PORTS;

  /** Fills `key`. Returns how many words it has; 0 for a packet whose columns are not kept. */
  function collectKey(view: DataView, stack: LayerStack): number {
    const words = stack.words;
    const limit = (stack.count * WORDS) | 0;
    let length = 1;
    let level = -1;
    let seen = IS_NETWORK;
    for (let word = 0; word < limit; word = (word + WORDS) | 0) {
      const meta = words[word] & 0xffff;
      if ((meta & QUOTED) !== 0) break;
      if (length > MOST_KEY_WORDS - LAYER_KEY) return 0;
      if ((meta & 0xf00) !== level) {
        // A level without a network layer shows its link's addresses, which are not in the key.
        if ((seen & IS_NETWORK) === 0 && (seen & IS_LINK) !== 0) return 0;
        level = meta & 0xf00;
        seen = 0;
      }
      key[length++] = meta;
      const protocol = meta & 0xff;
      const has = traits[protocol];
      seen |= has;
      const at = (words[word + 1] + (has & 0xff)) | 0;
      if ((has & IS_IPV4) !== 0) {
        key[length++] = view.getInt32(at);
        key[length++] = view.getInt32(at + 4);
      } else if ((has & HAS_PORTS) !== 0) {
        key[length++] = view.getInt32(at);
      } else if ((has & IS_IPV6) !== 0) {
        for (let i = 0; i < 32; i += 4) key[length++] = view.getInt32(at + i);
      }
      const vni = networkIdentifiers[protocol];
      if (vni !== undefined) key[length++] = vni(view, words[word + 1]);
    }
    if ((seen & IS_NETWORK) === 0 && (seen & IS_LINK) !== 0) return 0;
    key[0] = length;
    return length;
  }

  function writeAnew(out: ByteWriter, view: DataView, stack: LayerStack): boolean {
    let same = true;
    let column = 0;
    let layer = 0;
    while (layer < stack.count) {
      let start = out.length;
      layer = writeEndpoints(out, view, stack, layer);
      if (!padColumn(out, widths, column++, start, ENDPOINTS_WIDTH, WIDEST_ENDPOINTS)) same = false;
      if (layer >= stack.count || stack.isQuoted(layer)) break;
      start = out.length;
      writeTunnel(out, view, stack, layer);
      if (!padColumn(out, widths, column++, start, TUNNEL_WIDTH, WIDEST_TUNNEL)) same = false;
    }
    return same;
  }

  return {
    reset() {
      widths.length = 0;
      lengths.fill(0);
      keys.fill(0);
    },

    write(out, view, stack) {
      const keyLength = collectKey(view, stack);
      let hash = 0;
      for (let i = 0; i < keyLength; i++) hash = (Math.imul(hash, 31) + key[i]) | 0;
      const slot = (hash ^ (hash >>> 8) ^ (hash >>> 16)) & SLOTS;
      const keyAt = slot * MOST_KEY_WORDS;
      const textAt = slot * TEXT;
      let i = 0;
      while (i < keyLength && keys[keyAt + i] === key[i]) i++;
      const start = out.reserve(TEXT * 8);
      if (keyLength > 0 && i === keyLength) {
        const length = lengths[slot];
        const to = out.view;
        for (let at = 0; at < length; at += 8) to.setFloat64(start + at, texts[textAt + (at >> 3)], true);
        out.length = start + length;
        return;
      }
      if (!writeAnew(out, view, stack)) keys.fill(0);
      const length = out.length - start;
      if (keyLength === 0 || length > TEXT * 8) return;
      for (let at = 0; at < length; at += 8)
        texts[textAt + (at >> 3)] = out.view.getFloat64(start + at, true);
      lengths[slot] = length;
      for (let j = 0; j < keyLength; j++) keys[keyAt + j] = key[j];
    },
  };
}
/** Ends the column that started at `start`, wider from now on where it must be. Returns whether its width stays. */
function padColumn(
  out: ByteWriter,
  widths: number[],
  column: number,
  start: number,
  least: number,
  most: number,
): boolean {
  if (column === widths.length) widths.push(least);
  const length = out.length - start;
  const widens = length > widths[column] && length <= most;
  if (widens) widths[column] = length;
  out.spaces(length < widths[column] ? widths[column] - length + 2 : 2);
  return !widens;
}
