/**
 * Probes of traceroute and mtr among a path's requests: their TTL is so small that a router on the way lets it run out and says so, which is
 * the answer that they were sent for.
 *
 * By what they look like: with {@link MOST_HOPS} hops left at most, all that ran out had fewer than every request that the destination
 * answered, and it answered some. A loop lets requests run out that had as many hops as those that arrive, or more than a way is long, or of
 * which none arrives.
 */
import { RoundTripTimes } from '../round-trip-times.ts';

/** As many as traceroute and mtr try if they are not told otherwise; systems send with 32 at least. */
export const MOST_HOPS = 30;
/** The most routers that are told apart at one distance, where packets are spread over several ways. */
const MOST_ROUTERS = 8;

/** One router at one distance. */
export interface Hop {
  /** Hops that the requests had left where they were captured: the router is so far away. */
  readonly ttl: number;
  /** Who answered: a router, or the destination; undefined if nobody did. */
  readonly from: string | undefined;
  readonly requests: number;
  readonly answered: number;
  readonly times: RoundTripTimes;
}

class Router {
  answered = 0;
  readonly times = new RoundTripTimes();
}

class Distance {
  requests = 0;
  answered = 0;
  /** By address. */
  readonly routers = new Map<string, Router>();
}

/** What became of a path's requests with few hops left, by how many. */
export class Trace {
  readonly #distances = new Map<number, Distance>();
  #expired = 0;
  #mostExpired = 0;
  /** How many different numbers of hops ran out. */
  #expiredDistances = 0;

  /** @param from who answered; undefined if nobody did
   * @param elapsed ns until then; not counted if it is below zero */
  add(ttl: number, from: string | undefined, elapsed: number, isExpired: boolean): void {
    const distance = this.#distance(ttl);
    distance.requests++;
    if (from === undefined) return;
    if (isExpired && distance.answered === 0) this.#expiredDistances++;
    if (isExpired) this.#expired++;
    if (isExpired) this.#mostExpired = Math.max(this.#mostExpired, ttl);
    distance.answered++;
    let router = distance.routers.get(from);
    if (router === undefined) {
      if (distance.routers.size === MOST_ROUTERS) return;
      router = new Router();
      distance.routers.set(from, router);
    }
    router.answered++;
    if (elapsed >= 0) router.times.add(elapsed);
  }

  /**
   * @param expired how many of the path's requests ran out, with however many hops left
   * @param leastAnswered the fewest hops left of a request that the destination answered; more than there can be if it answered none
   */
  isTrace(expired: number, leastAnswered: number): boolean {
    return expired === this.#expired && leastAnswered < NO_HOPS && this.#mostExpired < leastAnswered;
  }

  /** Whether requests ran out at several distances, as a program tries them one by one. */
  get isRising(): boolean {
    return this.#expiredDistances > 1;
  }

  /** By distance; those that nobody answered are told with the only router there, or by themselves. */
  hops(): Hop[] {
    const hops: Hop[] = [];
    for (const [ttl, { requests, routers }] of [...this.#distances].sort(([a], [b]) => a - b)) {
      const known = [...routers];
      const silent = requests - known.reduce((sum, [, { answered }]) => sum + answered, 0);
      for (const [from, { answered, times }] of known)
        hops.push({ ttl, from, requests: answered + (known.length === 1 ? silent : 0), answered, times });
      if (known.length !== 1 && silent > 0)
        hops.push({ ttl, from: undefined, requests: silent, answered: 0, times: new RoundTripTimes() });
    }
    return hops;
  }

  merge(other: Trace): void {
    for (const [ttl, { requests, answered, routers }] of other.#distances) {
      const distance = this.#distance(ttl);
      distance.requests += requests;
      distance.answered += answered;
      for (const [from, router] of routers) {
        const own = distance.routers.get(from) ?? new Router();
        distance.routers.set(from, own);
        own.answered += router.answered;
        own.times.merge(router.times);
      }
    }
    this.#expired += other.#expired;
    this.#mostExpired = Math.max(this.#mostExpired, other.#mostExpired);
    this.#expiredDistances = Math.max(this.#expiredDistances, other.#expiredDistances);
  }

  #distance(ttl: number): Distance {
    let distance = this.#distances.get(ttl);
    if (distance === undefined) {
      distance = new Distance();
      this.#distances.set(ttl, distance);
    }
    return distance;
  }
}

/** More than a header can say. */
export const NO_HOPS = 256;
