/** The way that pings between two addresses take: which points they pass, in which order, and how many came how far. */

import { OUTCOME, type Outcome } from '../exchange/ping/ping-rules.ts';
import type { Followed } from './followed.ts';
import { MOST_POINTS } from './points.ts';

/** How many ways through the points are told apart for one pair of addresses. */
const MOST_PATTERNS = 1024;
const OUTCOMES = Object.keys(OUTCOME).length;

/** Pings that were seen at just the same points. */
export interface Pattern {
  readonly request: number;
  readonly reply: number;
  /** What the matcher knows of their replies. */
  readonly outcome: Outcome;
  /** Of those whose hops ran out: their path's index in the summary's table; else -1. */
  readonly expiredPath: number;
  count: number;
}

export class Way {
  readonly src: string;
  readonly dst: string;
  readonly protocol: Followed;
  readonly port: number | null;
  pings = 0;
  /** Pings of patterns past the most that are told apart. */
  uncounted = 0;
  /** Pings seen at a point, and how often they came there more than once: requests, then replies. */
  readonly seen = new Float64Array(2 * MOST_POINTS);
  readonly copies = new Float64Array(2 * MOST_POINTS);
  /** The least and the most time (ns) from a point to one with a lower number, by their own clocks: requests, then replies. */
  readonly least = new Float64Array(2 * MOST_POINTS * MOST_POINTS).fill(Number.POSITIVE_INFINITY);
  readonly most = new Float64Array(2 * MOST_POINTS * MOST_POINTS).fill(Number.NEGATIVE_INFINITY);
  /** How many pings say that a point comes before another. */
  readonly before = new Float64Array(MOST_POINTS * MOST_POINTS);
  /** By the path of those whose hops ran out and outcome, request and reply. */
  readonly #patterns = new Map<number, Map<number, Map<number, Pattern>>>();
  #patternCount = 0;
  /** That of the ping before: most are alike. */
  #last: Pattern | undefined;

  constructor(src: string, dst: string, protocol: Followed, port: number | null) {
    this.src = src;
    this.dst = dst;
    this.protocol = protocol;
    this.port = port;
  }

  get patterns(): Pattern[] {
    return [...this.#patterns.values()].flatMap((patterns) =>
      [...patterns.values()].flatMap((byReply) => [...byReply.values()]),
    );
  }

  /** One more ping, seen at the points of these bits. */
  count(request: number, reply: number, outcome: Outcome, expiredPath: number): void {
    this.pings++;
    const last = this.#last;
    if (
      last?.request === request &&
      last.reply === reply &&
      last.outcome === outcome &&
      last.expiredPath === expiredPath
    ) {
      last.count++;
      return;
    }
    const kind = (expiredPath + 1) * OUTCOMES + outcome;
    let patterns = this.#patterns.get(kind);
    let byReply = patterns?.get(request);
    let pattern = byReply?.get(reply);
    if (pattern === undefined) {
      if (this.#patternCount === MOST_PATTERNS) {
        this.uncounted++;
        return;
      }
      this.#patternCount++;
      pattern = { request, reply, outcome, expiredPath, count: 0 };
      if (patterns === undefined) {
        patterns = new Map();
        this.#patterns.set(kind, patterns);
      }
      if (byReply === undefined) {
        byReply = new Map();
        patterns.set(request, byReply);
      }
      byReply.set(reply, pattern);
    }
    pattern.count++;
    this.#last = pattern;
  }

  /** The least time (ns) that a packet needed from a point to another, by their own clocks. */
  leastTime(direction: number, from: number, to: number): number {
    const row = direction * MOST_POINTS;
    if (from > to) return this.least[(row + from) * MOST_POINTS + to];
    return -this.most[(row + to) * MOST_POINTS + from];
  }

  /**
   * Points where these pings were seen, in the order in which requests pass them.
   *
   * @param alike the ways between the same addresses, this one too: what goes one of them tells of the others
   */
  inOrder(alike: readonly Way[]): number[] {
    const before = new Float64Array(this.before.length);
    for (const way of alike) for (const [i, count] of way.before.entries()) before[i] += count;
    const left: number[] = [];
    for (let point = 0; point < MOST_POINTS; point++) {
      if (this.seen[point] > 0 || this.seen[MOST_POINTS + point] > 0) left.push(point);
    }
    const order: number[] = [];
    while (left.length > 0) {
      let best = 0;
      let fewest = Number.POSITIVE_INFINITY;
      for (const [i, point] of left.entries()) {
        let earlier = 0;
        for (const other of left) {
          if (before[other * MOST_POINTS + point] > before[point * MOST_POINTS + other]) earlier++;
        }
        if (earlier < fewest) {
          fewest = earlier;
          best = i;
        }
      }
      order.push(...left.splice(best, 1));
    }
    return order;
  }
}
