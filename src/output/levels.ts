import { LAYER_QUOTED, LAYER_WORDS, type LayerStack, LEVEL_SHIFT } from '../decode/layer-stack.ts';
import { DATA, NO_IDENTIFIER } from '../decode/protocol.ts';
import { icmp } from '../decode/protocols/icmp.ts';
import { ipv4 } from '../decode/protocols/ipv4.ts';
import { routingType } from '../decode/protocols/ipv6-routing.ts';
import { protocolNumber, protocols } from '../decode/registry.ts';
import type { ByteWriter } from './byte-writer.ts';
import { writeEndpoints, writeInfo, writeTunnel } from './columns.ts';
import type { Carried } from './printer.ts';
import { put } from './put.ts';
import { template } from './template.ts';
import { IDENTIFIER, IPV4, IPV6, LINK, NETWORK, PORTS, protocolTraits } from './traits.ts';

/** Two of the longest common private addresses with a port: what endpoints are aligned to until longer ones come. */
const ENDPOINTS_WIDTH = 31;
/** No IPv4 endpoints are longer: 255.255.255.255:65535 twice. Longer IPv6 ones push their own line only. */
const WIDEST_ENDPOINTS = 45;
/** "tunpi (guess)", "vxlan vni=100". */
const TUNNEL_WIDTH = 13;
/** "vxlan vni=16777215". */
const WIDEST_TUNNEL = 18;

/** How many flows' columns are kept. */
const ENTRIES = 1024;
/** The most words that tell two flows' columns apart; flows with more are written each time. */
const KEY_WORDS = 32;
/** The longest columns that are kept, in stores of eight bytes. */
const TEXT_WORDS = 24;
/** What is written of a flow at once: its columns, two numbers and a few words. */
const WRITTEN_ROOM = TEXT_WORDS * 8 + 64;

export interface Levels {
  /**
   * Writes each level's endpoints and the tunnels between them, aligned.
   *
   * @returns whether what {@link writeInfo} would write stands behind them already: of a ping
   */
  write(out: ByteWriter, view: DataView, stack: LayerStack): boolean;
  reset(): void;
  /** The columns' widths. */
  readonly carried: Carried;
}

/**
 * The columns between a line's head and its info. They widen as they must, and stay so.
 *
 * Packets come in flows, and a flow's columns are the same for all of them: what was written is kept by the bytes that it came
 * from (protocols, addresses, ports, identifiers), and copied. That is about a third of the time a line takes. Of a ping the words behind the columns
 * are kept too, up to its identifier and from its time to live on.
 */
