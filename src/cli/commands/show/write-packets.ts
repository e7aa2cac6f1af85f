/** `-w FILE`: packets into files, as they come or as a display filter chooses. */
import { statSync } from 'node:fs';
import { openNamedPipe, type PipeFile } from '../../../capture/write/output-file.ts';
import type { FileFormat } from '../../../capture/write/packet-encoder.ts';
import {
  openWriter,
  type PacketWriter,
  type Rotation,
  type WriterOptions,
} from '../../../capture/write/writer.ts';
import { CaptureError, type PacketSource } from '../../../packet/source.ts';
import { UsageError } from '../../errors.ts';
import { inputFiles } from '../../input.ts';
import { requireInputKept } from '../../input-kept.ts';
import type { InputOptions } from '../../input-options.ts';
import { isTerminal } from '../../is-terminal.ts';
import { readPackets } from '../../read-packets.ts';
import { SIGNALS } from '../../signals.ts';
import { alsoOutput, writeOutput } from '../../standard-output.ts';

export interface WritingOptions extends InputOptions {
  /** A file to write packets to, `-` for standard output. */
  write?: string;
  rotation?: Rotation;
  /** Default: what the file's name says. */
  fileFormat?: FileFormat;
  /** The pipe called `write`, if it is open already. */
  pipe?: PipeFile;
}

/**
 * Rejects meaningless uses of `-w` and related options before anything is opened.
 *
 * @param words of the filter, the first of which may be the file that is read
 * @param prints whether packets are printed too
 */
export function checkWriting(options: WritingOptions, words: readonly string[], prints: boolean): void {
  const { write, rotation, fileFormat } = options;
  if (write === '') throw new UsageError('-w "" is not a file name; expected a path such as ping.pcapng');
  if (write !== undefined && /\.(zst|lz4|xz|bz2)$/i.test(write)) {
    throw new UsageError(
      `-w ${write}: only gzip is written; name it .pcapng.gz, or compress the file afterwards`,
    );
  }
  if (fileFormat !== undefined && write === undefined) {
    throw new UsageError(`-F ${fileFormat} is the format of what -w writes; use it with -w FILE`);
  }
  if (rotation !== undefined) {
    if (write === undefined || write === '-') {
      throw new UsageError('-b starts one file after another; use it with -w FILE');
    }
    const { files: _, ...limits } = rotation;
    if (Object.keys(limits).length === 0) {
      throw new UsageError(
        '-b files: says how many files to keep; say also when to start the next: -b filesize:KB, duration:S or packets:N',
      );
    }
  }
  // With -b, files get other names.
  if (rotation === undefined) requireInputKept('-w', write, inputFiles(options, words));
  if (write !== '-') return;
  if (prints) {
    throw new UsageError(
      '-w - writes packets to standard output, where -P, -T, -V and -x print; name a file',
    );
  }
  if (isTerminal(1))
    throw new UsageError('-w - would write bytes to the terminal; name a file, or use a pipe');
}

/** Whether somebody reads the packets as they are written. */
export function isReadAtOnce({ write = '-', rotation }: WritingOptions): boolean {
  if (!isFile(write, rotation)) return write === '-';
  return statSync(write, { throwIfNoEntry: false })?.isFIFO() === true;
}

/** Whether packets go to a file of this name. */
function isFile(write: string, rotation: Rotation | undefined): boolean {
  return write !== '-' && rotation === undefined;
}

/** Hands a writer to `run`, which reads the source; finishes the file, or leaves none. */
export async function writing(
  source: PacketSource,
  { write = '-', rotation, fileFormat, pipe: opened }: WritingOptions,
  run: (writer: PacketWriter) => Promise<void>,
): Promise<void> {
  let writer: PacketWriter;
  try {
    const pipe = opened ?? (isFile(write, rotation) ? openNamedPipe(write) : undefined);
    const options: WriterOptions = {
      path: write,
      ...(fileFormat !== undefined && { format: fileFormat }),
      ...(rotation !== undefined && { rotation }),
      ...(write === '-' && { stream: writeOutput }),
      ...(pipe !== undefined && { stream: alsoOutput(pipe) }),
    };
    writer = openWriter(source, options);
  } catch (error) {
    await source.close();
    throw error;
  }
  const interrupted = (signal: NodeJS.Signals) => {
    writer.discard();
    process.kill(process.pid, signal);
  };
  // What comes as it happens ends well on a signal (readPackets), and is kept.
  const isGrowing = source.isLive || source.isStream === true;
  if (!isGrowing) for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    try {
      await run(writer);
    } catch (error) {
      // Where the source failed, what came before is good, and is written; of what comes as it happens, that is so in any case.
      try {
        if (error instanceof CaptureError || isGrowing) writer.close();
      } catch {
        // It was the writing that failed: the first error says why.
      }
      throw error;
    }
    writer.close();
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupted);
    writer.discard();
  }
}

/** Every packet, without a look at it. */
export function writeAll(source: PacketSource, options: WritingOptions, writer: PacketWriter): Promise<void> {
  return readPackets(source, options, (batch, count) => {
    writer.packets(batch, count);
    writer.settle();
  });
}
