/**
 * Where the handshakes of connections, and queries with their answers, were seen: in bounded memory, and without an allocation for a packet. What
 * is the same SYN or query, and what answers it, is as for the verdict: addresses and ports, the SYN's number, or identifier and question.
 */
import { CHECKSUM } from '../decode/checksum.ts';
import { checksumReaders } from '../decode/checksum-status.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import { DNS_RULES } from '../exchange/dns/dns-matcher.ts';
import { questionHash } from '../exchange/dns/question.ts';
import { createExchangeEntries } from '../exchange/exchange-entries.ts';
import { ENTRY, FLAG, KEY } from '../exchange/exchange-layout.ts';
import { createEndsReader } from '../exchange/inner-transport.ts';
import { createNetworkReader } from '../exchange/ip-header.ts';
import { NOTE } from '../exchange/ping/ping-layout.ts';
import { MOST_CANDIDATES, OUTCOME, type Outcome } from '../exchange/ping/ping-rules.ts';
import { type QuotingError, stopsPackets } from '../exchange/quoting-error.ts';
import { Tally } from '../exchange/tally.ts';
import { TCP } from '../exchange/tcp/tcp-header.ts';
import { TCP_RULES } from '../exchange/tcp/tcp-matcher.ts';
import { NO_TUNNEL, type TunnelTable } from '../exchange/tunnel-table.ts';
import type { Followed } from './followed.ts';
import type { Settled } from './kept-pings.ts';
import type { Point } from './points.ts';
import { createSightings } from './sightings.ts';

/** So many are remembered of each; the oldest leaves first, and is judged as it was seen until then. */
const SIGHTED = 1 << 14;
/** Beside the layout's flags: a RST answered, and nothing else before it. */
const RESET = 1 << 10;
const OPENED = 1 << 11;
const MESSAGE = { FLAGS: 2, RESPONSE: 0x80 } as const;

export interface ExchangeSightings extends Settled {
  /** Takes a packet into account that is no ping. @param point where it was captured; time in ns since the capture's first second */
  packet(
    view: DataView,
    stack: LayerStack,
    layer: number,
    network: number,
    number: number,
    time: number,
    point: number,
  ): void;
  /** What an ICMP error is about, if it is one of these; or -1. */
  takeError(view: DataView, stack: LayerStack, error: QuotingError, layer: number, network: number): number;
  settleAll(): void;
  /** The addresses of whoever asks and whom, as a way goes by them; of the exchange that is settled. */
  addresses(entry: number): Int32Array;
  isIpv6(entry: number): boolean;
  port(entry: number): number;
  /** Packets in tunnels whose TCP or UDP checksum is wrong. */
  readonly damaged: Tally;
}

export interface ExchangeSightingsOptions {
  readonly protocol: Exclude<Followed, 'icmp'>;
  readonly points: readonly Point[];
  readonly tunnels: TunnelTable;
  readonly settle: (entry: number) => void;
  /** A power of two; default: {@link SIGHTED}. */
  readonly capacity?: number;
}

