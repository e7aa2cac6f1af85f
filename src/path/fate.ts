/** How far a ping came, by the points where it was seen and their order. */
import { OUTCOME } from '../exchange/ping/ping-rules.ts';
import { MOST_POINTS } from './points.ts';
import type { Pattern, Way } from './way.ts';

/** A way with its points in order: a point's rank in it, or -1. */
export interface OrderedWay {
  readonly way: Way;
  readonly order: readonly number[];
  readonly rank: Int8Array;
}

/** @param ways all of them */
export function inOrder(way: Way, ways: readonly Way[]): OrderedWay {
  const order = way.inOrder(ways.filter(({ src, dst }) => src === way.src && dst === way.dst));
  const rank = new Int8Array(MOST_POINTS).fill(-1);
  for (const [at, point] of order.entries()) rank[point] = at;
  return { way, order, rank };
}

export type Fate = { readonly direction: 'request' | 'reply'; readonly point: number } | 'answered' | 'alone';

/** Whether a path's requests are a traceroute's, by its index: then a router where their hops ran out has answered them. */
export type IsTrace = (path: number) => boolean;

/** Where a ping was seen, as bits, and what the matcher knows of its reply. */
type Seen = Pick<Pattern, 'request' | 'reply' | 'outcome' | 'expiredPath'>;

/**
 * How far a ping came that was seen at these points. Between points of several clocks the order tells whether its reply came back; of one
 * clock, the matcher has told.
 */
export function fateOf(
  { order }: OrderedWay,
  { request, reply, outcome, expiredPath }: Seen,
  isOneClock: boolean,
  isTrace: IsTrace,
): Fate {
  if (request === 0) return 'alone';
  if (expiredPath >= 0 && isTrace(expiredPath)) return 'answered';
  // One whose answer later packets prove has no reply that was seen.
  if (outcome === OUTCOME.answered && (isOneClock || reply === 0)) return 'answered';
  const has = (mask: number) => (point: number) => ((mask >>> point) & 1) !== 0;
  const first = order.find(has(request)) as number;
  if (reply === 0) return { direction: 'request', point: order.findLast(has(request)) as number };
  const last = order.find(has(reply)) as number;
  if (outcome !== OUTCOME.answered) return { direction: 'reply', point: last };
  // A reply that is seen nearer to the sender than its request ever was has come back all the same.
  return order.indexOf(last) <= order.indexOf(first) ? 'answered' : { direction: 'reply', point: last };
}
