/** Capture files that lie: the same ones for the same seed, as changes that can be left out one by one. */
import { gzipSync } from 'node:zlib';
import { block, description, enhanced, option, section } from '../capture/file/pcapng-blocks.ts';

/** Bytes taken away at a place, and others put there. */
export interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly inserted: readonly number[];
}

export type Random = (below: number) => number;

export function edited(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let result = Buffer.from(bytes);
  for (const { at, removed, inserted } of edits) {
    result = Buffer.concat([result.subarray(0, at), Buffer.from(inserted), result.subarray(at + removed)]);
  }
  return result;
}

const PCAP_HEADER = 24;
const RECORD_HEADER = 16;
/** What a plain file of classic pcap begins with here: little endian, with microseconds or nanoseconds. */
const MICROSECONDS = 0xa1b2c3d4;

/** Where each record of a little-endian pcap file starts, and the file's end. */
function records(file: Buffer): number[] {
  const starts: number[] = [];
  let at = PCAP_HEADER;
  while (at < file.length) {
    starts.push(at);
    at += RECORD_HEADER + file.readUInt32LE(at + 8);
  }
  return [...starts, file.length];
}

function isLittleEndianPcap(file: Buffer): boolean {
  return file.length > PCAP_HEADER && [MICROSECONDS, 0xa1b23c4d].includes(file.readUInt32LE(0));
}

/** Some packets of a capture that stand behind each other, as a file of their own: a case is quick, and fragments meet. */
export function excerpt(file: Buffer, random: Random, most = 12): Buffer {
  if (!isLittleEndianPcap(file)) return file;
  const starts = records(file);
  const first = random(Math.max(starts.length - most, 1));
  const last = Math.min(first + most, starts.length - 1);
  return Buffer.concat([file.subarray(0, PCAP_HEADER), file.subarray(starts[first], starts[last])]);
}

/** The same packets as pcapng, with options, comments and blocks that no packet needs. */
function asPcapng(file: Buffer, order: 'little' | 'big'): Buffer {
  const linkType = file.readUInt32LE(20) & 0xffff;
  const starts = records(file);
  const packets = starts.slice(0, -1).map((start, i) => {
    const time = BigInt(file.readUInt32LE(start)) * 1_000_000n + BigInt(file.readUInt32LE(start + 4));
    const data = file.subarray(start + RECORD_HEADER, starts[i + 1]);
    const packet = enhanced(order, i & 1, time, data, file.readUInt32LE(start + 12));
    if (i % 3 !== 0) return packet;
    const body = packet.subarray(8, -4);
    return block(
      order,
      6,
      body,
      option(order, 1, Buffer.from('a comment')),
      option(order, 0, Buffer.alloc(0)),
    );
  });
  const name = option(order, 2, Buffer.from('eth0'));
  const resolution = option(order, 9, Uint8Array.of(6));
  return Buffer.concat([
    section(order),
    description(order, linkType, name, resolution),
    description(order, linkType),
    block(order, 4, Buffer.alloc(4)),
    ...packets,
    block(order, 5, Buffer.alloc(12), option(order, 4, Buffer.alloc(8, 1))),
    block(order, 0xbad, Buffer.alloc(8)),
  ]);
}

/** A zstd frame (RFC 8878) of raw blocks: what is changed in it reaches the reader behind the decompressor. */
function storedZstandard(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  const header = Buffer.alloc(4);
  // A last block, of raw bytes, and its length.
  header.writeUInt32LE((bytes.length << 3) | 1);
  // Single segment, the content's size in four bytes.
  return Buffer.concat([Buffer.from('28b52ffda0', 'hex'), length, header.subarray(0, 3), bytes]);
}

/** How a case's bytes are wrapped into a file. */
export const FORMS = [
  'plain',
  'pcapng',
  'pcapng, big endian',
  'gzip',
  'zstd',
  'gzip outside',
  'zstd outside',
] as const;
export type Form = (typeof FORMS)[number];

/** What the changes are made to. */
export function formed(file: Buffer, form: Form): Buffer {
  if (!isLittleEndianPcap(file)) return form === 'gzip outside' ? gzipSync(file) : file;
  switch (form) {
    case 'pcapng':
      return asPcapng(file, 'little');
    case 'pcapng, big endian':
      return asPcapng(file, 'big');
    case 'gzip outside':
      return gzipSync(file);
    case 'zstd outside':
      return storedZstandard(file);
    default:
      return file;
  }
}

/** What is made of the changed bytes: compression around them, whose own bytes stay right. */
export function wrapped(bytes: Uint8Array, form: Form): Uint8Array {
  if (form === 'gzip') return gzipSync(bytes, { level: 1 });
  if (form === 'zstd') return storedZstandard(bytes);
  return bytes;
}

/** Values that lengths, versions and types like least. */
const BAD_NUMBERS = [
  0, 1, 3, 4, 7, 8, 12, 19, 20, 40, 0x45, 0x4f, 0x60, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff,
];

function numberBytes(value: number, width: number, littleEndian: boolean): number[] {
  const bytes = Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) & 0xff);
  return littleEndian ? bytes : bytes.reverse();
}

/** A place where a length is likely: in a record's or block's header, or in the headers of its packet. */
function likelyPlace(bytes: Buffer, random: Random): number {
  const starts = isLittleEndianPcap(bytes) ? records(bytes) : undefined;
  if (starts !== undefined && starts.length > 1 && random(4) > 0) {
    const start = starts[random(starts.length - 1)] as number;
    return start + (random(4) === 0 ? 8 + random(8) : RECORD_HEADER + random(90));
  }
  return random(random(3) === 0 ? Math.min(bytes.length, 120) : bytes.length);
}

/** One to four changes: bits turned over, lengths that lie, bytes cut off, taken out, put in or told twice. */
export function randomEdits(bytes: Buffer, random: Random): Edit[] {
  const edits: Edit[] = [];
  let length = bytes.length;
  for (let change = random(4); change >= 0 && length > 0; change--) {
    const at = Math.min(likelyPlace(bytes, random), length - 1);
    const kind = random(12);
    let edit: Edit;
    if (kind < 4) {
      edit = { at, removed: 1, inserted: [(bytes[at] ?? 0) ^ (1 << random(8))] };
    } else if (kind < 9) {
      const width = [1, 2, 4][random(3)] as number;
      const there = at + width <= bytes.length ? bytes.readUIntBE(at, width) : 0;
      const value =
        random(2) === 0
          ? (BAD_NUMBERS[random(BAD_NUMBERS.length)] as number)
          : Math.abs(there + random(17) - 8);
      edit = { at, removed: width, inserted: numberBytes(value, width, random(2) === 0) };
    } else if (kind === 9) {
      edit = { at, removed: length - at, inserted: [] };
    } else if (kind === 10) {
      edit = { at, removed: 1 + random(20), inserted: [] };
    } else {
      const from = random(bytes.length);
      edit = { at, removed: 0, inserted: [...bytes.subarray(from, from + 1 + random(60))] };
    }
    edits.push(edit);
    length += edit.inserted.length - Math.min(edit.removed, length - at);
  }
  return edits;
}
