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
 *    20  link type in the low 16 bits; above, how long the frame check sequence is
 */
import type { ByteSource } from './byte-source.ts';
import { ChunkReader } from './chunk-reader.ts';
import { BATCH_PACKETS, type FileBatch, fileSource } from './file-source.ts';
import { CaptureError, type PacketSource } from './source.ts';

export const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;

/** libpcap's MAXIMUM_SNAPLEN: no packet may claim more, unless the file's snapshot length does. */
export const LARGEST_PACKET = 262_144;
/** Nor may the snapshot length be believed without limit: it decides how long a record may be, and so how much memory it takes. */
export const LARGEST_SNAP_LENGTH = 16 << 20;

/** Whether a file that begins with these bytes is pcap: needs four of them. */
export function isPcap(head: Uint8Array): boolean {
  const magic = headerView(head).getUint32(0);
  const swapped = headerView(head).getUint32(0, true);
  return [magic, swapped].some((value) => value === MICROSECONDS || value === NANOSECONDS);
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
  const major = view.getUint16(4, littleEndian);
  if (major !== 2) {
    throw new CaptureError(
      `${name}: pcap of version ${major}.${view.getUint16(6, littleEndian)}; expected version 2; convert the file with the program that wrote it`,
    );
  }
  const snapLength = view.getUint32(16, littleEndian);
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  const limit = Math.max(LARGEST_PACKET, Math.min(snapLength, LARGEST_SNAP_LENGTH));
  const scale = view.getUint32(0, littleEndian) === NANOSECONDS ? 1 : 1000;
  const walk = createWalk(littleEndian, scale, limit);
  return fileSource(new ChunkReader(source, FILE_HEADER), {
    interfaces: [{ name: undefined, linkType, snapLength }],
    warnings: [],
    dropped: () => undefined,
    fill(reader, batch, received) {
      walk(reader, batch);
      if (batch.count > 0 || reader.end - reader.start < PACKET_HEADER) return;
      const length = reader.view.getUint32(reader.start + 8, littleEndian);
      if (length <= limit) return;
      throw new CaptureError(
        `${name}: packet ${received + 1}, at byte ${reader.base + reader.start}, claims ${length} captured bytes; expected ${limit} at most; the file is damaged there: all packets before were read`,
      );
    },
    unfinished: (_reader, received) => `packet ${received + 1}`,
  });
}

function headerView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Fills a batch with the whole packets of what was read; made once a file, so that V8 sees its byte order as constant. */
function createWalk(
  littleEndian: boolean,
  scale: number,
  limit: number,
): (reader: ChunkReader, batch: FileBatch) => void {
  const HEADER = PACKET_HEADER;
  const MOST = BATCH_PACKETS;
  const LARGEST_INTEGER = 0x7fffffff;

  return function walk(reader, batch) {
    const { view, end, base } = reader;
    const { start, capturedLength, originalLength, seconds, nanoseconds, fileOffset } = batch;
    let at = reader.start;
    let count = 0;
    while (end - at >= HEADER && count < MOST) {
      const captured = view.getUint32(at + 8, littleEndian);
      if (captured > limit || captured > end - at - HEADER) break;
      const original = view.getUint32(at + 12, littleEndian);
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