export function createExchangeSightings(options: ExchangeSightingsOptions): ExchangeSightings {
  const { protocol, points, settle, capacity = SIGHTED } = options;
  const { STRIDE, OLDER, FLAGS, ENDS, IDENTITY, QUESTION } = ENTRY;
  const { STATE, EMPTY, BEGUN, ASKER_SECOND, DAMAGED, PROVEN } = FLAG;
  const { FIRST, SECOND, PORTS, VERSION } = KEY;
  const { SYN, RST, ACK } = TCP;
  const CANDIDATES = MOST_CANDIDATES;
  const isTcp = protocol === 'tcp';
  const WINDOW = (isTcp ? TCP_RULES : DNS_RULES).repeatWindow;
  const entries = createExchangeEntries(capacity);
  const { words, key, newest, isMatch } = entries;
  const sightings = createSightings(capacity);
  const { masks, times, tunnels, innerHops, outerHops, lastHops, counts, numbers, lengths, slot } = sightings;
  /** When the packet came to a place last: what was sent again may be what goes on from there. */
  const lastTimes = new Float64Array(times.length);
  const lastNumbers = new Uint32Array(times.length);
  const readEnds = createEndsReader();
  const statusReaders = checksumReaders();
  const { outermost, timeToLive } = createNetworkReader();
  const addresses = new Int32Array(8);
  const damaged = new Tally();
  let clock = -1;
  let hasSeveral = false;

  /** The exchange that a packet belongs to, or -1. @param question 0 fits any */
  function find(
    identity: number,
    question: number,
    askerIsSecond: boolean,
    time: number,
    point: number,
  ): number {
    const asker = askerIsSecond ? ASKER_SECOND : 0;
    let candidates = 0;
    for (let entry = newest(); entry >= 0 && candidates < CANDIDATES; entry = words[entry * STRIDE + OLDER]) {
      if (!isMatch(entry)) continue;
      candidates++;
      const word = entry * STRIDE;
      if ((words[word + FLAGS] & ASKER_SECOND) !== asker || words[word + IDENTITY] !== identity) continue;
      const asked = words[word + QUESTION];
      if (question !== 0 && asked !== 0 && asked !== question) continue;
      if (point < 0 || isNear(entry, time, point)) return entry;
    }
    return -1;
  }

  /** Whether an exchange was seen lately, by the point's clock; of other clocks nothing is known. */
  function isNear(entry: number, time: number, point: number): boolean {
    const own = points[point].clock;
    let isKnown = false;
    for (let side = 0; side < 2; side++) {
      for (let rest = masks[entry * 2 + side]; rest !== 0; ) {
        const other = 31 - Math.clz32(rest);
        rest &= ~(1 << other);
        if (points[other].clock !== own) continue;
        isKnown = true;
        if (Math.abs(time - lastTimes[slot(entry, side, other)]) <= WINDOW) return true;
      }
    }
    return !isKnown;
  }

  function insert(identity: number, question: number, askerIsSecond: boolean): number {
    const oldest = entries.next();
    if ((words[oldest * STRIDE + FLAGS] & STATE) !== EMPTY) {
      leave(oldest);
      sightings.forget(oldest);
    }
    const entry = entries.take(BEGUN | (askerIsSecond ? ASKER_SECOND : 0));
    words[entry * STRIDE + IDENTITY] = identity;
    words[entry * STRIDE + QUESTION] = question;
    return entry;
  }

  function takeLast(at: number): void {
    times[at] = lastTimes[at];
    numbers[at] = lastNumbers[at];
  }

  /**
   * The packet was seen at the point. What is sent again counts with its last time before it was seen any further: from there on it is that
   * packet which is followed.
   */
  function note(
    entry: number,
    direction: number,
    view: DataView,
    stack: LayerStack,
    network: number,
    number: number,
    time: number,
    point: number,
    id: number,
  ): void {
    const at = slot(entry, direction, point);
    const hops = timeToLive(view, stack.words, network);
    const before = masks[entry * 2 + direction];
    const own = points[point].clock;
    lastTimes[at] = time;
    lastNumbers[at] = number;
    lastHops[at] = hops;
    let others = 0;
    for (let rest = before & ~(1 << point); rest !== 0; ) {
      const other = 31 - Math.clz32(rest);
      rest &= ~(1 << other);
      if (points[other].clock !== own) continue;
      others++;
      const there = slot(entry, direction, other);
      if (((before >>> point) & 1) === 0) takeLast(there);
    }
    if (((before >>> point) & 1) !== 0) {
      if (counts[at] < 0xffff) counts[at]++;
      // Of another clock's points nothing is known in time: files are read one piece after the other.
      if (others > 0 || ((masks[entry * 2 + 1 - direction] >>> point) & 1) !== 0) return;
    } else {
      masks[entry * 2 + direction] = before | (1 << point);
      counts[at] = 1;
    }
    times[at] = time;
    tunnels[at] = id;
    innerHops[at] = hops;
    outerHops[at] = timeToLive(view, stack.words, outermost(stack.words, network));
    numbers[at] = number;
    lengths[at] = stack.originalLength;
  }

  /**
   * Files of one clock may be read one after the other, so that a packet sent again counts with its first time at one point and with its last
   * at another: with that which is nearer to the latest of them, from here on.
   */
  function align(entry: number, direction: number): void {
    const mask = masks[entry * 2 + direction];
    for (let rest = mask; rest !== 0; ) {
      const point = 31 - Math.clz32(rest);
      rest &= ~(1 << point);
      const at = slot(entry, direction, point);
      if (counts[at] === 1) continue;
      let latest = times[at];
      for (let others = mask; others !== 0; ) {
        const other = 31 - Math.clz32(others);
        others &= ~(1 << other);
        if (points[other].clock !== points[point].clock) continue;
        latest = Math.max(latest, times[slot(entry, direction, other)]);
      }
      if (Math.abs(lastTimes[at] - latest) < Math.abs(times[at] - latest)) takeLast(at);
    }
  }

  function leave(entry: number): void {
    align(entry, 0);
    align(entry, 1);
    settle(entry);
  }

  /** The nearest point to whoever asked, by the times of one clock. */
  function firstPoint(entry: number): number {
    let best = -1;
    for (let rest = masks[entry * 2]; rest !== 0; ) {
      const point = 31 - Math.clz32(rest);
      rest &= ~(1 << point);
      if (best < 0 || times[slot(entry, 0, point)] < times[slot(entry, 0, best)]) best = point;
    }
    return best;
  }

  function isAway(entry: number): boolean {
    const first = firstPoint(entry);
    return first >= 0 && ((masks[entry * 2 + 1] >>> first) & 1) === 0;
  }

  function notes(entry: number): number {
    const flags = words[entry * STRIDE + FLAGS];
    return ((flags & RESET) !== 0 ? NOTE.REFUSED : 0) | ((flags & DAMAGED) !== 0 ? NOTE.DAMAGED : 0);
  }

  return {
    ...sightings,
    damaged,
    packet(view, stack, layer, network, number, time, point) {
      const start = stack.start(layer);
      const isSecond = readEnds(key, view, stack, network, start);
      let [identity, question, isReply, isReset] = [0, 0, false, false];
      if (isTcp) {
        const set = view.getUint8(start + TCP.FLAGS);
        isReset = (set & RST) !== 0;
        isReply = (set & ACK) !== 0;
        identity = isReply
          ? (view.getInt32(start + TCP.ACKNOWLEDGMENT) - 1) | 0
          : view.getInt32(start + TCP.SEQUENCE);
        if ((set & (SYN | RST)) === 0 || (isReset && !isReply)) {
          const opened = (view.getInt32(start + TCP.SEQUENCE) - 1) | 0;
          const entry = isReply ? find(opened, 0, isSecond, time, point) : -1;
          if (entry >= 0) words[entry * STRIDE + FLAGS] |= PROVEN;
          return;
        }
      } else {
        const message = stack.start(layer + 1);
        identity = view.getUint16(message);
        question = questionHash(view, message, stack.layerEnd(layer + 1));
        isReply = (view.getUint8(message + MESSAGE.FLAGS) & MESSAGE.RESPONSE) !== 0;
      }
      const { clock: own } = points[point];
      if (clock < 0) clock = own;
      else if (clock !== own) hasSeveral = true;
      const id = options.tunnels.find(view, stack, layer, number);
      const status = statusReaders[stack.protocol(layer)]?.(view, start, stack, layer);
      const isDamaged = id !== NO_TUNNEL && status === CHECKSUM.bad;
      if (isDamaged) damaged.add(number);
      const askerIsSecond = isReply !== isSecond;
      let entry = newest() < 0 ? -1 : find(identity, question, askerIsSecond, time, point);
      // A RST that acknowledges what is no SYN, or was answered, breaks a connection off, which is another matter.
      if (isReset && (entry < 0 || (words[entry * STRIDE + FLAGS] & OPENED) !== 0)) return;
      if (entry < 0) entry = insert(identity, question, askerIsSecond);
      if (isReply) words[entry * STRIDE + FLAGS] |= isReset ? RESET : OPENED;
      if (isReply && isDamaged) words[entry * STRIDE + FLAGS] |= DAMAGED;
      note(entry, isReply ? 1 : 0, view, stack, network, number, time, point, id);
    },
    takeError(view, stack, error, layer, network) {
      if (!stopsPackets(error)) return -1;
      const start = stack.start(layer);
      const isSecond = readEnds(key, view, stack, network, start);
      if (isTcp) return find(view.getInt32(start + TCP.SEQUENCE), 0, isSecond, 0, -1);
      const hasMessage = layer + 1 < stack.count && stack.layerEnd(layer + 1) - stack.start(layer + 1) >= 2;
      return hasMessage ? find(view.getUint16(stack.start(layer + 1)), 0, isSecond, 0, -1) : -1;
    },
    settleAll() {
      const oldest = entries.next();
      for (let ago = 0; ago < capacity; ago++) {
        const entry = (oldest + ago) & (capacity - 1);
        if ((words[entry * STRIDE + FLAGS] & STATE) !== EMPTY) leave(entry);
      }
    },
    outcome(entry): Outcome {
      // The ACK that ends a handshake shows that there was an answer, and that it came back.
      if ((words[entry * STRIDE + FLAGS] & PROVEN) !== 0) return OUTCOME.answered;
      if (masks[entry * 2 + 1] === 0) return OUTCOME.unanswered;
      return notes(entry) !== 0 || (!hasSeveral && isAway(entry)) ? OUTCOME.undelivered : OUTCOME.answered;
    },
    notes,
    name(entry) {
      const word = entry * STRIDE;
      const identity = words[word + IDENTITY];
      const ports = words[word + ENDS + PORTS];
      const srcport = (words[word + FLAGS] & ASKER_SECOND) !== 0 ? ports & 0xffff : ports >>> 16;
      return isTcp ? { ident: 0, seq: identity >>> 0, srcport } : { ident: identity, seq: 0, srcport };
    },
    ranOut: () => undefined,
    addresses(entry) {
      const word = entry * STRIDE;
      const isSecond = (words[word + FLAGS] & ASKER_SECOND) !== 0;
      for (let i = 0; i < 4; i++) {
        addresses[i] = words[word + ENDS + (isSecond ? SECOND : FIRST) + i];
        addresses[4 + i] = words[word + ENDS + (isSecond ? FIRST : SECOND) + i];
      }
      return addresses;
    },
    isIpv6: (entry) => words[entry * STRIDE + ENDS + VERSION] !== 0,
    port(entry) {
      const word = entry * STRIDE;
      const ports = words[word + ENDS + PORTS];
      return (words[word + FLAGS] & ASKER_SECOND) !== 0 ? ports >>> 16 : ports & 0xffff;
    },
  };
}
