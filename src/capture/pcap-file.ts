/**
 * The pcap file format (draft-ietf-opsawg-pcap):
 *
 *    file header, 24 bytes                     packet header, 16 bytes
 *     0  magic number: a1b2c3d4 with            0  seconds since 1970
 *        microseconds, a1b23c4d with            4  microseconds or nanoseconds
 *        nanoseconds, in either byte order      8  captured length, in bytes
 *     4  major version 2, minor version 4      12  original length, in bytes
 *     8  reserved                              then the captured bytes, unpadded
 *    16  snapshot length
 *    20  link type in the low 16 bits; bit 26 set: in the top 4 bits, how long the frame check
 *        sequence of each packet is, in units of 16 bits
 *
 * Older relatives, as libpcap reads them (sf-pcap.c): A. Kuznetsov's magic number a1b2cd34 has packet headers of 24 bytes,
 * with an interface's number, an EtherType and a packet type at their end. Before version 2.3 the two lengths stood in
 * the other order, and so in DG/UX's version 543.0; in files of 2.3 either may be.
 */
import type { ByteSource } from './byte-source.ts';
import { ChunkReader } from './chunk-reader.ts';
import { BATCH_PACKETS, type FileBatch, fileSource } from './file-source.ts';
import { CaptureError, type PacketSource } from './source.ts';

export const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;
const MODIFIED_PACKET_HEADER = 24;

/** libpcap's MAXIMUM_SNAPLEN: no packet may claim more, unless the file's snapshot length does. */
export const LARGEST_PACKET = 262_144;
/** Nor may the snapshot length be believed without limit: it decides how long a record may be, and so how much memory it takes. */
export const LARGEST_SNAP_LENGTH = 16 << 20;

/** Whether a file that begins with these bytes is pcap: needs four of them. */
export function isPcap(head: Uint8Array): boolean {
  const magic = headerView(head).getUint32(0);
  const swapped = headerView(head).getUint32(0, true);
  return [MICROSECONDS, NANOSECONDS, MODIFIED].some((known) => known === magic || known === swapped);
}

/**
 * Opens the packets of a pcap file.
 *
 * @param source stands just behind the header; closed with the packets
 * @param header the file's first 24 bytes, or all where there are fewer
 * @throws {CaptureError} where the header breaks off or its version is unknown
 */
export function openPcap(source: ByteSource, header: Uint8Array): PacketSource {
  const { name } = source;
  if (header.length < FILE_HEADER) {
    throw new CaptureError(
      `${name}: the file breaks off at byte ${header.length}, in its header of ${FILE_HEADER} bytes; record or copy it again`,
    );
  }
  const view = headerView(header);
  const littleEndian = view.getUint8(0) !== 0xa1;
  const lengths = orderOfLengths(view.getUint16(4, littleEndian), view.getUint16(6, littleEndian));
  if (lengths === undefined) {
    throw new CaptureError(
      `${name}: pcap of version ${view.getUint16(4, littleEndian)}.${view.getUint16(6, littleEndian)}; expected version 2; convert the file with the program that wrote it`,
    );
  }
  const snapLength = view.getUint32(16, littleEndian);
  const network = view.getUint32(20, littleEndian);
  const limit = Math.max(LARGEST_PACKET, Math.min(snapLength, LARGEST_SNAP_LENGTH));
  const magic = view.getUint32(0, littleEndian);
  const layout: Layout = {
    littleEndian,
    packetHeader: magic === MODIFIED ? MODIFIED_PACKET_HEADER : PACKET_HEADER,
    lengths,
    scale: magic === NANOSECONDS ? 1 : 1000,
    limit,
  };
  const walk = createWalk(layout);
  return fileSource(new ChunkReader(source, FILE_HEADER), {
    interfaces: [
      {
        name: undefined,
        linkType: network & 0xffff,
        snapLength,
        timeResolution: magic === NANOSECONDS ? 9 : 6,
        ...((network & HAS_FRAME_CHECK) !== 0 && { frameCheckLength: (network >>> 28) * 2 }),
      },
    ],
    warnings: [],
    ...(magic !== MODIFIED && lengths === 'captured first' && { records: { format: 'pcap', header } }),
    dropped: () => undefined,
    fill(reader, batch, received) {
      walk(reader, batch);
      if (batch.count > 0 || reader.end - reader.start < layout.packetHeader) return;
      const length = capturedLengthAt(layout, reader.view, reader.start);
      if (length <= limit) return;
      throw new CaptureError(
        `${name}: packet ${received + 1}, at byte ${reader.base + reader.start}, claims ${length} captured bytes; expected ${limit} at most; the file is damaged there: all packets before were read`,
      );
    },
    unfinished: (_reader, received) => `packet ${received + 1}`,
  });
}

