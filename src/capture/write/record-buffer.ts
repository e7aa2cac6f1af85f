import type { GatheringMemory } from '../../packet/source.ts';
import type { GatheredPieces } from './gathered-pieces.ts';

/** Larger pieces go out straight from where they lie. */
const DIRECT = 1 << 16;
const CAPACITY = 1 << 18;
/** Below this a copy word by word is faster than a view and `set`, and makes no object. */
const SMALL = 192;

/**
 * Gathers whole records on their way to a file: what {@link flush} hands over never ends inside one. Pieces that lie one
 * behind the other where they come from are copied as one.
 */
export class RecordBuffer {
  /** Write a record's header here, behind {@link reserve}. */
  view: DataView;
  /** Packets handed over whole: whoever hands them over counts. */
  packets = 0;
  private bytes: Uint8Array;
  private used = 0;
  private readonly write: (bytes: Uint8Array) => void;
  private readonly writePieces: ((pieces: GatheredPieces) => void) | undefined;
  /** What is written from where it lies, and where that is; of this buffer up to `gathered`, which starts at `roomStart` there. */
  private readonly pieces: GatheredPieces | undefined;
  private memory: GatheringMemory | undefined;
  private gathered = 0;
  private readonly roomStart: number = 0;
  /** A run of records that lies elsewhere and comes next. */
  private from: Uint8Array;
  private fromView: DataView;
  private fromStart = 0;
  private fromEnd = 0;

  /**
   * @param write takes all of what it is given, or throws
   * @param gathering how the same is done without copying what lies in a source's memory
   */
  constructor(
    write: (bytes: Uint8Array) => void,
    gathering?: { memory: GatheringMemory; pieces: GatheredPieces; write: (pieces: GatheredPieces) => void },
  ) {
    this.write = write;
    this.writePieces = gathering?.write;
    this.pieces = gathering?.pieces;
    this.memory = gathering?.memory;
    this.bytes = this.memory?.room ?? new Uint8Array(CAPACITY);
    if (this.memory !== undefined) this.roomStart = this.bytes.byteOffset - this.memory.bytes.byteOffset;
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.from = this.bytes;
    this.fromView = this.view;
  }

  /** Bytes that are not written yet. */
  get length(): number {
    const pieces = this.pieces === undefined ? 0 : this.pieces.length - this.gathered;
    return this.used + pieces + this.fromEnd - this.fromStart;
  }

  /**
   * For packets that are written from where they lie: pieces of this memory, from here on. Then comes what is reserved.
   *
   * @returns undefined where packets in this memory are to be {@link put}
   */
  piecesOf(bytes: Uint8Array): GatheredPieces | undefined {
    const { pieces } = this;
    if (pieces === undefined || this.memory?.bytes !== bytes) return undefined;
    this.settle();
    if (pieces.left < 2) this.flush();
    this.gatherRoom(pieces);
    return pieces;
  }

  /** What was reserved and is not among the pieces yet. */
  private gatherRoom(pieces: GatheredPieces): void {
    if (this.used > this.gathered) pieces.add(this.roomStart + this.gathered, this.used - this.gathered);
    this.gathered = this.used;
  }

  /** Makes room for one record. @returns where it begins in `view` */
  reserve(size: number): number {
    this.settle();
    if (this.used + size > this.bytes.length) {
      this.flush();
      if (size > this.bytes.length) {
        this.memory = undefined;
        this.bytes = new Uint8Array(size);
        this.view = new DataView(this.bytes.buffer);
      }
    }
    const at = this.used;
    this.used = at + size;
    return at;
  }

  /** Fills part of what was reserved. */
  put(at: number, bytes: Uint8Array, view: DataView, start: number, length: number): void {
    if (length >= SMALL) {
      this.bytes.set(bytes.subarray(start, start + length), at);
      return;
    }
    const to = this.view;
    const words = length & ~3;
    let i = 0;
    // Four words a turn cost half of one word a turn.
    for (const last = length - 16; i <= last; i = (i + 16) | 0) {
      to.setInt32(at + i, view.getInt32(start + i));
      to.setInt32(at + i + 4, view.getInt32(start + i + 4));
      to.setInt32(at + i + 8, view.getInt32(start + i + 8));
      to.setInt32(at + i + 12, view.getInt32(start + i + 12));
    }
    for (; i < words; i = (i + 4) | 0) to.setInt32(at + i, view.getInt32(start + i));
    for (; i < length; i = (i + 1) | 0) to.setUint8(at + i, view.getUint8(start + i));
  }

  /** Appends whole records from [start, end) of `bytes`, which must stay as they are until {@link settle}. */
  append(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    if (bytes === this.from && start === this.fromEnd) {
      this.fromEnd = end;
      return;
    }
    this.settle();
    this.from = bytes;
    this.fromView = view;
    this.fromStart = start;
    this.fromEnd = end;
  }

  /** From here on, what was appended may change where it came from. */
  settle(): void {
    const { from, fromView, fromStart, fromEnd } = this;
    const length = fromEnd - fromStart;
    if (length === 0) return;
    this.fromStart = 0;
    this.fromEnd = 0;
    if (length >= DIRECT) {
      this.flush();
      this.write(from.subarray(fromStart, fromEnd));
      return;
    }
    this.put(this.reserve(length), from, fromView, fromStart, length);
  }

  /** Writes everything. */
  flush(): void {
    this.settle();
    if (this.length === 0) return;
    const { used, pieces } = this;
    if (pieces === undefined || pieces.length === 0) {
      this.used = 0;
      this.write(this.bytes.subarray(0, used));
      return;
    }
    this.gatherRoom(pieces);
    this.used = 0;
    this.gathered = 0;
    try {
      this.writePieces?.(pieces);
    } finally {
      pieces.clear();
    }
  }
}
