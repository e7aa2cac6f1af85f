/** The packets that a display filter lets pass, found in slices while keys are answered. */

import type { Decoder } from '../../decode/decoder.ts';
import { LayerStack } from '../../decode/layer-stack.ts';
import { createReassembler } from '../../decode/reassembly.ts';
import type { DisplayFilter } from '../../display-filter/display-filter.ts';
import { PacketRecord } from '../../output/printer.ts';
import type { CaptureInterface, PacketBatch } from '../../packet/source.ts';
import type { TrackedField } from '../../tracking/tracking.ts';
import { PacketSet } from './packet-set.ts';
import type { FoundPacket, PacketStore } from './store.ts';

/** Packets between two looks at the clock. */
const CLOCK_EVERY = 512;

export class Narrowing {
  readonly filter: DisplayFilter;
  /** The packets that pass, of those looked at so far. */
  readonly packets = new PacketSet();
  /** The next packet to look at. */
  #next: number;
  readonly #store: PacketStore;
  readonly #record: PacketRecord;
  readonly #decode: Decoder['decode'];
  readonly #reassembler: ReturnType<typeof createReassembler>;
  readonly #batch = new OnePacket();
  /** The next packet of a first pass, for a filter that asks what later packets tell: of those that come after it, nothing is known ahead. */
  #ahead: number;
  readonly #looksAhead: readonly TrackedField[];

  constructor(
    filter: DisplayFilter,
    store: PacketStore,
    decoder: Decoder,
    interfaces: readonly CaptureInterface[],
  ) {
    this.filter = filter;
    this.#store = store;
    this.#decode = decoder.decode;
    this.#reassembler = createReassembler(decoder);
    this.#record = new PacketRecord(new LayerStack(), interfaces);
    this.#next = store.first;
    this.#looksAhead = filter.tracked.filter(({ looksAhead }) => looksAhead);
    this.#ahead = this.#looksAhead.length === 0 ? Number.POSITIVE_INFINITY : store.first;
    this.#record.tracking.beginFirstPass(this.#looksAhead);
    this.#record.number = store.first;
  }

  /** All packets before this one have been looked at. */
  get examined(): number {
    return this.#next;
  }

  /**
   * Looks at packets until a time, or until it has seen all that are here.
   *
   * @param deadline as `performance.now` counts
   * @returns whether it has seen all
   */
  run(deadline: number): boolean {
    const store = this.#store;
    if (!this.#lookAhead(deadline)) return false;
    if (this.#next < store.first) {
      this.#next = store.first;
      this.#record.number = store.first;
    }
    for (let looked = 1; this.#next < store.count; looked++) {
      this.#examine(this.#next++);
      if (looked % CLOCK_EVERY === 0 && performance.now() >= deadline) return false;
    }
    return true;
  }

  /** @returns whether the first pass is done */
  #lookAhead(deadline: number): boolean {
    if (this.#ahead === Number.POSITIVE_INFINITY) return true;
    const { tracking } = this.#record;
    if (this.#ahead < this.#store.first) this.#ahead = this.#record.number = this.#store.first;
    for (let looked = 1; this.#ahead < this.#store.count; looked++) {
      if (this.#stand(this.#ahead++)) tracking.observe(this.#record, this.#looksAhead);
      if (looked % CLOCK_EVERY === 0 && performance.now() >= deadline) return false;
    }
    this.#ahead = Number.POSITIVE_INFINITY;
    this.#record.number = this.#next;
    tracking.startOver();
    return true;
  }

  #examine(packet: number): void {
    if (this.#stand(packet) && this.filter.matches(this.#record)) this.packets.add(packet);
  }

  /** Moves the record to a packet, decoded; false if its bytes are gone. */
  #stand(packet: number): boolean {
    const found = this.#store.find(packet);
    if (found === undefined) {
      this.#record.number++;
      return false;
    }
    const record = this.#record;
    this.#batch.hold(found);
    record.advance(this.#batch, 0);
    this.#decode(
      found.view,
      found.start,
      found.capturedLength,
      found.originalLength,
      found.linkType,
      record.stack,
    );
    if (record.stack.fragment >= 0) record.reassemble(this.#reassembler);
    return true;
  }
}

/** A packet of the store as a batch of one, as filters and printers take them. */
export class OnePacket implements PacketBatch {
  bytes = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  readonly count = 1;
  readonly start = new Int32Array(1);
  readonly capturedLength = new Int32Array(1);
  readonly originalLength = new Int32Array(1);
  readonly seconds = new Float64Array(1);
  readonly nanoseconds = new Int32Array(1);
  readonly interfaceIndex = new Uint16Array(1);

  hold(found: FoundPacket): void {
    if (this.view !== found.view) {
      this.view = found.view;
      const { buffer, byteOffset, byteLength } = found.view;
      this.bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
    }
    this.start[0] = found.start;
    this.capturedLength[0] = found.capturedLength;
    this.originalLength[0] = found.originalLength;
    this.seconds[0] = found.seconds;
    this.nanoseconds[0] = found.nanoseconds;
    this.interfaceIndex[0] = found.interfaceIndex;
  }
}
