/** Writes packets to files: pcapng, or pcap where the name says so; plain or compressed; one, or one after the other. */
import { endianness } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { PacketBatch, PacketSource } from '../../packet/source.ts';
import { GatheredPieces } from './gathered-pieces.ts';
import { type OutputFile, openOutputFile, removeOutputFile } from './output-file.ts';
import { createEncoder, type FileFormat } from './packet-encoder.ts';
import { RecordBuffer } from './record-buffer.ts';

/** When to start the next file: at any of the limits given. */
export interface Rotation {
  /** Bytes. A file ends with the packet that reaches it. */
  readonly fileSize?: number;
  /** Milliseconds: by the clock for a live capture, by the packets' times for a file. */
  readonly duration?: number;
  /** The most packets in a file. */
  readonly packets?: number;
  /** How many files to keep: the oldest is deleted. */
  readonly files?: number;
}

export interface WriterOptions {
  /** A name that ends in .pcap gives pcap; .gz after either ending compresses. With rotation, names are made from it. */
  readonly path: string;
  /** Overrides what the name says. */
  readonly format?: FileFormat;
  /** When to start the next file; default: one file. */
  readonly rotation?: Rotation;
  /** Where the packets go instead of to a file. */
  readonly stream?: (bytes: Uint8Array) => void;
}

export interface PacketWriter {
  /** Takes a packet of the current batch. @throws {CaptureError} if writing fails: the writer can't be used any more */
  packet(batch: PacketBatch, index: number): void;
  /** Takes the first packets of the current batch: the same for each, and faster. */
  packets(batch: PacketBatch, count: number): void;
  /** To be called before the next batch is requested. What a live capture or a pipe has delivered so far is then in the file. */
  settle(): void;
  /** Finishes the last file, with the source's drop counts, and puts it in place. */
  close(): void;
  /** Gives up: unfinished files do not appear. */
  discard(): void;
}

/**
 * Opens the file or pipe that a source's packets are written to. To be called before the source's first batch.
 *
 * A file written from another file is replaced atomically: it appears under its name when it is complete. A file of a live capture or a
 * pipe is there from the start, to be read while it grows, and holds only whole packets except during `settle`.
 *
 * @throws {CaptureError} if it can't be written to
 */
export function openWriter(source: PacketSource, options: WriterOptions): PacketWriter {
  const { path, format = formatOf(path), rotation, stream } = options;
  const encoder = createEncoder(source, format, path === '-' ? 'standard output' : path);
  const { fileSize = Number.POSITIVE_INFINITY, packets: mostPackets = Number.POSITIVE_INFINITY } =
    rotation ?? {};
  /** For a file, the times in a file go no further; for a live capture the clock tells. */
  const span = source.isLive ? undefined : rotation?.duration;
  /** What comes as it happens is in its file as soon as it has come. */
  const isGrowing = source.isLive || source.isStream === true;
  const made: string[] = [];
  let files = 0;
  let file: OutputFile;
  let written = 0;
  /** Of the packets of this file, those that are in the file. */
  let inFile = 0;
  let began = 0;
  let due = false;
  const buffer = new RecordBuffer(
    (bytes) => {
      file.write(bytes);
      written += bytes.length;
      inFile = buffer.packets;
    },
    source.memory === undefined || stream !== undefined || path.endsWith('.gz') || endianness() === 'BE'
      ? undefined
      : {
          memory: source.memory,
          pieces: new GatheredPieces(source.memory),
          write(pieces) {
            file.writePieces(pieces);
            written += pieces.length;
            inFile = buffer.packets;
          },
        },
  );
  let timer: NodeJS.Timeout | undefined;
  let failure: unknown;

  function startTimer(milliseconds: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      try {
        next();
      } catch (error) {
        failure = error;
      }
    }, milliseconds);
    timer.unref();
  }

  function throwFailure(): void {
    if (failure !== undefined) throw failure;
  }

  function open(): void {
    files++;
    const name = rotation === undefined ? path : numberedName(path, files, new Date());
    file = stream === undefined ? openOutputFile(name, isGrowing, () => inFile) : streamFile(stream);
    made.push(name);
    written = 0;
    buffer.packets = 0;
    inFile = 0;
    encoder.begin(buffer);
    if (!isGrowing) return;
    buffer.flush();
    if (source.isLive && rotation?.duration !== undefined) startTimer(rotation.duration);
  }

  function next(): void {
    due = false;
    buffer.flush();
    file.finish();
    // As many as are kept, with the one that is opened now.
    if (rotation?.files !== undefined && made.length >= rotation.files)
      removeOutputFile(made.shift() as string);
    open();
  }

  function discard(): void {
    clearTimeout(timer);
    file.discard();
  }

  function packet(batch: PacketBatch, index: number): void {
    throwFailure();
    if (span !== undefined) {
      const { packets } = buffer;
      const time = batch.seconds[index] * 1000 + batch.nanoseconds[index] / 1e6;
      if (packets > 0 && time - began >= span) due = true;
      if (packets === 0 || due) began = time;
    }
    if (due) next();
    encoder.packets(buffer, batch, index, index + 1);
    if (buffer.packets >= mostPackets || written + buffer.length >= fileSize) due = true;
  }

  open();
  return {
    packet,
    packets(batch, count) {
      if (rotation !== undefined) {
        for (let index = 0; index < count; index++) packet(batch, index);
        return;
      }
      throwFailure();
      encoder.packets(buffer, batch, 0, count);
    },
    settle() {
      buffer.settle();
      if (isGrowing) buffer.flush();
    },
    close() {
      clearTimeout(timer);
      throwFailure();
      encoder.end(buffer);
      buffer.flush();
      file.finish();
    },
    discard,
  };
}

function formatOf(path: string): FileFormat {
  return /\.pcap(\.gz)?$/i.test(path) ? 'pcap' : 'pcapng';
}

function streamFile(write: (bytes: Uint8Array) => void): OutputFile {
  return { write, writePieces: (pieces) => write(pieces.copy(0)), finish() {}, discard() {} };
}

/** `dir/name_00001_20260131235959.pcapng`, as dumpcap names them: number and local time stand in front of the name's ending. */
function numberedName(path: string, number: number, now: Date): string {
  const base = basename(path);
  const [, stem, ending] = /^(.+?)((?:\.[^.]+)?(?:\.gz)?)$/.exec(base) as unknown as [string, string, string];
  const digits = (value: number) => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}${digits(now.getMonth() + 1)}${digits(now.getDate())}`;
  const time = `${digits(now.getHours())}${digits(now.getMinutes())}${digits(now.getSeconds())}`;
  return join(dirname(path), `${stem}_${String(number).padStart(5, '0')}_${date}${time}${ending}`);
}
