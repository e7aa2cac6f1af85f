/** Drops by reason, place and device: counts, rates, and how they are shown. */
import { dropMeaning } from '../../../finding/drop-reasons.ts';
import { placeName } from '../../../finding/kernel-dropped.ts';
import type { KernelDrop } from '../../../packet/kernel-drop.ts';
import { wrap } from '../../../text/words.ts';

export interface DropGroup {
  readonly reason: string;
  readonly location: string;
  /** The device at which the packets were last; null where nothing was seen of them. */
  readonly device: string | null;
  /** Its namespace, empty for this process's own; null where it can't be told which of several. */
  readonly namespace: string | null;
  count: number;
  /** Of {@link count}, those of the last second. */
  recent: number;
}

export interface DropGroups {
  add(drop: KernelDrop): DropGroup;
  /** A second has passed. */
  turn(): void;
  /** Those with most drops first. */
  list(): readonly DropGroup[];
  /** Drops of groups past the most that are told apart. */
  readonly further: number;
  readonly total: number;
}

const MOST_GROUPS = 1000;

export function createDropGroups(): DropGroups {
  const groups = new Map<string, DropGroup>();
  /** Of the second that is not over yet. */
  const running = new Map<DropGroup, number>();
  let total = 0;
  let further = 0;
  return {
    add(drop) {
      total++;
      const { reason, location } = drop;
      const { device = null, namespace = null } = drop.place() ?? {};
      const key = JSON.stringify([reason, location, device, namespace]);
      let group = groups.get(key);
      if (group === undefined) {
        group = { reason, location, device, namespace, count: 0, recent: 0 };
        if (groups.size < MOST_GROUPS) groups.set(key, group);
        else further++;
      }
      group.count++;
      running.set(group, (running.get(group) ?? 0) + 1);
      return group;
    },
    turn() {
      for (const group of groups.values()) group.recent = running.get(group) ?? 0;
      running.clear();
    },
    list: () => [...groups.values()].sort((one, other) => other.count - one.count),
    get further() {
      return further;
    },
    get total() {
      return total;
    },
  };
}

export function placeOf({ device, namespace }: Pick<DropGroup, 'device' | 'namespace'>): string {
  return device === null ? '-' : placeName(device, namespace);
}

/**
 * A row a group: how many, in the last second or a second on average, why, where; under each what that means.
 *
 * @param rateOf a group's drops a second
 * @param width columns
 * @param most rows
 */
export function groupRows(
  groups: readonly DropGroup[],
  rateOf: (group: DropGroup) => number,
  width: number,
  most: number,
): string[] {
  const shown = groups.slice(0, most);
  const cells = shown.map((group) => [
    String(group.count),
    rateOf(group).toFixed(1),
    group.reason,
    group.location,
    placeOf(group),
  ]);
  const head = ['drops', 'per s', 'reason', 'function', 'device'];
  const widths = head.map((word, at) =>
    Math.max(word.length, ...cells.map((row) => (row[at] as string).length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at < 2 ? cell.padStart(widths[at] as number) : cell.padEnd(widths[at] as number)))
      .join('  ')
      .trimEnd();
  const rows = [line(head)];
  for (const [i, { reason, location }] of shown.entries()) {
    rows.push(line(cells[i] as string[]));
    const meaning = dropMeaning(reason, location);
    if (meaning !== undefined) rows.push(...wrap(`  ${meaning.fact}: ${meaning.advice}`, width, 2));
  }
  if (groups.length > most) rows.push(`and ${groups.length - most} more`);
  return rows;
}
