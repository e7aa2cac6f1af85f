import { pipeline, Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { type ByteSource, chunkBytes } from './byte-source.ts';
import { CaptureError } from './source.ts';

const CHUNK = 1 << 18;

export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

export function isZstandard(head: Uint8Array): boolean {
  const frame = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  // RFC 8878, section 3.1.2: a skippable frame may come first.
  const skippable =
    ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
  return frame || skippable;
}

/** What a gzip stream holds. Output waits until it is asked for, so that a small file can't fill the memory. */
export function gunzip(source: ByteSource): ByteSource {
  return inflated(
    source,
    zlib.createGunzip({ chunkSize: CHUNK, readableHighWaterMark: 1 } as zlib.ZlibOptions),
  );
}

/** What a zstd stream holds. */
export function unzstandard(source: ByteSource): ByteSource {
  throw new CaptureError(`${source.name}: zstd`);
}

async function* chunks(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(CHUNK);
    const count = await source.read(chunk, 0, CHUNK);
    if (count === 0) return;
    yield chunk.subarray(0, count);
  }
}

function inflated(source: ByteSource, decompressor: zlib.Gunzip): ByteSource {
  const input = Readable.from(chunks(source));
  // Failures come out of the decompressor, where they are read.
  pipeline(input, decompressor, () => undefined);
  let fault: string | undefined;
  const bytes = chunkBytes(decompressor[Symbol.asyncIterator](), source.name, async () => {
    source.cancel();
    decompressor.destroy();
    await source.close();
  });
  return {
    name: source.name,
    isPlainFile: false,
    get fault() {
      return fault ?? source.fault;
    },
    async read(into, at, length) {
      try {
        return await bytes.read(into, at, length);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === 'Z_BUF_ERROR') {
          fault = 'breaks off inside its compressed data';
          return 0;
        }
        throw new CaptureError(
          `${source.name}: the compressed data is damaged (${message}); all packets before were read; copy the file again`,
        );
      }
    },
    cancel: () => bytes.cancel(),
    close: () => bytes.close(),
  };
}
