import type { LayerStack } from '../decode/layer-stack.ts';
import type { Reassembler } from '../decode/reassembly.ts';
import type { AddressNames } from '../packet/address-names.ts';
import type { CaptureInterface, PacketBatch } from '../packet/source.ts';
import { type TrackedField, Tracking } from '../tracking/tracking.ts';
import type { ByteWriter } from './byte-writer.ts';

/**
 * What prints packets: line, JSON, fields, tree. Called for packet after packet, it appends to the writer; whoever
 * drives it takes the bytes out in big pieces. It keeps no packet, and allocates nothing for one.
 */
export interface PacketPrinter {
  /** What stands before the first packet. */
  begin(out: ByteWriter): void;
  /** One packet, decoded into `record.stack`. */
  packet(out: ByteWriter, record: PacketRecord): void;
  /** What stands behind the last packet. */
  end(out: ByteWriter): void;
  /** The fields that other packets tell of one; {@link Tracking.observe} is shown every packet that is read, where there are any. */
  readonly tracked?: readonly TrackedField[];
  /** What earlier packets left that later ones are printed by; undefined where that is more than numbers. */
  readonly carried?: Carried;
}

/**
 * A printer's memory as numbers: another printer of the same kind that is given them goes on where this one stands.
 */
export interface Carried {
  get(): readonly number[];
  set(numbers: readonly number[]): void;
  /** How often the numbers have become others. */
  readonly changes: number;
}

/** That of a printer without a memory. */
export const NOTHING_CARRIED: Carried = { get: () => [], set() {}, changes: 0 };

/** Where a {@link PacketRecord} stands among the packets: how many came, when the last one did, and the first. */
export interface RecordPosition {
  readonly number: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly firstSeconds: number;
  readonly firstNanoseconds: number;
}

const NO_ARRAY = new Int32Array(0);
const NO_BATCH: PacketBatch = {
  bytes: new Uint8Array(0),
  view: new DataView(new ArrayBuffer(0)),
  count: 0,
  start: NO_ARRAY,
  capturedLength: NO_ARRAY,
  originalLength: NO_ARRAY,
  seconds: new Float64Array(0),
  nanoseconds: NO_ARRAY,
  interfaceIndex: new Uint16Array(0),
};

/**
 * The packet that is printed, and where it stands among the others: one object for a whole capture. Decode the packet into
 * `stack`, call {@link advance} for each packet that is read, printed or not, then the printer.
 *
 * ```ts
 * const record = new PacketRecord(stack, source.interfaces);
 * record.advance(batch, i);
 * decode(batch.view, batch.start[i], batch.capturedLength[i], batch.originalLength[i], linkType, stack);
 * if (stack.fragment >= 0) record.reassemble(reassembler);
 * printer.packet(out, record);
 * ```
 */
export class PacketRecord {
  readonly stack: LayerStack;
  readonly interfaces: readonly CaptureInterface[];
  /** What other packets tell of this one, for those that ask. */
  readonly tracking: Tracking;
  /** Whose addresses are, to be shown too. */
  names: AddressNames | undefined;
  batch: PacketBatch = NO_BATCH;
  /** Where the packet's bytes and layers are: the batch's own, or where fragments were put together. */
  view: DataView = NO_BATCH.view;
  /** The packet's place in the batch. */
  index = 0;
  /** Packets in the same TCP segment behind the one that `stack` shows. */
  others = 0;
  /** 1 for the capture's first packet. */
  number = 0;
  /** The packet's time, the first packet's and the one's before: seconds since 1970 and nanoseconds beside them. */
  seconds = 0;
  nanoseconds = 0;
  firstSeconds = 0;
  firstNanoseconds = 0;
  previousSeconds = 0;
  previousNanoseconds = 0;
  /** The time of the last packet that a filter let pass, where it asks for that; the first packet's before any did. */
  displayedSeconds = Number.NaN;
  displayedNanoseconds = 0;
  #reassembler: Reassembler | undefined;

  /**
   * @param interfaces the source's own list, which grows while packets are read
   * @param tracking of a first pass over the same capture, where there was one
   */
  constructor(stack: LayerStack, interfaces: readonly CaptureInterface[], tracking = new Tracking()) {
    this.stack = stack;
    this.interfaces = interfaces;
    this.tracking = tracking;
  }

  /** Moves on to the next packet, `index` of `batch`. */
  advance(batch: PacketBatch, index: number): void {
    const seconds = batch.seconds[index];
    const nanoseconds = batch.nanoseconds[index];
    this.batch = batch;
    this.view = batch.view;
    this.index = index;
    this.others = 0;
    if (this.number++ === 0) {
      this.firstSeconds = this.previousSeconds = seconds;
      this.firstNanoseconds = this.previousNanoseconds = nanoseconds;
    } else {
      this.previousSeconds = this.seconds;
      this.previousNanoseconds = this.nanoseconds;
    }
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }

  /** Moves on by `count` packets of which nobody asks anything, the last of them `index` of `batch`. */
  skip({ seconds, nanoseconds }: PacketBatch, index: number, count: number): void {
    this.number += count;
    this.seconds = seconds[index];
    this.nanoseconds = nanoseconds[index];
  }

  get position(): RecordPosition {
    const { number, seconds, nanoseconds, firstSeconds, firstNanoseconds } = this;
    return { number, seconds, nanoseconds, firstSeconds, firstNanoseconds };
  }

  set position({ number, seconds, nanoseconds, firstSeconds, firstNanoseconds }: RecordPosition) {
    this.number = number;
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    this.firstSeconds = firstSeconds;
    this.firstNanoseconds = firstNanoseconds;
  }

  /** A filter lets the packet pass: `frame.time_delta_displayed` of the next ones counts from it. */
  noteDisplayed(): void {
    this.displayedSeconds = this.seconds;
    this.displayedNanoseconds = this.nanoseconds;
  }

  /** The packet, decoded, is a fragment: shows it to the reassembler, and what it completes to whoever reads the record. */
  reassemble(reassembler: Reassembler): void {
    const { batch, stack, number, seconds, nanoseconds } = this;
    this.#reassembler = reassembler;
    const interfaceIndex = batch.interfaceIndex[this.index];
    this.view = reassembler.packet(batch.view, stack, number, seconds, nanoseconds, interfaceIndex);
    this.others = reassembler.othersLeft();
  }

  /** Numbers of the packets whose fragments `layer`'s payload was put together from; empty if it was not. */
  fragmentsOf(layer: number): readonly number[] {
    if (!this.stack.carriesReassembled(layer)) return [];
    return this.#reassembler?.fragmentsOf(layer) ?? [];
  }

  /** Bytes of the packet that are here, and bytes that were on the wire. */
  get capturedLength(): number {
    return this.batch.capturedLength[this.index];
  }

  get originalLength(): number {
    return this.batch.originalLength[this.index];
  }

  /** The interface's name, where the capture tells it. */
  get interfaceName(): string | undefined {
    return this.interfaces[this.batch.interfaceIndex[this.index]]?.name;
  }
}
