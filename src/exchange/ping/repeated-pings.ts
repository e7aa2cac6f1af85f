/**
 * Pings that look like an earlier one. A run's packets differ in few bytes: identifications and header checksums of IPv4, the echo's
 * checksum, identifier, sequence number and data. What a packet is follows from the others, which are compared with those of a packet that
 * was decoded: so it needs no decoding, and the checksums are proven by less.
 *
 * - An IPv4 header is right where its identification and checksum add up to what they did before, in ones' complement.
 * - The echo's message is summed as ever.
 * - What lies around these, as UDP and its checksum, is right where it is the same: what is right by itself adds nothing to a sum.
 *
 * Nothing here knows any tunnel, and what is no repetition, for whatever reason, is decoded. This file says when packets are compared,
 * ping-comparison.ts with what, and repeated-pings.wat does it.
 */
import type { LayerStack } from '../../decode/layer-stack.ts';
import type { PacketBatch } from '../../packet/source.ts';
import { CONTROL, type ComparedChunks, SLOT, type Slot, slotOf } from './compared-chunks.ts';
import { RESULT } from './comparison-code.ts';
import { type Comparison, createComparison, type Look, MOST_LOOKS, REPEATED } from './ping-comparison.ts';

/** So many packets are decoded before any is compared: a short capture has no use for it. */
const DECODED_FIRST = 512;
/** Of the first packets few are compared at once, as the next ones may repeat them; then more and more. */
const FIRST_PACKETS = 32;
const MOST_PACKETS = 1024;
/**
 * Where fewer than one in so many packets is a repetition, or the first of what may be repeated, none is looked for among the next ones: so
 * many, and twice as many each time. What there is no room for is forgotten.
 */
const WORTH = 4;
const [SHORTEST_PAUSE, LONGEST_PAUSE] = [256, 16_384];
/**
 * Until it is likely that pings are repeated, one in so many is remembered, few in all: where there are more paths than there is room for,
 * remembering all would be in vain. The few lie as far apart as there is room for looks, and the number is odd, as requests and replies alternate.
 */
const SAMPLE = 15;
const FEW_LOOKS = 256;
/** It is likely where one in so many is a repetition, and a few more, as a few packets prove little. */
const LIKELY = 32;
const MORE_PROOF = 96;
/** So many packets that are not compared are handed out at a time. */
const UNCOMPARED = 256;

/** Of a slot's packets: one in so many may have been compared before what it repeats was known. */
const FEW_MISSED = 16;

export interface RepeatedPings {
  /**
   * Fills the results of packets from `from` on, up to `count` at most.
   *
   * @returns behind the last of them
   */
  scan(batch: PacketBatch, from: number, count: number): number;
  /** Of those packets, as {@link RESULT} says. */
  readonly results: Int32Array;
  /** What is repeated, as {@link REPEATED} says, by its number less one. */
  readonly known: Int32Array;
  /**
   * Remembers a packet that was decoded: a ping of which nothing is to be said, its checksums proven.
   *
   * @param echo the layer of the echo
   * @param look as the matcher has found it
   */
  learn(view: DataView, stack: LayerStack, echo: number, interfaceIndex: number, look: Look): void;
}

/**
 * Takes a packet that repeats another.
 *
 * @param index in its batch
 * @param known as a matcher's `repeat` takes it, and so are the others
 */
export type TakeRepetition = (
  index: number,
  known: Int32Array,
  look: number,
  results: Int32Array,
  at: number,
) => void;

/**
 * Takes a batch's first packets in order.
 *
 * @param take what repeats another
 * @param decode everything else
 */
export function takeEach(
  repeats: RepeatedPings,
  batch: PacketBatch,
  count: number,
  take: TakeRepetition,
  decode: (index: number) => void,
): void {
  const { STRIDE, LOOK } = RESULT;
  const { STRIDE: WORDS } = REPEATED;
  for (let from = 0; from < count; ) {
    const to = repeats.scan(batch, from, count);
    const { results, known } = repeats;
    for (let i = from; i < to; i++) {
      const at = (i - from) * STRIDE;
      const look = results[at + LOOK];
      if (look === 0) decode(i);
      else take(i, known, (look - 1) * WORDS, results, at);
    }
    from = to;
  }
}