/** In the file header's last word. */
const HAS_FRAME_CHECK = 1 << 26;

type OrderOfLengths = 'captured first' | 'original first' | 'either';

/** What differs between packets of one file and of another. */
interface Layout {
  readonly littleEndian: boolean;
  /** Bytes. */
  readonly packetHeader: number;
  readonly lengths: OrderOfLengths;
  /** Nanoseconds in a unit of the times. */
  readonly scale: number;
  /** The most captured bytes that a packet may claim. */
  readonly limit: number;
}

/** @returns undefined for a version that nobody knows */
function orderOfLengths(major: number, minor: number): OrderOfLengths | undefined {
  if (major === 543 && minor === 0) return 'original first';
  if (major !== 2) return undefined;
  if (minor < 3) return 'original first';
  return minor === 3 ? 'either' : 'captured first';
}

/** What a packet header says; of either order the smaller length is the captured one. */
function capturedLengthAt({ lengths, littleEndian }: Layout, view: DataView, at: number): number {
  const first = view.getUint32(at + 8, littleEndian);
  const second = view.getUint32(at + 12, littleEndian);
  if (lengths === 'captured first') return first;
  return lengths === 'original first' ? second : Math.min(first, second);
}

function headerView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Fills a batch with the whole packets of what was read; made once a file, so that V8 sees its byte order as constant. */
function createWalk(layout: Layout): (reader: ChunkReader, batch: FileBatch) => void {
  const { littleEndian, scale, limit } = layout;
  const HEADER = layout.packetHeader;
  const usual = layout.lengths === 'captured first';
  const MOST = BATCH_PACKETS;
  const LARGEST_INTEGER = 0x7fffffff;

  return function walk(reader, batch) {
    const { view, end, base } = reader;
    const { start, capturedLength, originalLength, seconds, nanoseconds, fileOffset } = batch;
    let at = reader.start;
    let count = 0;
    while (end - at >= HEADER && count < MOST) {
      const first = view.getUint32(at + 8, littleEndian);
      const captured = usual ? first : capturedLengthAt(layout, view, at);
      if (captured > limit || captured > end - at - HEADER) break;
      let original = view.getUint32(at + 12, littleEndian);
      if (!usual && original <= captured) original = first;
      let second = view.getUint32(at, littleEndian);
      let nanosecond = view.getUint32(at + 4, littleEndian) * scale;
      if (nanosecond > 999_999_999) {
        second += Math.floor(nanosecond / 1e9);
        nanosecond %= 1e9;
      }
      at = (at + HEADER) | 0;
      start[count] = at;
      capturedLength[count] = captured;
      // What does not fit is a lie that no link could carry; the largest number that fits tells as much.
      originalLength[count] = original < captured ? captured : Math.min(original, LARGEST_INTEGER);
      seconds[count] = second;
      nanoseconds[count] = nanosecond;
      if (fileOffset !== undefined) fileOffset[count] = base + at;
      at = (at + captured) | 0;
      count = (count + 1) | 0;
    }
    reader.start = at;
    batch.count = count;
  };
}
