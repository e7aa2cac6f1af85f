/** Where packets come from. Independent of decoding: the two meet only in {@link PacketBatch}. */
import type { AddressNames } from './address-names.ts';

/**
 * Packets in one block of memory, with parallel arrays that say where. A batch is borrowed: it is valid until
 * the next one is requested; copy a packet to keep it longer.
 */
export interface PacketBatch {
  /** The memory that holds all its packets. */
  readonly bytes: Uint8Array;
  /** The same memory. */
  readonly view: DataView;
  /** How many packets: the arrays may be longer. */
  readonly count: number;
  /** Where each packet's first byte is, from the start of `bytes`. */
  readonly start: Int32Array;
  /** The number of captured bytes of each packet. */
  readonly capturedLength: Int32Array;
  /** Each packet's length on the wire; at least `capturedLength`. */
  readonly originalLength: Int32Array;
  /** Time since 1970 in UTC: whole seconds (may be negative), plus nanoseconds from 0 to 999,999,999. */
  readonly seconds: Float64Array;
  /** See `seconds`. */
  readonly nanoseconds: Int32Array;
  /** Index into the source's `interfaces`. */
  readonly interfaceIndex: Uint16Array;
  /** As epb_flags of pcapng: in bits 0 and 1 the direction (1 in, 2 out), in 2 to 4 how it was received; 0 if not known. */
  readonly packetFlags?: Int32Array;
  /** For a plain file: where the packet's first byte is in it, in bytes, so that it can be read again. */
  readonly fileOffset?: Float64Array;
  /** If several files are merged: the first packet's number in its own file. */
  readonly firstNumber?: number;
  /** For pcapng: where in `bytes` the packet's whole block begins, including its options. */
  readonly blockStart?: Int32Array;
}

/**
 * What a file holds besides its packets, to write it again without loss: the packets' own records are in the
 * batches' memory.
 */
export type FileRecords =
  | { readonly format: 'pcap' /** The file's first 24 bytes. */; readonly header: Uint8Array }
  | {
      readonly format: 'pcapng';
      /**
       * From now on each block that is no packet is shown to `visit`, in `next`, before the packets behind it are handed out
       * and after those in front of it; but blocks too long to be held. To be called before the first `next`.
       */
      visitBlocks(visit: BlockVisitor): void;
    };

/**
 * @param type the block's type
 * @param bytes all of it, borrowed
 * @param littleEndian the section's byte order
 */
export type BlockVisitor = (type: number, bytes: Uint8Array, littleEndian: boolean) => void;

export interface CaptureInterface {
  /** Its name, if the source has it; from a file, unescaped: escape it before showing it. */
  readonly name: string | undefined;
  /** Its description by whoever captured; from the file, unescaped. */
  readonly description?: string;
  /** Whose clock stamped its packets, where that is another machine's: points with the same words have the same clock. */
  readonly clock?: string;
  /** Its number in its section of a pcapng file. */
  readonly id?: number;
  /** LINKTYPE_ number, as in files. */
  readonly linkType: number;
  /** The most bytes kept of a packet; 0 if not limited or not known. */
  readonly snapLength: number;
  /** if_tsresol of pcapng: the negative exponent of the times' unit (6: microseconds), with the top bit of two; default: 9. */
  readonly timeResolution?: number;
  /** Bytes of frame check sequence at the end of each packet, if the source says so. */
  readonly frameCheckLength?: number;
  /** The byte order of the pcapng blocks of this interface's packets. */
  readonly littleEndian?: boolean;
}

/** The kernel's counts for one interface of a live capture. */
export interface InterfaceStatistics {
  readonly name: string;
  /** Packets that passed the filter: in the kernel, including dropped ones; here, those that came. */
  readonly passedFilter: number;
  /** Packets for which the kernel's buffer had no room. */
  readonly dropped: number;
  /** How often that buffer was full. */
  readonly freezes: number;
  /** Packets that the device itself dropped, if known. */
  readonly droppedAt?: number;
}

