/** Where packets come from. Knows nothing of decoding: the two meet in {@link PacketBatch} alone. */

/**
 * Packets as they lie in one piece of memory, with parallel arrays that say where. A batch is borrowed: it is valid until
 * the next one is asked for, and whoever needs a packet for longer copies it.
 */
export interface PacketBatch {
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
  readonly nanoseconds: Int32Array;
  /** Index into the source's `interfaces`. */
  readonly interfaceIndex: Uint16Array;
  /** For a plain file: where the packet's first byte is in it, in bytes, so that it can be read again. */
  readonly fileOffset?: Float64Array;
}

export interface CaptureInterface {
  /** Its name, where the source tells it. */
  readonly name: string | undefined;
  /** LINKTYPE_ number, as in files. */
  readonly linkType: number;
  /** The most bytes kept of a packet; 0 where not limited or not known. */
  readonly snapLength: number;
}

export interface CaptureStatistics {
  /** Packets handed out so far. */
  readonly received: number;
  /** Packets that the kernel (or a device) dropped; undefined where the source can't know. */
  readonly dropped: number | undefined;
  /** Packets that a live source had to drop itself, since they came faster than they were taken. */
  readonly droppedHere?: number;
}

export interface PacketSource {
  /** "file socat.pcap", "eth0": for messages. */
  readonly name: string;
  /** Grows while packets are read: complete for the packets handed out so far. */
  readonly interfaces: readonly CaptureInterface[];
  /** True for live sources: packets come as they happen, and the end is when somebody says so. */
  readonly isLive: boolean;
  /** What this source can't tell, in words for the user, and faults met on the way (a file that breaks off). Grows. */
  readonly warnings: readonly string[];
  /**
   * The next packets, or undefined at the end. A live source waits for at least one.
   *
   * @throws {CaptureError} where the source fails in the middle; what came before stays good
   */
  next(): Promise<PacketBatch | undefined>;
  /** Ends a live capture: what has arrived is still handed out, then `next` answers undefined. May be called at any time. */
  stop(): void;
  statistics(): CaptureStatistics;
  /** Frees files and memory. */
  close(): Promise<void>;
}

/** A request that can't be carried out: the message is one line that says what was received, what was expected and what to do. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}
