/** Replies by the addresses that they go between: what findings about replies share. */
import type { PathCounts, PingPath } from '../exchange/ping/path-table.ts';
import { Tally } from '../exchange/tally.ts';
import { counted } from '../text/words.ts';

/** Limit on findings of a kind, each about one pair of addresses. */
const MOST_PAIRS = 16;

/** Paths between the same addresses, counted together. */
export interface Pair {
  readonly src: string;
  readonly dst: string;
  readonly replies: Tally;
  /** Combinations of tunnels that requests took. */
  readonly tunnels: Set<number>;
}

/**
 * The pairs that have such replies.
 *
 * @param pick which replies
 */
export function pairsOf(paths: readonly PingPath[], pick: (counts: PathCounts) => readonly Tally[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const { src, dst, counts, tunnels } of paths) {
    const key = `${src} ${dst}`;
    let pair = pairs.get(key);
    if (pair === undefined) {
      if (pairs.size === MOST_PAIRS) continue;
      pair = { src, dst, replies: new Tally(), tunnels: new Set() };
      pairs.set(key, pair);
    }
    for (const tally of pick(counts)) pair.replies.merge(tally);
    pair.tunnels.add(tunnels);
  }
  return [...pairs.values()].filter(({ replies }) => replies.count > 0);
}

/** "2 replies from 172.16.1.2 to 172.16.0.2". */
export function repliesOf({ src, dst, replies }: Pair): string {
  return `${counted(replies.count, 'reply', 'replies')} from ${dst} to ${src}`;
}
