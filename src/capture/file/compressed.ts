import { createGunzip, type Gunzip, type ZlibOptions } from 'node:zlib';
import { CaptureError } from '../../packet/source.ts';
import { type ByteSource, chunkBytes } from './byte-source.ts';

/** Compressed bytes read at a time, and gzip's output handed over at a time. */
const CHUNK_SIZE = 1 << 16;

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** RFC 8878, section 3.1: a frame, or a skippable frame, which may come first. */
export function isZstandard(head: Uint8Array): boolean {
  const [first = 0, second, third, fourth] = head;
  const frame = first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd;
  const skippable = (first & 0xf0) === 0x50 && second === 0x2a && third === 0x4d && fourth === 0x18;
  return frame || skippable;
}

/** What a gzip stream holds, as it is asked for: a small file that unpacks to a huge one can't fill the memory. */
export function gunzip(source: ByteSource): ByteSource {
  // With a mark of 1 the decompressor waits until each of its chunks was taken, so that none is lost when it fails.
  const options: ZlibOptions & { readableHighWaterMark: number } = {
    chunkSize: CHUNK_SIZE,
    readableHighWaterMark: 1,
  };
  const output = createGunzip(options);
  void feed(source, output);
  return decompressed(source, output[Symbol.asyncIterator](), () => {
    output.destroy();
  });
}

/**
 * Failures come out of the decompressor, where they are read. It is told of the end only when all that it made was taken: a
 * stream that has ended waits no more, and one that fails then loses what it holds.
 */
async function feed(source: ByteSource, output: Gunzip): Promise<void> {
  try {
    for await (const chunk of inputChunks(source)) {
      await new Promise<void>((resolve, reject) => {
        output.write(chunk, (error) => (error == null ? resolve() : reject(error)));
      });
    }
    output.end();
  } catch (error) {
    output.destroy(error as Error);
  }
}

/** What a zstd stream holds, as it is asked for. */
export function unzstandard(source: ByteSource): ByteSource {
  const chunks = zstandardChunks(source);
  return decompressed(source, chunks, () => void chunks.return(undefined).catch(() => undefined));
}

class BreaksOff extends Error {}

async function* inputChunks(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK_SIZE);
    const count = await source.read(chunk, 0, CHUNK_SIZE);
    if (count === 0) return;
    yield chunk.subarray(0, count);
  }
}

async function* zstandardChunks(source: ByteSource): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  let waiting: Uint8Array | undefined;
  function* input(): Generator<Uint8Array> {
    while (waiting !== undefined) {
      const chunk = waiting;
      waiting = undefined;
      yield chunk;
    }
  }
  // The decoder takes one chunk, hands out its content piece by piece, and asks for the next one only then: so one chunk
  // that waits is enough for it never to find none before the end.
  const chunks = inputChunks(source);
  const output = decoder.decodeStreaming(input());
  // On bytes that are not zstd the decoder stands still and goes on handing out nothing.
  let idle = 0;
  try {
    for (;;) {
      if (waiting === undefined) {
        const next = await chunks.next();
        if (!next.done) {
          waiting = next.value;
          idle = 0;
        }
      }
      let piece: IteratorResult<Uint8Array>;
      try {
        piece = output.next();
      } catch {
        throw new BreaksOff();
      }
      if (piece.done) return;
      if (piece.value.length > 0) {
        idle = 0;
        yield piece.value;
      } else if (++idle > CHUNK_SIZE) {
        throw new Error('not zstd, or it needs more than 128 MiB of memory');
      }
    }
  } finally {
    waiting = undefined;
    freeDecoder(output);
  }
}

/** So many pieces, of 128 KiB at most, are taken from a stream that nobody reads on. */
const MOST_LEFT = 512;

/**
 * All streams share the decoder's memory, and a stream gives its part back at its end alone: leads one there that was left in the
 * middle, with the chunk that it had begun. A chunk that unpacks to more than 64 MiB is left as it is.
 */
function freeDecoder(output: Iterator<Uint8Array>): void {
  try {
    for (let left = MOST_LEFT; left > 0; left--) if (output.next().done) return;
  } catch {
    // The end of a stream in the middle of a frame, which comes when all is freed.
  }
}

function decompressed(
  source: ByteSource,
  chunks: AsyncIterator<Uint8Array>,
  release: () => void,
): ByteSource {
  let fault: string | undefined;
  const bytes = chunkBytes(chunks, source.name, source.isStream, async () => {
    source.cancel();
    release();
    await source.close();
  });
  return {
    name: source.name,
    isPlainFile: false,
    isStream: source.isStream,
    get fault() {
      return fault ?? source.fault;
    },
    get readShare() {
      return source.readShare;
    },
    async read(into, at, length) {
      try {
        return await bytes.read(into, at, length);
      } catch (error) {
        if (error instanceof CaptureError) throw error;
        if (error instanceof BreaksOff || (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR') {
          fault = 'breaks off inside its compressed data';
          return 0;
        }
        throw new CaptureError(
          `${source.name}: the compressed data is damaged (${(error as Error).message}); all packets before that were read; copy the file again`,
        );
      }
    },
    cancel: () => bytes.cancel(),
    close: () => bytes.close(),
  };
}
