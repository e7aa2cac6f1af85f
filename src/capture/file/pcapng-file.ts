/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): blocks, each with its type and length in front, and the length once
 * more behind, so that a reader steps over what it does not know:
 *
 *     0  block type         section header 0x0a0d0d0a, interface description 1, packet 2 (obsolete), simple packet 3,
 *     4  block length       interface statistics 5, enhanced packet 6
 *     8  body, padded to 4 bytes
 *    -4  block length
 *
 * A section header says the byte order of what follows and forgets all interfaces.
 */

import { eachOption, SIMPLE_PACKET } from '../../packet/packet-options.ts';
import {
  type BlockVisitor,
  CaptureError,
  type CaptureInterface,
  type PacketSource,
} from '../../packet/source.ts';
import type { ByteSource } from './byte-source.ts';
import { type Chunks, type ChunksOf, type FileBatch, readChunks } from './chunk-reader.ts';
import { BATCH_PACKETS, type FileFormat, fileSource } from './file-source.ts';
import { isPcap, startsPcap, twoFiles } from './pcap-file.ts';
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  IF_DESCRIPTION,
  IF_FCSLEN,
  IF_NAME,
  IF_TSOFFSET,
  IF_TSRESOL,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  ISB_ENDTIME,
  ISB_IFDROP,
  ISB_OSDROP,
  OBSOLETE_PACKET,
  PACKET_BLOCKS,
  SECTION_HEADER,
} from './pcapng-blocks.ts';
import { type TimeUnit, timeUnit, writeTime } from './pcapng-time.ts';

/** Type, length and the length behind: what every block has. */
const BLOCK_FRAME = 12;
/** The length of each block that is read, without data and options. */
const SMALLEST: Readonly<Record<number, number>> = {
  [SECTION_HEADER]: 28,
  [INTERFACE_DESCRIPTION]: 20,
  [OBSOLETE_PACKET]: 32,
  [SIMPLE_PACKET]: 16,
  [INTERFACE_STATISTICS]: 24,
  [ENHANCED_PACKET]: 32,
};

/** if_tsresol where none is given. */
const MICROSECONDS = 6;

/** As libpcap and Wireshark have it: no block that is read may be longer. Others are stepped over, whatever their length. */
const LARGEST_BLOCK = 16 << 20;
/** Batches name interfaces in 16 bits. */
const MOST_INTERFACES = 65_536;
/** Bytes of an interface's name, and of its description, that are kept: 64 KiB each of all of them would be 8 GiB. */
const LONGEST_TEXT = 512;

/** Whether a file that begins with these bytes is pcapng: needs four of them. */
export function isPcapng(head: Uint8Array): boolean {
  return head[0] === 0x0a && head[1] === 0x0d && head[2] === 0x0d && head[3] === 0x0a;
}

/**
 * Opens the packets of a pcapng file.
 *
 * @param source stands at the first byte; closed with the packets
 * @param chunksOf how it is read
 */
export function openPcapng(source: ByteSource, chunksOf: ChunksOf = readChunks): PacketSource {
  return fileSource(chunksOf(source, 0), pcapngFormat(source.name, []));
}

/**
 * Opens packets that come as blocks of a section under way: little-endian, with times in microseconds.
 *
 * @param described the section's interfaces
 */
export function openPcapngBlocks(source: ByteSource, described: readonly CaptureInterface[]): PacketSource {
  return fileSource(readChunks(source, 0), pcapngFormat(source.name, described));
}

