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
  /** Who answered: a router, or the destination; undefined if nobody did, and for all routers past the most that are told apart. */
  readonly from: string | undefined;
  readonly requests: number;
  readonly answered: number;
  readonly times: RoundTripTimes;
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

class Router {
  answered = 0;
  isDestination = false;
  readonly times = new RoundTripTimes();
}

class Distance {
  requests = 0;
  /** By address; `undefined` stands for those past the most. */
  readonly routers = new Map<string | undefined, Router>();

  router(from: string | undefined): Router {
    const known = this.routers.get(from);
    if (known !== undefined) return known;
    if (from !== undefined && this.routers.size >= MOST_ROUTERS) return this.router(undefined);
    const router = new Router();
    this.routers.set(from, router);
    return router;
  }
}

/** What became of a path's requests with few hops left, by how many. */
export class Trace {
  readonly #distances = new Map<number, Distance>();
  #expired = 0;
  #mostExpired = 0;

  /**
   * @param from who answered; undefined if nobody did, or if that is not known
   * @param elapsed ns until then; not counted if it is below zero
   * @param isExpired whether it was a router, as the hops ran out
   * @param isAnswered whether anybody answered
   */
  add(
    ttl: number,
    from: string | undefined,
    elapsed: number,
    isExpired: boolean,
    isAnswered = from !== undefined,
  ): void {
    const distance = this.#distance(ttl);
    distance.requests++;
    if (!isAnswered) return;
    if (isExpired) this.#expired++;
    if (isExpired) this.#mostExpired = Math.max(this.#mostExpired, ttl);
    const router = distance.router(from);
    router.answered++;
    router.isDestination = !isExpired;
    if (elapsed >= 0) router.times.add(elapsed);
  }

  /**
   * @param expired how many of the path's requests ran out, with however many hops left
   * @param leastAnswered the fewest hops left of a request that the destination answered; more than there can be if it answered none
   */
  isTrace(expired: number, leastAnswered: number): boolean {
    return expired === this.#expired && leastAnswered < NO_HOPS && this.#mostExpired < leastAnswered;
  }

  /** Whether requests were sent to several distances, as a program tries them one by one, and some ran out. */
  get isRising(): boolean {
    return this.#expired > 0 && this.#distances.size > 1;
  }

  /** The same, where the destination is the very first hop, so that none ran out. */
  get isNear(): boolean {
    const nearest = this.#distances.get(1)?.routers.values() ?? [];
    return this.#distances.size > 1 && [...nearest].some(({ isDestination }) => isDestination);
  }

  /**
   * By distance. Whatever the destination answered, it is as far away as the first of these: traceroute and mtr send farther before they know.
   * Requests that nobody answered are told with the only router there, or by themselves.
   */
  hops(): Hop[] {
    const hops: Writable<Hop>[] = [];
    let destination: Writable<Hop> | undefined;
    for (const [ttl, { requests, routers }] of [...this.#distances].sort(([a], [b]) => a - b)) {
      let silent = requests;
      let only: Writable<Hop> | undefined;
      for (const [from, { answered, times, isDestination }] of routers) {
        silent -= answered;
        if (isDestination && destination !== undefined) {
          destination.requests += answered;
          destination.answered += answered;
          destination.times.merge(times);
          continue;
        }
        only = { ttl, from, requests: answered, answered, times: new RoundTripTimes() };
        only.times.merge(times);
        hops.push(only);
        if (isDestination) destination = only;
      }
      if (silent === 0) continue;
      const beside = routers.size > 1 ? undefined : (destination ?? only);
      if (beside !== undefined) beside.requests += silent;
      else hops.push({ ttl, from: undefined, requests: silent, answered: 0, times: new RoundTripTimes() });
    }
    return hops;
  }

  merge(other: Trace): void {
    for (const [ttl, { requests, routers }] of other.#distances) {
      const distance = this.#distance(ttl);
      distance.requests += requests;
      for (const [from, router] of routers) {
        const own = distance.router(from);
        own.answered += router.answered;
        own.isDestination ||= router.isDestination;
        own.times.merge(router.times);
      }
    }
    this.#expired += other.#expired;
    this.#mostExpired = Math.max(this.#mostExpired, other.#mostExpired);
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
