/**
 * Probes of traceroute, tracepath and mtr over UDP: datagrams whose TTL is so small that a router on the way lets it run out and says so, until
 * the destination itself answers that nothing listens there.
 *
 * A probe is a datagram with {@link MOST_HOPS} hops left at most, where it was seen first. Most programs give each probe another port; where
 * ports stay the same, IPv4's identification tells probes apart, and without one (IPv6, and what must not be fragmented) a probe is
 * another one if it has as many hops left as the one before, or more, at the same interface. Of two addresses all probes are one trace.
 * It is told as such where several distances were tried, and hops ran out.
 */
import { createExchangeEntries } from '../exchange-entries.ts';
import { ENTRY, FLAG, KEY, MOMENT } from '../exchange-layout.ts';
import { storedAddress } from '../ping/path-table.ts';
import { MOST_HOPS, Trace } from '../ping/trace.ts';
import type { StopReason } from '../quoting-error.ts';
import { RoundTripTimes } from '../round-trip-times.ts';
import { Tally } from '../tally.ts';

/** Probes remembered at a time, a power of two. */
const CAPACITY = 4096;
/** So many probes between the same ports are looked through, the newest first. */
const MOST_LOOKED_AT = 16;
/** Pairs of addresses that are told apart, and routers that are known by name. */
const MOST_TRACES = 256;
const MOST_ROUTERS = 1024;
/** An answer comes within this time (ns): as long as traceroute and mtr wait at most. */
const WAIT = 10e9;
/** The same probe comes to all its places within this time (ns). */
const TRAVEL = 1e9;

/** What one host's probes found on the way to another. */
export class UdpTrace {
  readonly src: string;
  readonly dst: string;
  /** The number of the deepest tunnels that a probe was seen in. */
  tunnels = 0;
  /** The least and the greatest port that was asked. */
  firstPort = 0xffff;
  lastPort = 0;
  readonly probes = new Tally();
  /** Probes that somebody answered: a router or the destination. */
  answered = 0;
  /** Probes whose hops ran out, as a router says. */
  readonly expired = new Tally();
  readonly trace = new Trace();
  /** Until the destination answered. */
  readonly times = new RoundTripTimes();

  constructor(src: string, dst: string) {
    this.src = src;
    this.dst = dst;
  }

  merge(other: UdpTrace, depth: (tunnels: number) => number): void {
    if (depth(other.tunnels) > depth(this.tunnels)) this.tunnels = other.tunnels;
    this.firstPort = Math.min(this.firstPort, other.firstPort);
    this.lastPort = Math.max(this.lastPort, other.lastPort);
    this.probes.merge(other.probes);
    this.answered += other.answered;
    this.expired.merge(other.expired);
    this.trace.merge(other.trace);
    this.times.merge(other.times);
  }
}

/** The packet at hand, which a probe's key is made of already. */
export interface ProbeSighting {
  /** ns since the first packet. */
  readonly time: number;
  readonly number: number;
  readonly tunnels: number;
  /** Where it was captured. */
  readonly point: number;
  /** The sender is the key's second end. */
  readonly isSecond: boolean;
}

export interface UdpTraces {
  /** The two ends, as ENDS of an entry has them. */
  readonly key: Int32Array;
  /** Whether a probe may wait for its answer. @param time ns since the first packet */
  isWaiting(time: number): boolean;
  /**
   * Takes a datagram into account, between the key's ends.
   *
   * @param hops that it has left
   * @param identification IPv4's; -1 where there is none
   */
  datagram(sighting: ProbeSighting, hops: number, identification: number): void;
  /**
   * An ICMP error quotes a datagram between the key's ends.
   *
   * @param from who sent it
   */
  stop(sighting: ProbeSighting, reason: StopReason, from: string, identification: number): void;
  /** Those that are a traceroute's so far. */
  summary(): UdpTrace[];
}

/** What an entry holds of a probe, where others have their places. */
const PROBE = {
  HOPS: ENTRY.PLACES,
  IDENTIFICATION: ENTRY.PLACES + 1,
  /** Who answered, and one more: 0 past the most. */
  ROUTER: ENTRY.PLACES + 2,
  OUTCOME: ENTRY.PLACES + 3,
} as const;

