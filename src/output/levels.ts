import { LAYER_QUOTED, LAYER_WORDS, type LayerStack, LEVEL_SHIFT } from '../decode/layer-stack.ts';
import { protocols } from '../decode/registry.ts';
import type { ByteWriter } from './byte-writer.ts';
import { writeEndpoints, writeTunnel } from './columns.ts';
import type { Carried } from './printer.ts';
import { IPV4, IPV6, LINK, NETWORK, PORTS, protocolTraits, VNI } from './traits.ts';

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

const noNetwork = () => 0;

export interface Levels {
  /** Writes each level's endpoints and the tunnels between them, aligned. */
  write(out: ByteWriter, view: DataView, stack: LayerStack): void;
  reset(): void;
  /** The columns' widths. */
  readonly carried: Carried;
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
  const networkIdentifiers = protocols.map(({ vni }) => vni ?? noNetwork);
  const key = new Int32Array(KEY_WORDS);
  const keys = new Int32Array(ENTRIES * KEY_WORDS);
  const texts = new Float64Array(ENTRIES * TEXT_WORDS);
  const lengths = new Int32Array(ENTRIES);
  const QUOTED = LAYER_QUOTED;
  const WORDS = LAYER_WORDS;
  const KEY = KEY_WORDS;
  /** With fewer words than that, there is room for another layer's: an address pair, and what is odd. */
  const MOST_WORDS = KEY_WORDS - 10;
  const TEXT = TEXT_WORDS;
  // The top bits of a product with a large odd number depend on all bits of the other factor.
  const MIX = 0x9e3779b1 | 0;
  const MIX_DOWN = 32 - Math.log2(ENTRIES);
  const LEVEL = 15 << LEVEL_SHIFT;
  const IS_IPV4 = IPV4;
  const IS_IPV6 = IPV6;
  const IS_LINK = LINK;
  const LINK_OR_NETWORK = LINK | NETWORK;
  const IN_KEY = NETWORK | PORTS | VNI;
  const HAS_PORTS = PORTS;

  /** Fills `key`. Returns how many words it has; 0 for a packet whose columns are not kept. */
  function collectKey(view: DataView, stack: LayerStack): number {
    const words = stack.words;
    const limit = (stack.count * WORDS) | 0;
    let length = 1;
    let level = 0;
    let seen = 0;
    // Two layers' protocols, levels and ways of recognition in a word.
    let metas = 0;
    let odd = 0;
    let word = 0;
    for (; word < limit; word = (word + WORDS) | 0) {
      const meta = words[word] & 0xffff;
      if ((meta & QUOTED) !== 0) break;
      if (length > MOST_WORDS) return 0;
      metas = (metas << 16) | meta;
      if (odd !== 0) {
        key[length] = metas;
        length = (length + 1) | 0;
      }
      odd ^= 1;
      const has = traits[meta & 0xff];
      if ((meta & LEVEL) !== level) {
        // A level without a network layer shows its link's addresses, which are not in the key.
        if ((seen & LINK_OR_NETWORK) === IS_LINK) return 0;
        level = meta & LEVEL;
        seen = 0;
      }
      seen |= has;
      if ((has & IN_KEY) === 0) continue;
      const start = words[word + 1];
      const at = (start + (has & 0xff)) | 0;
      if ((has & IS_IPV4) !== 0) {
        key[length] = view.getInt32(at);
        key[length + 1] = view.getInt32(at + 4);
        length = (length + 2) | 0;
      } else if ((has & HAS_PORTS) !== 0) {
        key[length] = view.getInt32(at);
        length = (length + 1) | 0;
      } else if ((has & IS_IPV6) !== 0) {
        for (let i = 0; i < 32; i += 4) key[length++] = view.getInt32(at + i);
      } else {
        key[length++] = networkIdentifiers[meta & 0xff](view, start);
      }
    }
    if ((seen & LINK_OR_NETWORK) === IS_LINK) return 0;
    if (odd !== 0) key[length++] = metas;
    // How many layers there are tells apart what a last word of zeros would not.
    key[0] = (length << 8) | word;
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

  function setWidths(given: readonly number[]): void {
    widths.length = 0;
    widths.push(...given);
    lengths.fill(0);
    keys.fill(0);
  }

  return {
    reset: () => setWidths([]),

    carried: {
      get: () => [...widths],
      set(given) {
        if (given.length !== widths.length || given.some((width, i) => width !== widths[i])) setWidths(given);
      },
    },

    write(out, view, stack) {
      const keyLength = collectKey(view, stack);
      let hash = 0;
      for (let i = 0; i < keyLength; i++) hash = ((hash << 3) + hash + key[i]) | 0;
      const slot = Math.imul(hash, MIX) >>> MIX_DOWN;
      const keyAt = slot * KEY;
      const textAt = slot * TEXT;
      let i = 0;
      while (i < keyLength && keys[keyAt + i] === key[i]) i++;
      const start = out.reserve(TEXT * 8);
      if (keyLength > 0 && i === keyLength) {
        const length = lengths[slot];
        const to = out.view;
        let from = textAt | 0;
        for (let at = start | 0, end = (start + length) | 0; at < end; at = (at + 32) | 0) {
          to.setFloat64(at, texts[from], true);
          to.setFloat64(at + 8, texts[from + 1], true);
          to.setFloat64(at + 16, texts[from + 2], true);
          to.setFloat64(at + 24, texts[from + 3], true);
          from = (from + 4) | 0;
        }
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