/**
 * @param isEager each packet is compared with all before it, from the first one on: for tests of few packets
 * @param chunksOf what another thread compares, asked for with the first comparison
 */
export function createRepeatedPings(
  isEager = false,
  chunksOf: () => ComparedChunks | undefined = () => undefined,
): RepeatedPings {
  const nothing = new Int32Array(UNCOMPARED * RESULT.STRIDE);
  const nobody = new Int32Array(0);
  let comparison: Comparison | undefined;
  let chunks: ComparedChunks | undefined;
  let results: Int32Array = nothing;
  let uncompared = isEager ? 0 : DECODED_FIRST;
  let pause = SHORTEST_PAUSE;
  let most = isEager ? 1 : FIRST_PACKETS;

  function pass(from: number, count: number): number {
    const packets = Math.min(count - from, uncompared, UNCOMPARED);
    uncompared -= packets;
    results = nothing;
    return from + packets;
  }

  /** Of the packets that were compared last: how many, and how many of them are repetitions; and how many looks were known before. */
  let compared = 0;
  let found = 0;
  let knownBefore = 0;
  /** Of the pings that are none, which are sampled. */
  let strangers = 0;
  let foundSinceForgot = 0;
  let isLikely = isEager;

  /** Looks back at the packets compared last, whether more are worth it. */
  function weigh({ count: known, forget }: Comparison): void {
    foundSinceForgot += found;
    isLikely ||= found * LIKELY >= compared + MORE_PROOF;
    const more = (known - knownBefore) * (isLikely ? 1 : SAMPLE);
    const worth = found + (isLikely || known < FEW_LOOKS ? more : 0);
    if (worth * WORTH >= compared) {
      most = Math.min(most * 2, MOST_PACKETS);
      pause = SHORTEST_PAUSE;
    } else {
      most = FIRST_PACKETS;
      uncompared = pause;
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
    if (known < MOST_LOOKS) return;
    isLikely = foundSinceForgot >= MOST_LOOKS * WORTH;
    foundSinceForgot = 0;
    forget();
  }

  /** A slot was compared before, with what was known then; where that missed too many, it is compared again. */
  function scanSlot(
    known: Comparison,
    { control }: ComparedChunks,
    slot: Slot,
    from: number,
    count: number,
  ): number {
    const { header } = slot;
    const isCompared = header[SLOT.EPOCH] === control[CONTROL.EPOCH];
    Atomics.store(control, CONTROL.IS_PAUSED, uncompared > 0 ? 1 : 0);
    if (uncompared > 0 && !isCompared) return pass(from, count);
    uncompared = Math.max(0, uncompared - (count - from));
    knownBefore = known.count;
    const missed = header[SLOT.COUNT] - header[SLOT.FOUND];
    const isEnough = header[SLOT.KNOWN] === known.count || missed * FEW_MISSED <= header[SLOT.COUNT];
    const isWhole = from === 0 && isCompared && isEnough;
    compared = isWhole ? count : Math.min(count - from, most);
    found = isWhole ? header[SLOT.FOUND] : known.scanSlot(slot, from, compared);
    results = from === 0 ? slot.results : slot.results.subarray(from * RESULT.STRIDE);
    return from + compared;
  }

  return {
    get results() {
      return results;
    },
    get known() {
      return comparison?.known ?? nobody;
    },
    scan(batch, from, count) {
      if (compared > 0 && comparison !== undefined && !isEager) weigh(comparison);
      compared = 0;
      const slot = slotOf(batch);
      if (slot !== undefined && comparison !== undefined && chunks !== undefined)
        return scanSlot(comparison, chunks, slot, from, count);
      if (uncompared > 0) return pass(from, count);
      if (comparison === undefined) {
        chunks = chunksOf();
        comparison = createComparison(chunks);
      }
      if (comparison === undefined) {
        uncompared = Number.POSITIVE_INFINITY;
        return pass(from, count);
      }
      results = comparison.results;
      knownBefore = comparison.count;
      compared = comparison.scan(batch, from, Math.min(count - from, most));
      found = comparison.found;
      return from + compared;
    },
    learn(view, stack, echo, interfaceIndex, look) {
      if (comparison === undefined || results === nothing) return;
      if (isLikely || strangers++ % SAMPLE === 0) comparison.learn(view, stack, echo, interfaceIndex, look);
    },
  };
}
