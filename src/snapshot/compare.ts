/** A capture held against a snapshot: which packets and which of their fields are others. */
import diffModule from '@jest/diff-sequences';
import { align } from './align.ts';
import { createDifferenceReport, type SnapshotDifferences } from './difference-report.ts';
import type { Mask } from './mask.ts';
import { type ComparedPacket, packetCost, weight } from './packet-cost.ts';
import { maskBody, type SnapshotPacket } from './snapshot-file.ts';

export type { SnapshotDifferences } from './difference-report.ts';

export interface SnapshotComparison {
  /** The capture's next packet. Answers false once enough is known: more need not be shown. */
  packet(packet: SnapshotPacket): boolean;
  /** There are no more. */
  end(): SnapshotDifferences;
}

// Its types say that the module has the function; what is imported is the function.
const diffSequences = diffModule as unknown as typeof diffModule.default;

/** Packets of each side that are kept from the first that differs on: what was put in or left out is recognised up to so many. */
const WINDOW = 8192;
/** Packets of each side between two that are the same, that are laid side by side field by field. */
const PIECE = 128;
/** Pairs of packets that are compared so: captures that have nothing in common would never come to an end. */
const MOST_PAIRS = 32 * PIECE * PIECE;

/**
 * Packets that are the same one after the other are passed by and not kept. From the first that differs on, a window of both sides is
 * kept: its longest common subsequence of packets is what stayed, and only what stands between is compared by fields.
 *
 * @param expected the snapshot's packets
 * @param mask what the capture's packets leave open, where that is more than the snapshot does
 */
export function createSnapshotComparison(
  expected: Iterator<SnapshotPacket, undefined>,
  mask?: Mask,
): SnapshotComparison {
  let left: ComparedPacket[] = [];
  let right: ComparedPacket[] = [];
  const report = createDifferenceReport();
  let compared = 0;
  const isEnough = () => report.isFull() || compared >= MOST_PAIRS;

  function nextExpected(): ComparedPacket | undefined {
    const { value } = expected.next();
    if (value === undefined || mask === undefined) return value;
    return { number: value.number, body: maskBody(value.body, mask) };
  }

  const pull = (): ComparedPacket | undefined => left.shift() ?? nextExpected();

  function fill(): void {
    while (left.length < WINDOW) {
      const one = nextExpected();
      if (one === undefined) return;
      left.push(one);
    }
  }

  /** @param isEnd whether all of the capture's packets are here */
  function settle(isEnd: boolean): void {
    fill();
    const there = right.length > WINDOW ? right.slice(0, WINDOW) : right;
    const common = commonPackets(left, there);
    let [i, j] = [0, 0];
    for (const both of common) {
      tellBetween(left.slice(i, both.left), there.slice(j, both.right));
      report.same();
      i = both.left + 1;
      j = both.right + 1;
    }
    if (isEnd || common.length === 0) {
      // Without anything in common, what stands near the window's end may find its like behind it.
      const most = isEnd ? WINDOW : WINDOW / 2;
      tellBetween(left.slice(i, i + most), there.slice(j, j + most));
      i += most;
      j += most;
    }
    left = left.slice(i);
    right = right.slice(j);
  }

  function tellBetween(before: readonly ComparedPacket[], now: readonly ComparedPacket[]): void {
    let [i, j] = [0, 0];
    while ((i < before.length || j < now.length) && !isEnough()) {
      const isLast = before.length - i <= PIECE && now.length - j <= PIECE;
      const ends = { left: i + PIECE / 2, right: j + PIECE / 2 };
      const piece = { left: before.slice(i, i + PIECE), right: now.slice(j, j + PIECE) };
      compared += piece.left.length * piece.right.length;
      for (const pair of align(piece.left, piece.right, packetCost, weight)) {
        // What stands near a piece's end may find its like behind it.
        if (report.isFull() || (!isLast && (i >= ends.left || j >= ends.right))) break;
        if (pair.left !== undefined) i++;
        if (pair.right !== undefined) j++;
        report.tell(pair.left, pair.right);
      }
    }
  }

  return {
    packet(packet) {
      if (isEnough()) return false;
      if (right.length === 0) {
        const before = pull();
        if (before !== undefined) {
          if (packetCost(before, packet) === 0) {
            report.same();
            return true;
          }
          left.unshift(before);
        }
      }
      right.push(packet);
      if (right.length >= WINDOW) settle(false);
      return !isEnough();
    },
    end() {
      for (fill(); !isEnough() && (left.length > 0 || right.length > 0); fill()) {
        settle(right.length <= WINDOW && left.length < WINDOW);
      }
      return report.end(isEnough());
    },
  };
}

/** Where both sides have the same packet, so that as many as can be are told, in their order. */
interface CommonPacket {
  readonly left: number;
  readonly right: number;
}

function commonPackets(left: readonly ComparedPacket[], right: readonly ComparedPacket[]): CommonPacket[] {
  const numbers = new Map<string, number>();
  for (const { body } of left) if (!numbers.has(body)) numbers.set(body, numbers.size);
  // Packets that only one side has can't be among them, and would cost the most.
  const rights = numbered(right, ({ body }) => numbers.get(body));
  const there = new Set(rights.map(([, number]) => number));
  const lefts = numbered(left, ({ body }) => {
    const number = numbers.get(body) as number;
    return there.has(number) ? number : undefined;
  });
  const common: CommonPacket[] = [];
  diffSequences(
    lefts.length,
    rights.length,
    (i, j) => lefts[i]?.[1] === rights[j]?.[1],
    (count, i, j) => {
      for (let k = 0; k < count; k++) {
        common.push({ left: lefts[i + k]?.[0] as number, right: rights[j + k]?.[0] as number });
      }
    },
  );
  return common;
}

/** Places in a list and the number of what stands there, where it has one. */
function numbered<T>(list: readonly T[], numberOf: (one: T) => number | undefined): [number, number][] {
  const found: [number, number][] = [];
  for (const [index, one] of list.entries()) {
    const number = numberOf(one);
    if (number !== undefined) found.push([index, number]);
  }
  return found;
}
