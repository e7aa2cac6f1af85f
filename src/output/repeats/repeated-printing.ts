/**
 * Prints packets that repeat an earlier one but for a few numbers, without decoding them: an echo's identifier, sequence number and data,
 * IPv4's identification, the checksums that go with them, the packet's number and its time.
 *
 * How a packet's numbers appear in its text is learnt from the printer itself: a packet that was printed is changed, decoded and printed again, and where the texts
 * differ, one of its numbers must be there (text-holes.ts). What is learnt is proven with a third packet. All other bytes of a repetition
 * are those of the packet that was learnt, and its sums are right where that one's were: then it is decoded and printed
 * alike. Everything else goes the usual way.
 */
import type { Decoder } from '../../decode/decoder.ts';
import { LAYER_WORDS, LayerStack } from '../../decode/layer-stack.ts';
import type { CaptureInterface, PacketBatch } from '../../packet/source.ts';
import { ByteWriter } from '../byte-writer.ts';
import { type Carried, type PacketPrinter, PacketRecord } from '../printer.ts';
import { changeEcho, dataOf, type EchoNumbers, echoNumbers, freeFields } from './changed-echo.ts';
import { createKnownPackets, type KnownPackets } from './known-packets.ts';
import { findSteps, formsOf, type Sample } from './text-holes.ts';

/** Packets that are learnt in any case; beyond them, one for so many that were printed from what is known. */
const [LEARNT_FIRST, PRINTED_EACH] = [128, 16];
/**
 * Where fewer than one in so many of the packets that were looked at together is known, the next ones are printed without a look: at first as
 * many, and at most so many times that.
 */
const [FEW, LONGEST_PAUSE] = [4, 64];
/** What the changed packets have for their own: numbers of more digits than usual ones, or of fewer. */
const CHANGES = [
  { seed: 7001, number: 1_234_567, since: 98_765, nanoseconds: 123_456_000, delta: 1 },
  { seed: 3, number: 42, since: 7, nanoseconds: 8_000, delta: 2 },
] as const;
/** Nanoseconds added to a time that has more than microseconds. */
const ODD = 789;

type ChangedText = readonly [Sample, string | undefined];

export interface RepeatedPrinting {
  /** Packets printed without their printer, so far. */
  readonly printed: number;
  /** Another batch comes: what was begun of the last one is over. */
  begin(batch: PacketBatch): void;
  /**
   * Prints packets from `from` on, as long as they are known and the writer holds less than `limit` bytes.
   *
   * @param record stands at the packet before, and afterwards at the last one that was printed
   * @returns the next packet
   */
  print(out: ByteWriter, record: PacketRecord, from: number, to: number, limit?: number): number;
  /** The packet at hand was printed, from byte `start` of the writer on: others may be like it. */
  learn(out: ByteWriter, start: number, record: PacketRecord): void;
}

/** @returns undefined for a printer whose texts depend on more than a packet, and where there is no WebAssembly with vectors */
export function createRepeatedPrinting(
  { decode }: Decoder,
  printer: PacketPrinter,
  interfaces: readonly CaptureInterface[],
): RepeatedPrinting | undefined {
  const { carried } = printer;
  if (carried === undefined || printer.tracked !== undefined) return undefined;
  const known = createKnownPackets();
  return known && repeatedPrinting(decode, printer, carried, known, interfaces);
}

