/** Captures made for a test: pcap files and batches in memory. Written by hand after the file format's specification. */
import type { CaptureInterface, PacketBatch, PacketSource } from '../../../src/packet/source.ts';

/** A pcap file's header (draft-ietf-opsawg-pcap): little-endian, microseconds, Ethernet. */
export function pcapHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

/** A packet as it stands in the file: one every millisecond. */
export function pcapRecord(packet: Uint8Array, number: number): Buffer {
  const record = Buffer.alloc(16 + packet.length);
  record.writeUInt32LE(1_700_000_000 + Math.floor(number / 1000), 0);
  record.writeUInt32LE((number % 1000) * 1000, 4);
  record.writeUInt32LE(packet.length, 8);
  record.writeUInt32LE(packet.length, 12);
  record.set(packet, 16);
  return record;
}

/** An Ethernet frame of a type that nothing claims, with its number in the payload, so that packets can be told apart. */
export function numberedFrame(number: number, length = 60): Buffer {
  const frame = Buffer.alloc(length);
  frame.writeUInt16BE(0x88b5, 12);
  frame.writeUInt32BE(number, 14);
  return frame;
}

export interface HandSource extends PacketSource {
  /** Hands packets out as the next batch. */
  push(packets: readonly Uint8Array[]): void;
  /** The next batch fails so. */
  fail(error: Error): void;
  /** No more will come. */
  end(): void;
}

/** A source that is fed by hand: live, or as standard input would be. */
export function handSource(options: {
  readonly isLive: boolean;
  readonly name?: string;
  readonly interfaces?: readonly CaptureInterface[];
  readonly warnings?: readonly string[];
  readonly dropped?: number;
}): HandSource {
  const waiting: (PacketBatch | Error | undefined)[] = [];
  let wake: (() => void) | undefined;
  let received = 0;
  const hand = (item: PacketBatch | Error | undefined) => {
    waiting.push(item);
    wake?.();
  };
  return {
    name: options.name ?? 'eth0',
    interfaces: options.interfaces ?? [{ name: 'eth0', linkType: 1, snapLength: 0 }],
    isLive: options.isLive,
    warnings: options.warnings ?? [],
    async next() {
      while (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const item = waiting.shift();
      if (item instanceof Error) throw item;
      return item;
    },
    push(packets) {
      hand(batchOf(packets, received));
      received += packets.length;
    },
    fail: hand,
    end: () => hand(undefined),
    stop: () => hand(undefined),
    statistics: () => ({ received, dropped: options.dropped }),
    close: async () => undefined,
  };
}

export function batchOf(packets: readonly Uint8Array[], first: number): PacketBatch {
  const bytes = new Uint8Array(Buffer.concat(packets));
  const start = new Int32Array(packets.length);
  const lengths = Int32Array.from(packets, (packet) => packet.length);
  for (let i = 1; i < packets.length; i++) start[i] = (start[i - 1] as number) + (lengths[i - 1] as number);
  return {
    bytes,
    view: new DataView(bytes.buffer),
    count: packets.length,
    start,
    capturedLength: lengths,
    originalLength: lengths,
    seconds: Float64Array.from(packets, (_, i) => 1_700_000_000 + Math.floor((first + i) / 1000)),
    nanoseconds: Int32Array.from(packets, (_, i) => ((first + i) % 1000) * 1_000_000),
    interfaceIndex: new Uint16Array(packets.length),
  };
}