const OUTCOME = { silent: 0, destination: 1, expired: 2, refused: 3 } as const;

/** @param depth how many tunnels a number stands for */
export function createUdpTraces(depth: (tunnels: number) => number): UdpTraces {
  const { STRIDE, OLDER, FLAGS, ENDS, TUNNELS, POINT } = ENTRY;
  const { STRIDE: MOMENTS, FIRST: SENT, SEEN, ANSWER, REQUEST_NUMBER } = MOMENT;
  const { EMPTY, STATE, BEGUN, ASKER_SECOND, TIMED_THERE } = FLAG;
  const { FIRST, SECOND, PORTS, VERSION } = KEY;
  const ADDRESS_WORDS = PORTS;
  const { HOPS, IDENTIFICATION, ROUTER, OUTCOME: WHAT } = PROBE;
  const entries = createExchangeEntries(CAPACITY);
  const { words, moments, newest, isMatch } = entries;
  const settled = new Map<string, UdpTrace>();
  const routers = new Map<string, number>();
  const names: string[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  /** The trace that was asked for last, and of which ends. */
  let found: { in?: Map<string, UdpTrace>; isSecond: boolean; trace: UdpTrace | undefined } = {
    isSecond: false,
    trace: undefined,
  };
  const foundEnds = new Int32Array(KEY.WORDS);

  const isFromAsker = (entry: number, isSecond: boolean) =>
    ((words[entry * STRIDE + FLAGS] & ASKER_SECOND) !== 0) === isSecond;

  /** The newest probe between the key's ends that is as it should be; -1 if none is. */
  function find(isIt: (entry: number) => boolean): number {
    let entry = newest();
    for (let looked = 0; entry >= 0 && looked < MOST_LOOKED_AT; looked++) {
      if (isMatch(entry) && isIt(entry)) return entry;
      entry = words[entry * STRIDE + OLDER];
    }
    return -1;
  }

  /** Whether two identifications may be of one packet. */
  const mayBeSame = (one: number, other: number) => one <= 0 || other <= 0 || one === other;

  function routerOf(from: string): number {
    const known = routers.get(from);
    if (known !== undefined) return known;
    if (names.length === MOST_ROUTERS) return 0;
    names.push(from);
    routers.set(from, names.length);
    return names.length;
  }

  function answer(entry: number, { time, point }: ProbeSighting, outcome: number, router: number): void {
    const word = entry * STRIDE;
    const isThere = words[word + POINT] === point;
    if (words[word + WHAT] === OUTCOME.silent) {
      words[word + WHAT] = outcome;
      words[word + ROUTER] = router;
    } else if (!isThere || (words[word + FLAGS] & TIMED_THERE) !== 0) return;
    moments[entry * MOMENTS + ANSWER] = time;
    if (isThere) words[word + FLAGS] |= TIMED_THERE;
  }

  /** The same as the last time, mostly, which is found without making words of addresses. */
  function traceOf(ends: number, isSecond: boolean, traces: Map<string, UdpTrace>): UdpTrace | undefined {
    if (found.in === traces && found.isSecond === isSecond) {
      let i = 0;
      while (i < ADDRESS_WORDS && foundEnds[i] === words[ends + i]) i++;
      if (i === ADDRESS_WORDS && foundEnds[VERSION] === words[ends + VERSION]) return found.trace;
    }
    const isIpv6 = words[ends + VERSION] !== 0;
    const [from, to] = isSecond ? [SECOND, FIRST] : [FIRST, SECOND];
    const src = storedAddress(words, ends + from, isIpv6);
    const dst = storedAddress(words, ends + to, isIpv6);
    const name = `${src} ${dst}`;
    let trace = traces.get(name);
    if (trace === undefined && traces.size < MOST_TRACES) {
      trace = new UdpTrace(src, dst);
      traces.set(name, trace);
    }
    found = { in: traces, isSecond, trace };
    foundEnds.set(words.subarray(ends, ends + KEY.WORDS));
    return trace;
  }

  function settle(entry: number, traces: Map<string, UdpTrace>): void {
    const word = entry * STRIDE;
    const flags = words[word + FLAGS];
    if ((flags & STATE) === EMPTY) return;
    const ends = word + ENDS;
    const trace = traceOf(ends, (flags & ASKER_SECOND) !== 0, traces);
    if (trace === undefined) return;
    const ports = words[ends + PORTS];
    const port = (flags & ASKER_SECOND) !== 0 ? ports >>> 16 : ports & 0xffff;
    trace.firstPort = Math.min(trace.firstPort, port);
    trace.lastPort = Math.max(trace.lastPort, port);
    if (depth(words[word + TUNNELS]) > depth(trace.tunnels)) trace.tunnels = words[word + TUNNELS];
    const number = moments[entry * MOMENTS + REQUEST_NUMBER];
    const outcome = words[word + WHAT];
    const elapsed = moments[entry * MOMENTS + ANSWER] - moments[entry * MOMENTS + SENT];
    const isAnswered = outcome !== OUTCOME.silent;
    const isDestination = outcome === OUTCOME.destination;
    trace.probes.add(number);
    if (isAnswered) trace.answered++;
    if (outcome === OUTCOME.expired) trace.expired.add(number);
    if (isDestination && elapsed >= 0) trace.times.add(elapsed);
    const who = isDestination ? trace.dst : names[words[word + ROUTER] - 1];
    trace.trace.add(words[word + HOPS], who, elapsed, isAnswered && !isDestination, isAnswered);
  }

  return {
    key: entries.key,
    isWaiting: (time) => time - latest <= WAIT,
    datagram(sighting, hops, identification) {
      const { time, number, tunnels, point, isSecond } = sighting;
      const asked = find((entry) => !isFromAsker(entry, isSecond));
      if (asked >= 0 && time - moments[asked * MOMENTS + SEEN] <= WAIT) {
        answer(asked, sighting, OUTCOME.destination, 0);
        return;
      }
      if (hops > MOST_HOPS) return;
      const same = find((entry) => {
        const word = entry * STRIDE;
        if (!isFromAsker(entry, isSecond) || time - moments[entry * MOMENTS + SENT] > TRAVEL) return false;
        if (identification > 0) return words[word + IDENTIFICATION] === identification;
        const isElsewhere = words[word + POINT] !== point || words[word + TUNNELS] !== tunnels;
        return words[word + WHAT] === OUTCOME.silent && (isElsewhere || hops < words[word + HOPS]);
      });
      if (same >= 0) {
        if (depth(tunnels) > depth(words[same * STRIDE + TUNNELS])) words[same * STRIDE + TUNNELS] = tunnels;
        return;
      }
      settle(entries.next(), settled);
      const entry = entries.take(BEGUN | (isSecond ? ASKER_SECOND : 0));
      const word = entry * STRIDE;
      words[word + HOPS] = hops;
      words[word + IDENTIFICATION] = identification;
      words[word + TUNNELS] = tunnels;
      words[word + POINT] = point;
      moments[entry * MOMENTS + SENT] = moments[entry * MOMENTS + SEEN] = time;
      moments[entry * MOMENTS + REQUEST_NUMBER] = number;
      if (time > latest) latest = time;
    },
    stop(sighting, reason, from, identification) {
      const { isSecond } = sighting;
      const isIt = (entry: number) =>
        isFromAsker(entry, isSecond) && mayBeSame(words[entry * STRIDE + IDENTIFICATION], identification);
      let entry = find((one) => words[one * STRIDE + WHAT] === OUTCOME.silent && isIt(one));
      if (entry < 0) entry = find(isIt);
      if (entry < 0) return;
      const outcome =
        reason === 'ttl' ? 'expired' : reason === 'port' || reason === 'protocol' ? 'destination' : 'refused';
      answer(entry, sighting, OUTCOME[outcome], routerOf(from));
    },
    summary() {
      const traces = new Map<string, UdpTrace>();
      for (const [name, known] of settled) {
        const copy = new UdpTrace(known.src, known.dst);
        copy.merge(known, depth);
        traces.set(name, copy);
      }
      const oldest = entries.next();
      for (let ago = 0; ago < CAPACITY; ago++) settle((oldest + ago) & (CAPACITY - 1), traces);
      return [...traces.values()].filter(({ trace }) => trace.isRising || trace.isNear);
    },
  };
}