function repeatedPrinting(
  decode: Decoder['decode'],
  printer: PacketPrinter,
  carried: Carried,
  known: KnownPackets,
  interfaces: readonly CaptureInterface[],
): RepeatedPrinting {
  let batch: PacketBatch | undefined;
  /** The packets that are looked at together: the first one's place in the batch, that behind the last one, how many were printed. */
  let [runStart, runEnd, printedInRun] = [0, 0, 0];
  let [pause, runsToSkip] = [0, 0];
  let isLooking = false;
  let [learnt, printed] = [0, 0];
  /** What texts depend on besides. */
  let [changes, knownInterfaces] = [carried.changes, 0];
  const scratch = new ByteWriter();
  const stack = new LayerStack();
  const ofChanged = new PacketRecord(stack, interfaces);

  function beginRun(of: PacketBatch, from: number, to: number): void {
    if (isLooking && runEnd > runStart) {
      const isFew = printedInRun * FEW < runEnd - runStart;
      pause = isFew ? Math.min(pause * 2 + 1, LONGEST_PAUSE) : 0;
      runsToSkip = pause;
    }
    isLooking = runsToSkip === 0;
    runStart = from;
    runEnd = to;
    printedInRun = 0;
    if (isLooking) runEnd = from + Math.max(1, known.load(of, from, to - from, interfaces));
    else runsToSkip--;
  }

  /** Prints a packet with other numbers; undefined where it is decoded otherwise than the one at hand. */
  function printChanged(
    sample: Sample,
    delta: number,
    { batch: { interfaceIndex }, index, stack: like, firstSeconds, firstNanoseconds }: PacketRecord,
  ): string | undefined {
    const { view, number, seconds, nanoseconds } = sample;
    const length = view.byteLength;
    const one: PacketBatch = {
      bytes: new Uint8Array(view.buffer),
      view,
      count: 1,
      start: Int32Array.of(0),
      capturedLength: Int32Array.of(length),
      originalLength: Int32Array.of(length),
      seconds: Float64Array.of(seconds),
      nanoseconds: Int32Array.of(nanoseconds),
      interfaceIndex: Uint16Array.of(interfaceIndex[index]),
    };
    // The time since the packet before is another than any time that is known.
    ofChanged.position = {
      number: number - 1,
      seconds: seconds - delta,
      nanoseconds,
      firstSeconds,
      firstNanoseconds,
    };
    ofChanged.advance(one, 0);
    decode(view, 0, length, length, like.linkType, stack);
    if (stack.count !== like.count || stack.issueCount > 0 || stack.fragment >= 0) return undefined;
    for (let word = 0; word < stack.count * LAYER_WORDS; word++) {
      const moved = word % LAYER_WORDS === 0 ? 0 : like.packetStart;
      if (stack.words[word] !== like.words[word] - moved) return undefined;
    }
    scratch.clear();
    printer.packet(scratch, ofChanged);
    return scratch.toString();
  }

  function learnEcho(text: string, record: PacketRecord, echo: EchoNumbers): void {
    const { batch: of, index, number, seconds, nanoseconds, firstSeconds, firstNanoseconds } = record;
    const start = of.start[index];
    const sample = of.bytes.slice(start, start + of.capturedLength[index]);
    const interfaceIndex = of.interfaceIndex[index];
    if (known.has(sample, interfaceIndex)) return;
    const packet: Sample = { view: new DataView(sample.buffer), number, seconds, nanoseconds };
    const [changed, proof] = CHANGES.map(({ seed, number, since, nanoseconds: fraction, delta }) => {
      const bytes = sample.slice();
      changeEcho(bytes, echo, seed);
      const one: Sample = {
        view: new DataView(bytes.buffer),
        number,
        seconds: firstSeconds + since,
        nanoseconds: fraction + (nanoseconds % 1000 === 0 ? 0 : ODD),
      };
      return [one, printChanged(one, delta, record)] as const;
    }) as [ChangedText, ChangedText];
    if (changed[1] === undefined || proof[1] === undefined || carried.changes !== changes) return;
    const first: Sample = { ...packet, seconds: firstSeconds, nanoseconds: firstNanoseconds };
    const forms = formsOf(freeFields(echo), dataOf(echo));
    const steps = findSteps(forms, [packet, text], [changed[0], changed[1]], first);
    if (steps !== undefined) known.learn(sample, interfaceIndex, echo, steps, [proof[0], proof[1]]);
  }

  return {
    get printed() {
      return printed;
    },

    begin(next) {
      batch = next;
      // Live ones have flags, each its own.
      isLooking = next.packetFlags === undefined;
      runStart = runEnd = 0;
    },

    print(out, record, first, to, limit = known.room) {
      let from = first;
      while (from < to && batch !== undefined && record.number > 0) {
        if (from >= runEnd) beginRun(batch, from, to);
        if (!isLooking) return from;
        if (carried.changes !== changes || interfaces.length !== knownInterfaces) {
          known.forget();
          [changes, knownInterfaces] = [carried.changes, interfaces.length];
        }
        if (!out.writeTo(known.text)) return from;
        known.setFirst(record.firstSeconds, record.firstNanoseconds);
        const next =
          runStart +
          known.print(from - runStart, Math.min(to, runEnd) - runStart, record.number + 1, out.length, limit);
        if (next > from) {
          out.length = known.end;
          record.skip(batch, next - 1, next - from);
          printedInRun += next - from;
          printed += next - from;
        }
        from = next;
        if (from < runEnd || out.length >= limit) return from;
      }
      return from;
    },

    learn(out, start, record) {
      if (!isLooking || learnt > LEARNT_FIRST + printed / PRINTED_EACH) return;
      // Names of addresses may change between packets; and a reassembled packet is not in the batch's memory.
      if (record.names !== undefined || record.view !== record.batch.view) return;
      const echo = echoNumbers(record.view, record.stack);
      if (echo === undefined) return;
      learnt++;
      learnEcho(out.toString(start), record, echo);
    },
  };
}
