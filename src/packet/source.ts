/** Where packets come from. Knows nothing of decoding: the two meet in {@link PacketBatch} alone. */

/**
 * Packets as they lie in one piece of memory, with parallel arrays that say where. A batch is borrowed: it is valid until
 * the next one is asked for, and whoever needs a packet for longer copies it.
 */
export interface PacketBatch {
  /** The memory that all its packets lie in. */
  readonly bytes: Uint8Array;
  /** The same memory. */
  readonly view: DataView;
  /** How many packets: the arrays may be longer. */
  readonly count: number;
  /** Where each packet's first byte is, from the start of `bytes`. */
  readonly start: Int32Array;
  /** Bytes of the packet that are here. */
  readonly capturedLength: Int32Array;
  /** Bytes that were on the wire; at least `capturedLength`. */
  readonly originalLength: Int32Array;
  /** Time since 1970 in UTC: whole seconds (may be negative), and nanoseconds from 0 to 999,999,999 beside them. */
  readonly seconds: Float64Array;
  /** See `seconds`. */
  readonly nanoseconds: Int32Array;
  /** Index into the source's `interfaces`. */
  readonly interfaceIndex: Uint16Array;
  /** As epb_flags of pcapng: in bits 0 and 1 the direction (1 in, 2 out), in 2 to 4 how it was received; 0 where not known. */
  readonly packetFlags?: Int32Array;
  /** For a plain file: where the packet's first byte is in it, in bytes, so that it can be read again. */
  readonly fileOffset?: Float64Array;
  /** Where several files come together: the first packet's number in its own. */
  readonly firstNumber?: number;
  /** For pcapng: where in `bytes` the packet's whole block begins, its options included. */
  readonly blockStart?: Int32Array;
}

/**
 * What a file holds besides its packets, for whoever writes it again without loss: the packets' own records lie in the
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
  /** Its name, where the source tells it; out of a file as it stands there: whoever shows it escapes it. */
  readonly name: string | undefined;
  /** What it is, in words of whoever captured; as it stands in the file. */
  readonly description?: string;
  /** Its number in its section of a pcapng file. */
  readonly id?: number;
  /** LINKTYPE_ number, as in files. */
  readonly linkType: number;
  /** The most bytes kept of a packet; 0 where not limited or not known. */
  readonly snapLength: number;
  /** if_tsresol of pcapng: the negative exponent of the times' unit (6: microseconds), with the top bit of two; 9 where not given. */
  readonly timeResolution?: number;
  /** Bytes of frame check sequence at the end of each packet, where the source tells it. */
  readonly frameCheckLength?: number;
  /** The byte order of the blocks of pcapng in which this interface's packets stand. */
  readonly littleEndian?: boolean;
}

/** What the kernel counts of one interface of a live capture. */
export interface InterfaceStatistics {
  readonly name: string;
  /** Packets that passed the filter: in the kernel, those that were dropped included; here, those that came. */
  readonly passedFilter: number;
  /** Packets for which the kernel's buffer had no room. */
  readonly dropped: number;
  /** How often that buffer was full. */
  readonly freezes: number;
  /** Packets that the device itself dropped, where it tells. */
  readonly droppedAt?: number;
}

export interface CaptureStatistics {
  /** Packets handed out so far. */
  readonly received: number;
  /** Packets that a filter looked at here, of which `received` passed; undefined where none is run here. */
  readonly examined?: number;
  /** Packets that the kernel (or a device) dropped; undefined where the source can't know. */
  readonly dropped: number | undefined;
  /** The same for each of `interfaces`, where the source tells them apart. */
  readonly droppedAt?: readonly (number | undefined)[];
  /** Packets that a live source had to drop itself, since they came faster than they were taken. */
  readonly droppedHere?: number;
  /** Where the source knows more, of each interface that it was asked for. */
  readonly interfaces?: readonly InterfaceStatistics[];
  /** Of a file: how much of its bytes, compressed or not, is read, from 0 to 1; undefined where its length is not known. */
  readonly readShare?: number;
  /** Of a file that ends in the middle, once its end was read: "breaks off at byte 90, in the middle of packet 2". */
  readonly brokenOff?: string;
}

/** Memory whose bytes can go to a file from where they lie, many pieces with one call. */
export interface GatheringMemory {
  /** That of all the source's batches. */
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

export interface PacketSource {
  /** "file socat.pcap", "eth0": for messages. */
  readonly name: string;
  /** Grows while packets are read: complete for the packets handed out so far. */
  readonly interfaces: readonly CaptureInterface[];
  /** True where packets, or some of them, bear the time at which a program got them, as nothing tells the kernel's. May become true. */
  readonly timesAreArrival?: boolean;
  /** True for live sources: packets come as they happen, and the end is when somebody says so. */
  readonly isLive: boolean;
  /**
   * True where packets come through a pipe, perhaps as they are captured elsewhere: each batch is what has come, and the end is the
   * writer's, or when somebody says so.
   */
  readonly isStream?: boolean;
  /** What this source can't tell, in words for the user, and faults met on the way (a file that breaks off). Grows. */
  readonly warnings: readonly string[];
  /** Where its packets can be written without a copy. */
  readonly memory?: GatheringMemory;
  /** Where the source is a file whose packets can be written again as they stand in it. */
  readonly records?: FileRecords;
  /**
   * The next packets, or undefined at the end. A live source waits for at least one.
   *
   * @throws {CaptureError} where the source fails in the middle; what came before stays good
   */
  next(): Promise<PacketBatch | undefined>;
  /** Ends a live capture: what has arrived is still handed out, then `next` answers undefined. May be called at any time. */
  stop(): void;
  statistics(): CaptureStatistics;
  /** Frees files and memory. May be called again. */
  close(): Promise<void>;
}

/** Bytes that come piece by piece: Node's and the web's readable streams, or what a generator makes. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Ends it, also while a piece is waited for, as Node's streams do. */
  destroy?(): unknown;
}

/** A request that can't be carried out: the message is one line that says what was received, what was expected and what to do. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}