export function createLevels(): Levels {
  // Endpoints at even places, tunnels at odd ones.
  const widths: number[] = [];
  let changes = 0;
  const traits = protocolTraits;
  const identifiers = protocols.map(({ identifier }) => identifier?.read ?? routingType);
  /** By slot, of pings: what stands behind the sequence number, eight bytes at most; 0 of others. */
  const endings = new Float64Array(ENTRIES);
  const endingLengths = new Uint8Array(ENTRIES);
  const key = new Int32Array(KEY_WORDS);
  const keys = new Int32Array(ENTRIES * KEY_WORDS);
  const texts = new Float64Array(ENTRIES * TEXT_WORDS);
  const lengths = new Int32Array(ENTRIES);
  const NONE = NO_IDENTIFIER;
  const QUOTED = LAYER_QUOTED;
  const WORDS = LAYER_WORDS;
  const KEY = KEY_WORDS;
  /** With fewer words than that, there is room for another layer's: an address pair, and what is odd; and for a ping's word. */
  const MOST_WORDS = KEY_WORDS - 11;
  const TEXT = TEXT_WORDS;
  const ROOM = WRITTEN_ROOM;
  // The top bits of a product with a large odd number depend on all bits of the other factor.
  const MIX = 0x9e3779b1 | 0;
  const MIX_DOWN = 32 - Math.log2(ENTRIES);
  const LEVEL = 15 << LEVEL_SHIFT;
  const IS_IPV4 = IPV4;
  const IS_IPV6 = IPV6;
  const IS_LINK = LINK;
  const LINK_OR_NETWORK = LINK | NETWORK;
  const IN_KEY = NETWORK | PORTS | IDENTIFIER;
  const HAS_PORTS = PORTS;
  const IS_DATA = DATA;
  const IS_ICMP = protocolNumber(icmp);
  const IS_IP = protocolNumber(ipv4);
  const TTL_TEXT = ' ttl='.length;
  const SEQUENCE = template(' seq=');
  const { text: putText, uint } = put;

  /** Where the ICMP header of an echo over IPv4 is that the packet is about; -1 of other packets. */
  function findEcho(view: DataView, stack: LayerStack): number {
    const words = stack.words;
    let word = Math.imul(stack.count - 1, WORDS);
    if (word >= WORDS && (words[word] & 0xff) === IS_DATA) word = (word - WORDS) | 0;
    if (word < WORDS || (words[word] & (0xff | QUOTED)) !== IS_ICMP) return -1;
    if ((words[word - WORDS] & 0xff) !== IS_IP) return -1;
    const start = words[word + 1];
    // Types 0 and 8.
    return (view.getUint8(start) & 0xf7) === 0 ? word : -1;
  }

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
        const identifier = identifiers[meta & 0xff](view, start, stack, (word / WORDS) | 0);
        key[length++] = identifier;
        // As many bits as the largest has: the length tells them apart.
        if (identifier === NONE) key[length++] = NONE;
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

  /** Where a ping's identifier stands, whose sequence number ends at `end`. */
  function identifierAt(end: number, view: DataView, echoStart: number): number {
    return (
      end -
      digitsOf(view.getUint16(echoStart + 6)) -
      SEQUENCE.length -
      digitsOf(view.getUint16(echoStart + 4))
    );
  }

  function setWidths(given: readonly number[]): void {
    widths.length = 0;
    widths.push(...given);
    changes++;
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
      get changes() {
        return changes;
      },
    },

    write(out, view, stack) {
      let keyLength = collectKey(view, stack);
      const echo = keyLength === 0 ? -1 : findEcho(view, stack);
      const echoStart = echo < 0 ? 0 : stack.words[echo + 1];
      // What a ping's words tell besides its numbers.
      key[keyLength] =
        echo < 0
          ? 0
          : (view.getUint8(echoStart) << 8) | view.getUint8(stack.words[echo - WORDS + 1] + 8) | 0x10000;
      if (keyLength > 0) keyLength = (keyLength + 1) | 0;
      let hash = 0;
      for (let i = 0; i < keyLength; i++) hash = ((hash << 3) + hash + key[i]) | 0;
      let slot = Math.imul(hash, MIX) >>> MIX_DOWN;
      let keyAt = slot * KEY;
      let i = 0;
      while (i < keyLength && keys[keyAt + i] === key[i]) i++;
      if (i < keyLength) {
        // A flow may be at either of two places, and a new one takes the second: so two that share both seldom push each other out.
        slot ^= 1;
        keyAt = slot * KEY;
        i = 0;
        while (i < keyLength && keys[keyAt + i] === key[i]) i++;
      }
      const textAt = slot * TEXT;
      const start = out.reserve(ROOM);
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
        const end = (start + length) | 0;
        if (echo < 0) {
          out.length = end;
          return false;
        }
        const sequence = putText(to, uint(to, end, view.getUint16(echoStart + 4)), SEQUENCE);
        const ending = uint(to, sequence, view.getUint16(echoStart + 6));
        to.setFloat64(ending, endings[slot], true);
        out.length = (ending + endingLengths[slot]) | 0;
        return true;
      }
      if (!writeAnew(out, view, stack)) {
        keys.fill(0);
        changes++;
      }
      let end = out.length;
      let ending = 0;
      if (echo >= 0) {
        writeInfo(out, view, stack);
        ending = TTL_TEXT + digitsOf(view.getUint8(stack.words[echo - WORDS + 1] + 8));
        end = identifierAt(out.length - ending, view, echoStart);
      }
      const length = end - start;
      if (keyLength === 0 || length > TEXT * 8) return echo >= 0;
      for (let at = 0; at < length; at += 8)
        texts[textAt + (at >> 3)] = out.view.getFloat64(start + at, true);
      if (echo >= 0) endings[slot] = out.view.getFloat64(out.length - ending, true);
      endingLengths[slot] = ending;
      lengths[slot] = length;
      for (let j = 0; j < keyLength; j++) keys[keyAt + j] = key[j];
      return echo >= 0;
    },
  };
}

/** Of a number of 16 bits. */
function digitsOf(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 1000) return 3;
  return value < 10_000 ? 4 : 5;
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
