/**
 * Reads one of the captures below, which are made to fill the memory, and prints as JSON how it ended and how far the process
 * grew beyond what it needs for a small file.
 *
 * usage: measure-memory NAME [copied]
 */
import { Readable } from 'node:stream';
import { openCaptureFile, openCaptureStream } from '../../../src/capture/file/open-capture.ts';
import { CaptureError, type PacketSource } from '../../../src/packet/source.ts';
import { writeFrom } from '../write/rewrite.ts';
import { block, description, enhanced, option, section, u16, u32 } from './pcapng-blocks.ts';

export interface Measured {
  readonly packets: number;
  readonly error?: string;
  /** MiB. */
  readonly growth: number;
}

const MIB = 1 << 20;
const packet = enhanced('little', 0, 5n, Buffer.alloc(60));
const zeros = Buffer.alloc(MIB);

function* repeated(bytes: Uint8Array, times: number): Generator<Uint8Array> {
  const many = Math.max(1, Math.floor(MIB / bytes.length));
  const whole = Buffer.concat(Array<Uint8Array>(many).fill(bytes));
  for (let left = times; left > 0; left -= many) {
    yield left >= many ? whole : whole.subarray(0, left * bytes.length);
  }
}

/** A block that claims 4 GiB, and 256 MiB of what follows. */
function lie(type: number): () => Generator<Uint8Array> {
  return function* () {
    yield Buffer.concat([section('little'), description('little', 1), packet]);
    yield u32('little', type, 0xfffffffc, 0x1a2b3c4d);
    yield* repeated(zeros, 256);
  };
}

/** An interface with a name and a description of 64 KiB of text each. */
const talkative = description(
  'little',
  1,
  ...[2, 3].map((code) => option('little', code, Buffer.alloc(65_534, 'é'))),
);

/** RFC 8878: blocks of one byte again and again, behind a pcapng's start in a block as it stands. */
function* zstandard(windowDescriptor: number): Generator<Uint8Array> {
  const start = Buffer.concat([section('little'), description('little', 1), packet]);
  const skipped = u32('little', 0x7777, 0xfffffffc);
  const raw = Buffer.concat([start, skipped]);
  const header = (type: number, size: number) => u32('little', (size << 3) | (type << 1)).subarray(0, 3);
  yield Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, windowDescriptor]),
    header(0, raw.length),
    raw,
  ]);
  yield* repeated(Buffer.concat([header(1, 1 << 17), Buffer.alloc(1)]), 8192);
}

/** The window's logarithm as the frame header has it. */
const window = (logarithm: number) => () => zstandard((logarithm - 10) << 3);

const kinds: Readonly<Record<string, () => Iterable<Uint8Array>>> = {
  'a section of 4 GiB': lie(0x0a0d0d0a),
  'an interface of 4 GiB': lie(1),
  'a packet of 4 GiB': lie(6),
  'a block of 4 GiB that nobody reads': lie(0x7777),
  'packets of 16 MiB': function* () {
    yield Buffer.concat([section('little'), description('little', 1)]);
    yield* repeated(enhanced('little', 0, 5n, Buffer.alloc(16 * MIB - 32)), 30);
  },
  'pcap’s packets of 2 GiB': function* () {
    yield u32('little', 0xa1b2c3d4);
    yield Buffer.concat([u16('little', 2, 4), u32('little', 0, 0, 0xffffffff, 1)]);
    yield u32('little', 0, 0, 0x7fffffff, 0x7fffffff);
    yield* repeated(zeros, 256);
  },
  'a million interfaces': function* () {
    yield section('little');
    yield* repeated(description('little', 1), 1e6);
  },
  'a million sections': () => repeated(section('little'), 1e6),
  'a million sections with a packet each': () =>
    repeated(Buffer.concat([section('little'), description('little', 1), packet]), 1e6),
  'interfaces with long names': function* () {
    yield section('little');
    yield* repeated(talkative, 4096);
  },
  'interfaces of 16 MiB': function* () {
    yield section('little');
    yield* repeated(block('little', 1, u16('little', 1, 0), Buffer.alloc(16 * MIB - 16)), 40);
  },
  'packets of many comments': function* () {
    yield Buffer.concat([section('little'), description('little', 1)]);
    const comments = Array<Buffer>(500_000).fill(option('little', 1, Buffer.from('a comment')));
    const body = Buffer.concat([u32('little', 0, 0, 5, 0, 0), ...comments]);
    yield* repeated(block('little', 6, body), 20);
  },
  'zstd, a window of 128 MiB': window(27),
  'zstd, a window of 256 MiB': window(28),
  'zstd, a window of 2 GiB': window(31),
};

/** Takes all packets, and with `copied` writes them, which keeps what a next file would have to begin with. */
async function take(source: PacketSource, way: string | undefined): Promise<void> {
  if (way === 'copied') return writeFrom(source, { path: '/dev/null' });
  try {
    while ((await source.next()) !== undefined);
  } finally {
    await source.close();
  }
}

const [, , kind, way] = process.argv;
/** In MiB. */
const most = () => process.resourceUsage().maxRSS / 1024;
await take(await openCaptureFile('fixtures/socat.pcap'), way);
const before = most();
let packets = 0;
let error: string | undefined;
try {
  const stream = Readable.from((kinds[kind as string] as () => Iterable<Uint8Array>)());
  const source = await openCaptureStream(stream, 'it');
  try {
    await take(source, way);
  } finally {
    packets = source.statistics().received;
  }
} catch (thrown) {
  if (!(thrown instanceof CaptureError)) throw thrown;
  error = thrown.message;
}
const measured: Measured = { packets, growth: Math.round(most() - before), ...(error && { error }) };
process.stdout.write(JSON.stringify(measured));
