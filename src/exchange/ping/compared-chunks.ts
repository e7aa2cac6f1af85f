/**
 * Chunks of a file whose packets one thread has read and compared, for another that takes them: slots of a ring in memory that both share,
 * behind what is known of the packets. The reading thread fills a free slot, and the other one frees it.
 *
 * Packets are compared with what was known at that moment. What the other thread learns meanwhile may be found a few slots later: more
 * packets are decoded then, and nothing else changes.
 */
import type { PacketBatch } from '../../packet/source.ts';
import {
  COMPARING_PAGES,
  type ComparingCode,
  type ComparingMemory,
  createComparingMemory,
  PAGE,
  RESULT,
} from './comparison-code.ts';

/** So many that the reading thread may look for a free one once in a while, and need not be woken. */
export const SLOTS = 8;
/** Bytes that are read at a time, and room in front for what is left of the last ones. */
export const SLOT_CHUNK = 1 << 18;
export const SLOT_HEADROOM = 262_144 + 256;
/** In one slot. */
const MOST_PACKETS = 16_384;

/** Words of {@link ComparedChunks.control}. */
export const CONTROL = {
  /** Packets that were taken without the reading thread; final once it is told so. */
  TAKEN: 0,
  IS_FINAL: 1,
  /** The reading thread has come so far. */
  HAS_CAUGHT_UP: 2,
  /** The number of the slot with the first packets behind those, plus one; 0 before. */
  FIRST: 3,
  /** How many looks are known, and how often all were forgotten. */
  KNOWN: 4,
  EPOCH: 5,
  /** Comparing is not worth it at present. */
  IS_PAUSED: 6,
} as const;

/** Words of a {@link Slot.header}. */
export const SLOT = {
  STATE: 0,
  COUNT: 1,
  /** What the control words were when its packets were compared; the epoch is -1 where they were not. */
  KNOWN: 2,
  EPOCH: 3,
  /** How many of its packets are repetitions. */
  FOUND: 4,
  /** How many messages the reading thread has sent before it. */
  NEWS: 5,
} as const;

/** States of a slot. In the last one the file has ended; where it failed, the reading thread could not go on. */
export const STATE = { FREE: 0, FILLED: 1, LAST: 2, FAILED: 3 } as const;

export interface Slot {
  readonly header: Int32Array;
  /** One: how much of the file is read, from 0 to 1. */
  readonly share: Float64Array;
  readonly batch: Omit<PacketBatch, 'count'>;
  /** As {@link RESULT} says. */
  readonly results: Int32Array;
  /** Compares its packets from `from` on. @returns how many of them are repetitions */
  compare(code: ComparingCode, from: number, count: number): number;
}

export interface ComparedChunks {
  readonly memory: ComparingMemory;
  readonly control: Int32Array;
  readonly slots: readonly Slot[];
}

/** A batch in a slot. */
export interface ComparedBatch extends PacketBatch {
  readonly slot: Slot;
}

export const slotOf = (batch: PacketBatch): Slot | undefined => (batch as Partial<ComparedBatch>).slot;

const HEADER = 64;
const CONTROL_AT = COMPARING_PAGES * PAGE;
const SLOTS_AT = CONTROL_AT + HEADER;
/** The last vector of a packet reaches beyond its end. */
const SLOT_BYTES = SLOT_HEADROOM + SLOT_CHUNK + 64;
/** Between the lists, so that what they have of one packet does not fall together in the processor's cache. */
const APART = 192;
const SLOT_SIZE = HEADER + MOST_PACKETS * (5 * 4 + 8 + RESULT.STRIDE * 4) + 7 * APART + SLOT_BYTES;

/** @returns undefined where memory can't be shared */
export function createComparedChunks(): ComparedChunks | undefined {
  const memory = createComparingMemory(Math.ceil((SLOTS_AT + SLOTS * SLOT_SIZE) / PAGE), true);
  return memory === undefined ? undefined : comparedChunks(memory);
}

/** What lies in such a memory. */
export function comparedChunks(memory: ComparingMemory): ComparedChunks {
  const { buffer } = memory;
  return {
    memory,
    control: new Int32Array(buffer, CONTROL_AT, HEADER / 4),
    slots: Array.from({ length: SLOTS }, (_, number) => slotAt(buffer, SLOTS_AT + number * SLOT_SIZE)),
  };
}

function slotAt(buffer: ArrayBufferLike, at: number): Slot {
  let next = at + HEADER;
  const take = (bytes: number) => {
    const start = next;
    next += MOST_PACKETS * bytes + APART;
    return start;
  };
  const [seconds, starts, captured, original] = [take(8), take(4), take(4), take(4)];
  const [nanoseconds, interfaces, results, bytes] = [take(4), take(4), take(RESULT.STRIDE * 4), next];
  const { STRIDE } = RESULT;
  return {
    header: new Int32Array(buffer, at, HEADER / 4),
    share: new Float64Array(buffer, at + HEADER / 2, 1),
    batch: {
      bytes: new Uint8Array(buffer, bytes, SLOT_BYTES),
      view: new DataView(buffer, bytes, SLOT_BYTES),
      start: new Int32Array(buffer, starts, MOST_PACKETS),
      capturedLength: new Int32Array(buffer, captured, MOST_PACKETS),
      originalLength: new Int32Array(buffer, original, MOST_PACKETS),
      seconds: new Float64Array(buffer, seconds, MOST_PACKETS),
      nanoseconds: new Int32Array(buffer, nanoseconds, MOST_PACKETS),
      interfaceIndex: new Uint16Array(buffer, interfaces, MOST_PACKETS),
    },
    results: new Int32Array(buffer, results, MOST_PACKETS * STRIDE),
    compare: ({ scan }, from, count) =>
      scan(
        starts + from * 4,
        captured + from * 4,
        original + from * 4,
        interfaces + from * 2,
        results + from * STRIDE * 4,
        bytes,
        count,
      ),
  };
}