export interface CaptureStatistics {
  /** Packets delivered so far. */
  readonly received: number;
  /** Packets that a filter looked at here, of which `received` passed; undefined if none is run here. */
  readonly examined?: number;
  /** Packets that the kernel (or a device) dropped; undefined if the source can't know. */
  readonly dropped: number | undefined;
  /** The same for each of `interfaces`, if the source distinguishes them. */
  readonly droppedAt?: readonly (number | undefined)[];
  /** Of a file that tells it, when the capture on each of `interfaces` ended: seconds since 1970. */
  readonly endedAt?: readonly (number | undefined)[];
  /** Packets that a live source dropped itself, because they came faster than they were taken. */
  readonly droppedHere?: number;
  /** More about each requested interface, if the source knows it. */
  readonly interfaces?: readonly InterfaceStatistics[];
  /** Of a file: how much of its bytes, compressed or not, is read, from 0 to 1; undefined if its length is not known. */
  readonly readShare?: number;
  /** Of a file that ends in the middle, once its end was read: "breaks off at byte 90, in the middle of packet 2". */
  readonly brokenOff?: string;
}

/** Memory whose bytes can go to a file from where they lie, many pieces with one call. */
export interface GatheringMemory {
  /** That of all the source's batches. The 48 bytes in front of each packet may be overwritten by its writer. */
  readonly bytes: Uint8Array;
  /** A part of it for whoever writes: not of any packet, and there also when the source is closed. */
  readonly room: Uint8Array;
  /** Of the first byte of `bytes`, for the system's calls. */
  readonly address: bigint;
  /**
   * writev(2).
   *
   * @param vector pairs of 64-bit numbers of this machine: address and length
   * @returns bytes written, which may be fewer; -1 where none could be
   */
  write(descriptor: number, vector: Uint8Array, count: number): number;
}

/** A plain file that is open: to be read by offsets, so that its other readers are not disturbed. */
export interface PlainFile {
  readonly descriptor: number;
  /** Bytes, when it was opened. */
  readonly size: number;
}

export interface PacketSource {
  /** "file socat.pcap", "eth0": for messages. */
  readonly name: string;
  /** Grows while packets are read: complete for the packets delivered so far. */
  readonly interfaces: readonly CaptureInterface[];
  /** True if some packets carry the time at which a program received them, because the kernel's is unknown. May become true. */
  readonly timesAreArrival?: boolean;
  /** Whose addresses are, where that was asked for. */
  readonly names?: AddressNames;
  /** True for live sources: packets come as they happen, until somebody stops them. */
  readonly isLive: boolean;
  /**
   * True if packets come through a pipe, perhaps while they are captured elsewhere: each batch is what has come, until the
   * writer ends or somebody stops it.
   */
  readonly isStream?: boolean;
  /** What this source can't provide, in words for the user, and faults (such as a file that breaks off). Grows. */
  readonly warnings: readonly string[];
  /** Present if the source is a plain file. Until it is closed. */
  readonly file?: PlainFile;
  /** Present if its packets can be written without a copy. */
  readonly memory?: GatheringMemory;
  /** Present if the source is a file whose packets can be written again unchanged. */
  readonly records?: FileRecords;
  /**
   * The next packets, or undefined at the end. A live source waits for at least one.
   *
   * @throws {CaptureError} if the source fails in the middle; what came before stays good
   */
  next(): Promise<PacketBatch | undefined>;
  /** Ends a live capture: what has arrived is still delivered, then `next` returns undefined. May be called at any time. */
  stop(): void;
  statistics(): CaptureStatistics;
  /** Frees files and memory. May be called again. */
  close(): Promise<void>;
}

/** Bytes in pieces: Node's and the web's readable streams, or a generator. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Ends it, also while a piece is waited for, as Node's streams do. */
  destroy?(): unknown;
}

/** A request that failed: the message is one line that says what was received, what was expected and what to do. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}
