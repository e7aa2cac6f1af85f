/** The pings that are shown one by one, copied out of the store when they are settled. */
import type { RanOut } from '../exchange/ping/ping-memory.ts';
import { OUTCOME, type Outcome } from '../exchange/ping/ping-rules.ts';
import type { ExchangeName, Sightings } from './sightings.ts';

/** Who has seen them, and knows what became of them. */
export interface Settled extends Sightings {
  outcome(entry: number): Outcome;
  notes(entry: number): number;
  name(entry: number): ExchangeName;
  ranOut(entry: number): RanOut | undefined;
}

/** The first pings of a capture, and as many more that seem lost: all others are only counted. */
const MOST_KEPT = 1000;

export interface KeptSighting {
  readonly point: number;
  readonly time: number;
  readonly number: number;
  /** Bytes on the wire. */
  readonly length: number;
  readonly count: number;
  readonly ttl: number;
  readonly lastTtl: number;
  readonly outerTtl: number;
  readonly tunnels: number;
}

export interface KeptPing extends ExchangeName {
  /** Index into the ways. */
  readonly way: number;
  /** Index into the errors, or -1. */
  readonly error: number;
  readonly outcome: Outcome;
  /** Bits of {@link NOTE}. */
  readonly notes: number;
  readonly ranOut: RanOut | undefined;
  /** Requests' sightings, and replies', by the points' numbers. */
  readonly sightings: readonly [readonly KeptSighting[], readonly KeptSighting[]];
}

export interface KeptPings {
  readonly list: readonly KeptPing[];
  add(store: Settled, entry: number, way: number): void;
}

export function createKeptPings(most = MOST_KEPT): KeptPings {
  const list: KeptPing[] = [];
  let room = most;
  let lossRoom = most;

  function sightings(store: Settled, entry: number, direction: number): KeptSighting[] {
    const kept: KeptSighting[] = [];
    const mask = store.mask(entry, direction);
    for (let point = 0; mask >>> point !== 0; point++) {
      if (((mask >>> point) & 1) === 0) continue;
      const slot = store.slot(entry, direction, point);
      kept.push({
        point,
        time: store.times[slot] as number,
        number: store.numbers[slot] as number,
        length: store.lengths[slot] as number,
        count: store.counts[slot] as number,
        ttl: store.innerHops[slot] as number,
        lastTtl: store.lastHops[slot] as number,
        outerTtl: store.outerHops[slot] as number,
        tunnels: store.tunnels[slot] as number,
      });
      if (point === 31) break;
    }
    return kept;
  }

  return {
    list,
    add(store, entry, way) {
      const [request, reply] = [store.mask(entry, 0), store.mask(entry, 1)];
      // Which points it should have come back to is known at the end: all where its request was seen are near enough.
      const isComplete = (request & ~reply) === 0 && store.outcome(entry) === OUTCOME.answered;
      if (room > 0) room--;
      else if (isComplete || lossRoom === 0) return;
      else lossRoom--;
      list.push({
        way,
        ...store.name(entry),
        error: store.error(entry),
        outcome: store.outcome(entry),
        notes: store.notes(entry),
        ranOut: store.ranOut(entry),
        sightings: [sightings(store, entry, 0), sightings(store, entry, 1)],
      });
    },
  };
}
