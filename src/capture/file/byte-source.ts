import { close, closeSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { ByteStream, PlainFile } from '../../packet/source.ts';

/** A stream of bytes that is read forwards: a file, standard input, or what a decompressor makes of either. */
export interface ByteSource {
  /** What to call it in a message: the file's path, "standard input". */
  readonly name: string;
  /** True if a byte's offset here is its offset in a plain file, which can be read again. */
  readonly isPlainFile: boolean;
  /** True if bytes come as somebody writes them, through a pipe: what was read is all there is for now. */
  readonly isStream: boolean;
  /** Why the bytes ended early, in words that continue "the file …"; undefined if they ended well. */
  readonly fault: string | undefined;
  /** Of a plain file. */
  readonly file?: PlainFile | undefined;
  /** How much of a file of known length is read, from 0 to 1. */
  readonly readShare?: number | undefined;
  /**
   * Reads up to `length` bytes to `into[at]`; fewer where fewer are there now.
   *
   * @returns how many; 0 at the end only
   * @throws {CaptureError} if reading fails
   */
  read(into: Uint8Array, at: number, length: number): Promise<number>;
  /** Ends the bytes here: a read that waits answers 0. May be called at any time. */
  cancel(): void;
  close(): Promise<void>;
}

// Of node:fs, since node:fs/promises takes longer to load than a small capture to read.
const readInto = promisify(read);
const closeDescriptor = promisify(close);
const closeNow = async (descriptor: number) => closeSync(descriptor);

/** Bytes: a smaller file is read before the threads could begin that Node would read it by, which take longer to start. */
const SMALL = 1 << 16;

/**
 * Reads a file, or a device, from where its descriptor stands.
 *
 * @param size of a plain file, in bytes; undefined for a device
 */
export function fileBytes(descriptor: number, name: string, size: number | undefined): ByteSource {
  let cancelled = false;
  let closed: Promise<void> | undefined;
  let position = 0;
  // What has no size may be the kernel's own, and wait for something to happen.
  const isSmall = size !== undefined && size > 0 && size <= SMALL;
  return {
    name,
    isPlainFile: size !== undefined,
    isStream: false,
    file: size === undefined ? undefined : { descriptor, size },
    fault: undefined,
    get readShare() {
      // A file may have grown since.
      return size === undefined ? undefined : Math.min(position / Math.max(size, 1), 1);
    },
    async read(into, at, length) {
      if (cancelled) return 0;
      const bytesRead = isSmall
        ? readSync(descriptor, into, at, length, null)
        : (await readInto(descriptor, into, at, length, null)).bytesRead;
      position += bytesRead;
      return bytesRead;
    },
    cancel() {
      cancelled = true;
    },
    // Once: by the second time the number may be another file's.
    close: () => (closed ??= isSmall ? closeNow(descriptor) : closeDescriptor(descriptor)),
  };
}

/**
 * Reads chunks as they come, and copies them to where they are wanted.
 *
 * @param release ends the chunks, even while one is waited for
 */
export function chunkBytes(
  chunks: AsyncIterator<Uint8Array>,
  name: string,
  isStream: boolean,
  release: () => void | Promise<void>,
): ByteSource {
  let rest: Uint8Array = new Uint8Array(0);
  let ended = false;
  let cancelled = false;
  return {
    name,
    isPlainFile: false,
    isStream,
    fault: undefined,
    async read(into, at, length) {
      try {
        while (rest.length === 0 && !ended && !cancelled) {
          const result = await chunks.next();
          if (result.done) ended = true;
          else if (result.value instanceof Uint8Array) rest = result.value;
          else throw new TypeError(`received a piece of type ${typeof result.value}, expected bytes`);
        }
      } catch (error) {
        ended = true;
        if (!cancelled) throw error;
      }
      if (cancelled) return 0;
      const count = Math.min(length, rest.length);
      into.set(rest.subarray(0, count), at);
      rest = rest.subarray(count);
      return count;
    },
    cancel() {
      cancelled = true;
      void release();
    },
    async close() {
      cancelled = true;
      await release();
    },
  };
}

/** @param isStream false if the stream is a file after all */
export function streamBytes(stream: ByteStream, name: string, isStream = true): ByteSource {
  const chunks = stream[Symbol.asyncIterator]();
  return chunkBytes(chunks, name, isStream, () => {
    if (stream.destroy !== undefined) stream.destroy();
    else void chunks.return?.()?.catch(() => undefined);
  });
}

/** The same bytes once more from the front, after `head` was read to look at them. */
export function withHead(head: Uint8Array, source: ByteSource): ByteSource {
  let rest = head;
  return {
    name: source.name,
    isPlainFile: source.isPlainFile,
    isStream: source.isStream,
    file: source.file,
    get fault() {
      return source.fault;
    },
    get readShare() {
      return source.readShare;
    },
    async read(into, at, length) {
      if (rest.length === 0) return source.read(into, at, length);
      const count = Math.min(length, rest.length);
      into.set(rest.subarray(0, count), at);
      rest = rest.subarray(count);
      return count;
    },
    cancel() {
      rest = new Uint8Array(0);
      source.cancel();
    },
    close: () => source.close(),
  };
}
