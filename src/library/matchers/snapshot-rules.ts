/** When a test runner has snapshots written, which vitest and Jest tell their matchers in the same words. */

/** A matcher's `this`, as far as snapshots need it; nothing of it where `expect` runs by itself. */
export interface MatcherContext {
  /** Of `expect(…).not`. */
  readonly isNot?: boolean;
  /** The runner's own: which snapshots it writes, and its counts of them. */
  readonly snapshotState?: unknown;
  /** The test that runs, in vitest. */
  readonly task?: unknown;
}

/** `new`: a file that is not there; `all`: also one that differs (`-u`); `none`: no file (CI). */
type Writes = 'new' | 'all' | 'none';

export type SnapshotOutcome = 'added' | 'updated' | 'matched' | 'unmatched';

/** vitest counts by test, and Jest in numbers. */
type Counter = number | { increment(test: string): void };

type SnapshotState = { [Outcome in SnapshotOutcome]?: Counter } & { readonly _updateSnapshot?: unknown };

/** What the runner has written. With `.not` nothing is: what is meant to differ is no snapshot. */
export function writesOf({ isNot, snapshotState }: MatcherContext): Writes {
  const writes = (snapshotState as SnapshotState | undefined)?._updateSnapshot;
  return isNot !== true && (writes === 'new' || writes === 'all') ? writes : 'none';
}

/** Has the runner's summary count what became of a snapshot. */
export function countSnapshot(
  { isNot, snapshotState, task }: MatcherContext,
  outcome: SnapshotOutcome,
): void {
  const state = snapshotState as SnapshotState | undefined;
  const counter = state?.[outcome];
  if (state === undefined || counter === undefined || isNot === true) return;
  if (typeof counter === 'number') state[outcome] = counter + 1;
  else counter.increment((task as { readonly id?: string } | undefined)?.id ?? '');
}
