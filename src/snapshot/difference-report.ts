/** What differs between a snapshot and a capture, in words. */
import { printable } from '../text/printable.ts';
import { alignLayers, type ComparedPacket, isEqual, layersOf } from './packet-cost.ts';
import type { SnapshotLayer } from './snapshot-file.ts';
import { FRAME_LAYER, ISSUE_LAYER } from './snapshot-printer.ts';

export interface SnapshotDifferences {
  /** One line each; empty if all is the same. */
  readonly lines: readonly string[];
  /** Packets that are in both and not the same. */
  readonly changed: number;
  /** Packets that only the snapshot has, and that only the capture has. */
  readonly missing: number;
  readonly more: number;
  /** Whether the comparison ended before the packets did, as there was enough to tell. */
  readonly isCut: boolean;
}

export interface DifferenceReport {
  /** Two packets that belong together, or one that stands alone. */
  tell(before: ComparedPacket | undefined, now: ComparedPacket | undefined): void;
  /** A packet of both sides is the same. */
  same(): void;
  /** Whether enough is told. */
  isFull(): boolean;
  end(isCut: boolean): SnapshotDifferences;
}

/** How many differences are told. */
const MOST_DIFFERENT = 100;
/** Packets that are missing one after the other, or more, are told one by one up to so many; what is longer is one difference. */
const LONGEST_TOLD = 8;
/** Characters of a value that are shown, and of those before where two begin to differ. */
const SHOWN = 48;
const BEFORE = 8;

/** Packets one after the other that only one side has. */
interface Group {
  first: ComparedPacket | undefined;
  last: ComparedPacket | undefined;
  size: number;
  readonly lines: string[];
}

const createGroup = (): Group => ({ first: undefined, last: undefined, size: 0, lines: [] });

export function createDifferenceReport(): DifferenceReport {
  const lines: string[] = [];
  const counts = { changed: 0, missing: 0, more: 0 };
  let groups = { missing: createGroup(), more: createGroup() };
  let told = 0;

  function gather(kind: 'missing' | 'more', packet: ComparedPacket): void {
    const group = groups[kind];
    counts[kind]++;
    group.size++;
    group.first ??= packet;
    group.last = packet;
    if (group.size > LONGEST_TOLD) return;
    const what = kind === 'missing' ? 'is missing' : 'is extra';
    group.lines.push(`packet ${packet.number} ${what}: ${namesText(layersOf(packet))}`);
  }

  function closeGroups(): void {
    for (const kind of ['missing', 'more'] as const) {
      const { first, last, size, lines: own } = groups[kind];
      if (first === undefined) continue;
      if (size > LONGEST_TOLD) {
        lines.push(`packets ${first.number} to ${last?.number} are ${kind}: ${size} of them`);
        told++;
      } else {
        lines.push(...own);
        told += size;
      }
    }
    groups = { missing: createGroup(), more: createGroup() };
  }

  return {
    tell(before, now) {
      if (before === undefined || now === undefined) {
        if (before !== undefined) gather('missing', before);
        if (now !== undefined) gather('more', now);
        return;
      }
      closeGroups();
      const found = differences(before, now);
      if (found.length === 0) return;
      counts.changed++;
      told++;
      const place =
        before.number === now.number ? `packet ${now.number}` : `packet ${before.number} (now ${now.number})`;
      for (const text of found) lines.push(`${place}: ${text}`);
    },
    same: closeGroups,
    isFull: () => told >= MOST_DIFFERENT,
    end(isCut) {
      closeGroups();
      return { lines, ...counts, isCut };
    },
  };
}

function differences(before: ComparedPacket, now: ComparedPacket): string[] {
  const found: string[] = [];
  const names = { before: createNamer(), now: createNamer() };
  for (const { left, right } of alignLayers(layersOf(before), layersOf(now))) {
    const leftName = left === undefined ? '' : names.before(left.name);
    const rightName = right === undefined ? '' : names.now(right.name);
    if (left === undefined) found.push(`${rightName} is extra${detail(right as SnapshotLayer)}`);
    else if (right === undefined) found.push(`${leftName} is missing${detail(left)}`);
    else found.push(...fieldDifferences(leftName, left, right));
  }
  return found;
}

function fieldDifferences(name: string, before: SnapshotLayer, now: SnapshotLayer): string[] {
  const found: string[] = [];
  if (before.level !== now.level) found.push(`${name} on level ${before.level} → ${now.level}`);
  for (const [key, value] of before.fields) {
    const other = now.fields.get(key);
    if (other === undefined) found.push(`${name}.${key} ${shorten(value, '')[0]} → absent`);
    else if (!isEqual(value, other)) found.push(`${name}.${key} ${shorten(value, other).join(' → ')}`);
  }
  for (const [key, value] of now.fields) {
    if (!before.fields.has(key)) found.push(`${name}.${key} absent → ${shorten(value, '')[0]}`);
  }
  return found;
}

/** Names layers as display filters do: `ip`, and `ip#2` for the second one. */
function createNamer(): (name: string) => string {
  const counts = new Map<string, number>();
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name}#${count}`;
  };
}

/** What a layer that the other side has not got is about, where its name does not tell. */
function detail({ name, fields }: SnapshotLayer): string {
  return name === ISSUE_LAYER ? `: ${shorten(`${fields.get('code')} ${fields.get('message')}`, '')[0]}` : '';
}

function namesText(layers: readonly SnapshotLayer[]): string {
  return layers
    .map(({ name }) => name)
    .filter((name) => name !== FRAME_LAYER)
    .join(' ');
}

/** Long values from shortly before where they begin to differ. Nothing in them may move a cursor. */
function shorten(a: string, b: string): [string, string] {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const from = Math.max(a.length, b.length) > SHOWN ? Math.max(0, same - BEFORE) : 0;
  const part = (text: string): string => {
    const shown = printable(text.slice(from, from + SHOWN));
    return `${from > 0 ? '…' : ''}${shown}${text.length > from + SHOWN ? '…' : ''}`;
  };
  return [part(a), part(b)];
}
