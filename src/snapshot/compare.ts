/** A capture held against a snapshot: which packets and which of their fields are others. */
import { printable } from '../capture/printable.ts';
import { align } from './align.ts';
import { parseLayers, type SnapshotLayer, type SnapshotPacket } from './snapshot-file.ts';
import { FRAME_LAYER, ISSUE_LAYER, MASKED } from './snapshot-printer.ts';

export interface SnapshotComparison {
  /** The capture's next packet. Answers false once enough is known: more need not be shown. */
  packet(packet: SnapshotPacket): boolean;
  /** There are no more. */
  end(): SnapshotDifferences;
}

export interface SnapshotDifferences {
  /** One line each; empty where all is the same. */
  readonly lines: readonly string[];
  /** Packets that are in both and not the same. */
  readonly changed: number;
  /** Packets that only the snapshot has, and that only the capture has. */
  readonly missing: number;
  readonly more: number;
  /** Whether the comparison ended before the packets did, as there was enough to tell. */
  readonly isCut: boolean;
}

/** How many packets that differ are told; the comparison ends then. */
const MOST_DIFFERENT = 100;
/** Packets of each side that are laid side by side: what was put in or left out is recognised up to about half of that. */
const WINDOW = 128;
/** Characters of a value that are shown, and of those before where two begin to differ. */
const SHOWN = 48;
const BEFORE = 8;

interface Kept extends SnapshotPacket {
  layers?: readonly SnapshotLayer[];
}

/**
 * Packets that are the same one after the other are passed by and not kept; from the first that differs on, a window of both
 * sides is laid side by side.
 *
 * @param expected the snapshot's packets
 */
export function createSnapshotComparison(expected: Iterator<SnapshotPacket, undefined>): SnapshotComparison {
  let left: Kept[] = [];
  let right: Kept[] = [];
  const lines: string[] = [];
  let changed = 0;
  let missing = 0;
  let more = 0;
  const isFull = () => changed + missing + more >= MOST_DIFFERENT;

  const pull = (): Kept | undefined => left.shift() ?? expected.next().value;

  function fill(): void {
    while (left.length < WINDOW) {
      const { value } = expected.next();
      if (value === undefined) return;
      left.push(value);
    }
  }

  function tell(before: Kept | undefined, now: Kept | undefined): void {
    if (isFull()) return;
    if (before === undefined) {
      more++;
      const one = now as Kept;
      lines.push(`packet ${one.number} is one more: ${namesText(layersOf(one))}`);
    } else if (now === undefined) {
      missing++;
      lines.push(`packet ${before.number} is missing: ${namesText(layersOf(before))}`);
    } else {
      const found = differences(before, now);
      if (found.length === 0) return;
      changed++;
      const place =
        before.number === now.number ? `packet ${now.number}` : `packet ${before.number} (now ${now.number})`;
      for (const text of found) lines.push(`${place}: ${text}`);
    }
  }

  /** @param isEnd whether all of the capture's packets are here */
  function settle(isEnd: boolean): void {
    fill();
    const pairs = align(left, right.slice(0, WINDOW), packetCost, weight);
    let used = 0;
    let leftUsed = 0;
    for (const pair of pairs) {
      // What stands near the window's end may find its like behind it.
      if (!isEnd && (used >= WINDOW / 2 || leftUsed >= WINDOW / 2)) break;
      if (pair.right !== undefined) used++;
      if (pair.left !== undefined) leftUsed++;
      tell(pair.left, pair.right);
    }
    left = left.slice(leftUsed);
    right = right.slice(used);
    while (left[0] !== undefined && left[0].body === right[0]?.body) {
      left.shift();
      right.shift();
    }
  }

  return {
    packet(packet) {
      if (isFull()) return false;
      if (right.length === 0) {
        const before = pull();
        if (before !== undefined) {
          if (packetCost(before, packet) === 0) return true;
          left.unshift(before);
        }
      }
      right.push(packet);
      if (right.length >= WINDOW) settle(false);
      return !isFull();
    },
    end() {
      for (fill(); !isFull() && (left.length > 0 || right.length > 0); fill()) {
        settle(right.length <= WINDOW && left.length < WINDOW);
      }
      return { lines, changed, missing, more, isCut: isFull() };
    },
  };
}

function layersOf(packet: Kept): readonly SnapshotLayer[] {
  packet.layers ??= parseLayers(packet.body);
  return packet.layers;
}

/** What counts of a layer: its fields, and that it is there. */
function layerWeight({ fields }: SnapshotLayer): number {
  return fields.size + 1;
}

/** Two packets stand beside each other where that costs less than both alone: about half of them is the same. */
function weight(packet: Kept): number {
  return layersOf(packet).reduce((sum, layer) => sum + layerWeight(layer), 0) / 2;
}

function packetCost(before: Kept, now: Kept): number {
  if (before.body === now.body) return 0;
  let cost = 0;
  for (const { left, right } of alignLayers(layersOf(before), layersOf(now))) {
    if (left !== undefined && right !== undefined) cost += layerCost(left, right);
    else cost += layerWeight((left ?? right) as SnapshotLayer);
  }
  return cost;
}

function alignLayers(before: readonly SnapshotLayer[], now: readonly SnapshotLayer[]) {
  const isSame = before.length === now.length && before.every(({ name }, i) => name === now[i]?.name);
  if (isSame) return before.map((left, i) => ({ left, right: now[i] }));
  return align(
    before,
    now,
    (a, b) => (a.name === b.name ? layerCost(a, b) : Number.POSITIVE_INFINITY),
    layerWeight,
  );
}

function layerCost(before: SnapshotLayer, now: SnapshotLayer): number {
  let cost = before.level === now.level ? 0 : 1;
  for (const [key, value] of before.fields) if (!isEqual(value, now.fields.get(key))) cost++;
  for (const key of now.fields.keys()) if (!before.fields.has(key)) cost++;
  return cost;
}

function isEqual(before: string | undefined, now: string | undefined): boolean {
  if (before === undefined || now === undefined) return false;
  return before === now || before === MASKED || now === MASKED;
}

function differences(before: Kept, now: Kept): string[] {
  const found: string[] = [];
  const names = { before: createNamer(), now: createNamer() };
  for (const { left, right } of alignLayers(layersOf(before), layersOf(now))) {
    const leftName = left === undefined ? '' : names.before(left.name);
    const rightName = right === undefined ? '' : names.now(right.name);
    if (left === undefined) found.push(`${rightName} is one more${detail(right as SnapshotLayer)}`);
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