function pcapngFormat(name: string, described: readonly CaptureInterface[]): FileFormat {
  const interfaces = described.map((one, id): CaptureInterface => ({ ...one, id }));
  const units: TimeUnit[] = described.map(() => timeUnit(MICROSECONDS, 0n));
  const warnings: string[] = [];
  const drops: number[] = [];
  const ends: number[] = [];
  const end = { seconds: new Float64Array(1), nanoseconds: new Int32Array(1) };
  /** The section's first interface is `interfaces[base]`. */
  let base = 0;
  let littleEndian = true;
  /** Bytes of a block that are still to be stepped over. */
  let skip = 0;
  let warnedNoTime = false;
  let visit: BlockVisitor | undefined;

  /** Takes enhanced packets in a row: nearly every block of nearly every file. */
  function walk(reader: Chunks, batch: FileBatch): void {
    const { view, end } = reader;
    const { seconds, nanoseconds, interfaceIndex } = batch;
    const blockStart = batch.blockStart as Int32Array;
    const little = littleEndian;
    const ENHANCED = ENHANCED_PACKET;
    const MOST = BATCH_PACKETS;
    const first = base;
    const known = interfaces.length - first;
    let at = reader.start;
    let count = batch.count;
    while (count < MOST && end - at >= 32 && view.getUint32(at, little) === ENHANCED) {
      const length = view.getUint32(at + 4, little);
      if (length > end - at || length < 32 || (length & 3) !== 0) break;
      const id = view.getUint32(at + 8, little);
      const captured = view.getUint32(at + 20, little);
      if (id >= known || captured > length - 32 || view.getUint32(at + length - 4, little) !== length) break;
      interfaceIndex[count] = first + id;
      blockStart[count] = at;
      const high = view.getUint32(at + 12, little);
      const low = view.getUint32(at + 16, little);
      writeTime(units[first + id] as TimeUnit, high, low, seconds, nanoseconds, count);
      writePlace(reader, batch, count, at + 28, captured, view.getUint32(at + 24, little));
      at = (at + length) | 0;
      count = (count + 1) | 0;
    }
    reader.start = at;
    batch.count = count;
  }

  /**
   * Takes one block of any kind.
   *
   * @returns false if more bytes are needed
   */
  function takeBlock(reader: Chunks, batch: FileBatch, received: number): boolean {
    const { view, start } = reader;
    const available = reader.end - start;
    if (skip > 0) {
      const step = Math.min(skip, available);
      skip -= step;
      reader.start += step;
      return step > 0;
    }
    if (available < BLOCK_FRAME) return false;
    const fail = (problem: string): CaptureError =>
      new CaptureError(
        `${name}: the block at byte ${reader.base + start}, after packet ${received + batch.count}, ${problem}; the file is damaged there: all packets before that were read`,
      );
    const isSection = view.getUint32(start, littleEndian) === SECTION_HEADER;
    let little = littleEndian;
    if (isSection) {
      little = view.getUint32(start + 8, true) === BYTE_ORDER_MAGIC;
      if (!little && view.getUint32(start + 8) !== BYTE_ORDER_MAGIC) {
        throw fail('is a section header without the byte-order magic 1a2b3c4d');
      }
    }
    const type = view.getUint32(start, little);
    // Whoever copies the file gets packets and other blocks in the order in which they stand.
    if (visit !== undefined && batch.count > 0 && !PACKET_BLOCKS.includes(type)) return false;
    if (isPcap(reader.bytes.subarray(start, start + 4))) {
      if (available < 16) return false;
      if (startsPcap(view, start)) {
        throw new CaptureError(`${name}: ${twoFiles('pcap', reader.base + start, received + batch.count)}`);
      }
    }
    const length = view.getUint32(start + 4, little);
    const smallest = SMALLEST[type] ?? BLOCK_FRAME;
    if (length < smallest)
      throw fail(`claims ${length} bytes; expected ${smallest} or more for type ${type}`);
    if (length % 4 !== 0) throw fail(`claims ${length} bytes; expected a multiple of 4`);
    if (length > LARGEST_BLOCK) {
      if (type in SMALLEST) throw fail(`claims ${length} bytes; expected at most ${LARGEST_BLOCK}`);
      skip = length;
      return true;
    }
    if (length > available) return false;
    const again = view.getUint32(start + length - 4, little);
    if (again !== length) throw fail(`claims ${length} bytes at its start and ${again} at its end`);
    littleEndian = little;
    if (type === SECTION_HEADER) takeSection(view, start, fail);
    else if (type === INTERFACE_DESCRIPTION) takeInterface(view, start, length, fail);
    else if (type === INTERFACE_STATISTICS) takeStatistics(view, start, length);
    else if (PACKET_BLOCKS.includes(type)) takePacket(reader, batch, type, length, fail);
    if (!PACKET_BLOCKS.includes(type)) visit?.(type, reader.bytes.subarray(start, start + length), little);
    reader.start = start + length;
    return true;
  }

  function takeSection(view: DataView, start: number, fail: (problem: string) => CaptureError): void {
    const major = view.getUint16(start + 12, littleEndian);
    if (major !== 1) throw fail(`is a section of pcapng version ${major}; expected version 1`);
    base = interfaces.length;
  }

  function takeInterface(
    view: DataView,
    start: number,
    length: number,
    fail: (problem: string) => CaptureError,
  ): void {
    if (interfaces.length >= MOST_INTERFACES) {
      throw fail(`describes one interface too many; expected at most ${MOST_INTERFACES}`);
    }
    let title: string | undefined;
    let words: string | undefined;
    let resolution = MICROSECONDS;
    let offset = 0n;
    let frameCheckLength: number | undefined;
    eachOption(view, start + 16, start + length - 4, littleEndian, (code, at, size) => {
      if (code === IF_NAME) title = text(view, at, size);
      else if (code === IF_DESCRIPTION) words = text(view, at, size);
      else if (code === IF_TSRESOL && size >= 1) resolution = view.getUint8(at);
      else if (code === IF_FCSLEN && size >= 1) frameCheckLength = view.getUint8(at);
      else if (code === IF_TSOFFSET && size >= 8) offset = view.getBigInt64(at, littleEndian);
    });
    units.push(timeUnit(resolution, offset));
    interfaces.push({
      name: title,
      ...(words !== undefined && { description: words }),
      id: interfaces.length - base,
      linkType: view.getUint16(start + 8, littleEndian),
      snapLength: view.getUint32(start + 12, littleEndian),
      timeResolution: resolution,
      littleEndian,
      ...(frameCheckLength !== undefined && { frameCheckLength }),
    });
  }

  /** The counts are totals: the last block of an interface holds. */
  function takeStatistics(view: DataView, start: number, length: number): void {
    const index = base + view.getUint32(start + 8, littleEndian);
    if (index >= interfaces.length) return;
    let dropped: number | undefined;
    eachOption(view, start + 20, start + length - 4, littleEndian, (code, at, size) => {
      if ((code === ISB_IFDROP || code === ISB_OSDROP) && size >= 8) {
        dropped = (dropped ?? 0) + Number(view.getBigUint64(at, littleEndian));
      } else if (code === ISB_ENDTIME && size >= 8) {
        const [high, low] = [view.getUint32(at, littleEndian), view.getUint32(at + 4, littleEndian)];
        writeTime(units[index] as TimeUnit, high, low, end.seconds, end.nanoseconds, 0);
        ends[index] = (end.seconds[0] as number) + (end.nanoseconds[0] as number) / 1e9;
      }
    });
    if (dropped !== undefined) drops[index] = dropped;
  }

  function takePacket(
    reader: Chunks,
    batch: FileBatch,
    type: number,
    length: number,
    fail: (problem: string) => CaptureError,
  ): void {
    const { view, start } = reader;
    const { count, seconds, nanoseconds } = batch;
    const isSimple = type === SIMPLE_PACKET;
    let id = 0;
    if (type === ENHANCED_PACKET) id = view.getUint32(start + 8, littleEndian);
    else if (type === OBSOLETE_PACKET) id = view.getUint16(start + 8, littleEndian);
    const index = base + id;
    const captureInterface = interfaces[index];
    if (captureInterface === undefined) {
      throw fail(`is a packet of interface ${id}, but only ${interfaces.length - base} were described`);
    }
    const header = SMALLEST[type] as number;
    const room = length - header;
    const original = view.getUint32(start + (isSimple ? 8 : 24), littleEndian);
    let captured = view.getUint32(start + 20, littleEndian);
    if (isSimple) {
      const { snapLength } = captureInterface;
      captured = Math.min(original, room, snapLength === 0 ? room : snapLength);
      seconds[count] = 0;
      nanoseconds[count] = 0;
      if (!warnedNoTime)
        warnings.push(`${name}: some packets carry no time (simple packet blocks): shown as 0`);
      warnedNoTime = true;
    } else {
      if (captured > room) throw fail(`claims ${captured} captured bytes, but has room for ${room}`);
      const high = view.getUint32(start + 12, littleEndian);
      const low = view.getUint32(start + 16, littleEndian);
      writeTime(units[index] as TimeUnit, high, low, seconds, nanoseconds, count);
    }
    batch.interfaceIndex[count] = index;
    (batch.blockStart as Int32Array)[count] = start;
    writePlace(reader, batch, count, start + header - 4, captured, original);
    batch.count = count + 1;
  }

  return {
    interfaces,
    warnings,
    records: {
      format: 'pcapng',
      visitBlocks(visitor) {
        visit = visitor;
      },
    },
    endedAt: () => (ends.length === 0 ? undefined : interfaces.map((_, index) => ends[index])),
    droppedAt: () => interfaces.map((_, index) => drops[index]),
    dropped: () => drops.reduce<number | undefined>((sum, dropped) => (sum ?? 0) + dropped, undefined),
    fill(reader, batch, received) {
      try {
        do walk(reader, batch);
        while (batch.count < BATCH_PACKETS && takeBlock(reader, batch, received));
      } catch (error) {
        // The packets before the damage go out first; the next call meets it again.
        if (batch.count === 0) throw error;
      }
    },
    unfinished(reader, received) {
      const isPacket =
        skip === 0 &&
        reader.end - reader.start >= 4 &&
        PACKET_BLOCKS.includes(reader.view.getUint32(reader.start, littleEndian));
      return isPacket ? `packet ${received + 1}` : `a block after packet ${received}`;
    },
  };
}

function writePlace(
  reader: Chunks,
  batch: FileBatch,
  count: number,
  start: number,
  captured: number,
  original: number,
): void {
  batch.start[count] = start;
  batch.capturedLength[count] = captured;
  batch.originalLength[count] = original < captured ? captured : Math.min(original, 0x7fffffff);
  const { fileOffset } = batch;
  if (fileOffset !== undefined) fileOffset[count] = reader.base + start;
}

function text(view: DataView, at: number, size: number): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, Math.min(size, LONGEST_TEXT));
  // Some writers end their strings with a NUL, which the format does not ask for.
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
