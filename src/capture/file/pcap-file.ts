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
 * Older relatives, as libpcap (sf-pcap.c) and Wireshark (wiretap/libpcap.c) read them:
 * - A. Kuznetsov's magic number a1b2cd34 has packet headers of 24 bytes, with an interface's number, an EtherType and a packet
 *   type at their end; SuSE 6.3's, of 28. Red Hat 6.1 wrote those of 24 under the usual magic number, and Nokia's IPSO
 *   headers of 20: which it is, the first packets show.
 * - netsniff-ng's magic number a1e2cb12 has packet headers of 24 bytes with nanoseconds: a time's source, an interface's number, an
 *   EtherType, a hardware and a packet type at their end.
 * - IXIA's magic numbers 1c0001ac (hardware, nanoseconds) and 1c0001ab (software, microseconds): 4 more bytes behind the file's header.
 * - Before version 2.3 the two lengths stood in the other order, and so in DG/UX's version 543.0; in files of 2.3 either may be.
 * - AIX's version 2.2 counts nanoseconds, and has the interface types of RFC 1573 for link types.
 */

import { CaptureError, type PacketSource } from '../../packet/source.ts';
import type { ByteSource } from './byte-source.ts';
import { type Chunks, type ChunksOf, type FileBatch, readChunks } from './chunk-reader.ts';
import { BATCH_PACKETS, fileSource } from './file-source.ts';
import { lineEndCheck } from './line-ends.ts';
import { createRecordSelection } from './record-selection.ts';

export const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;
/** Its hardware stamps packets to the nanosecond, as Wireshark reads it since 4.4; 4.0 took its times for microseconds. */
const IXIA_HARDWARE = 0x1c0001ac;
const IXIA: readonly number[] = [IXIA_HARDWARE, 0x1c0001ab];
const NETSNIFF_NG = 0xa1e2cb12;
const MAGIC_NUMBERS: readonly number[] = [MICROSECONDS, NANOSECONDS, MODIFIED, NETSNIFF_NG, ...IXIA];
/** What IXIA puts behind the file's header: how long the file is. */
const IXIA_MORE = 4;

/** The lengths that packet headers may have, the likeliest first. */
const USUAL_HEADERS: readonly number[] = [PACKET_HEADER, 24, 20];
const NETSNIFF_NG_HEADERS: readonly number[] = [24];
const MODIFIED_HEADERS: readonly number[] = [24, 28];

/** AIX's link types, which are numbers of RFC 1573, as LINKTYPE_: Ethernet, Token Ring, FDDI, loopback. */
const AIX_LINK_TYPES: Readonly<Record<number, number>> = { 6: 1, 9: 6, 15: 10, 24: 0 };

/** libpcap's MAXIMUM_SNAPLEN: no packet may claim more, unless the file's snapshot length does. */
export const LARGEST_PACKET = 262_144;
/** Nor may the snapshot length be believed without limit: it decides how long a record may be, and so how much memory it takes. */
const LARGEST_SNAP_LENGTH = 16 << 20;

/** Whether a file that begins with these bytes is pcap: needs four of them. */
export function isPcap(head: Uint8Array): boolean {
  const view = headerView(head);
  return MAGIC_NUMBERS.includes(view.getUint32(0)) || MAGIC_NUMBERS.includes(view.getUint32(0, true));
}

/**
 * Opens the packets of a pcap file.
 *
 * @param source stands just behind the header; closed with the packets
 * @param header the file's first 24 bytes, or all where there are fewer
 * @param chunksOf how it is read
 * @throws {CaptureError} if the header breaks off or its version is unknown
 */
export async function openPcap(
  source: ByteSource,
  header: Uint8Array,
  chunksOf: ChunksOf = readChunks,
): Promise<PacketSource> {
  const { name } = source;
  const view = headerView(header);
  const littleEndian = !MAGIC_NUMBERS.includes(view.getUint32(0));
  const magic = view.getUint32(0, littleEndian);
  const size = IXIA.includes(magic) ? FILE_HEADER + IXIA_MORE : FILE_HEADER;
  const present =
    header.length < FILE_HEADER ? header.length : FILE_HEADER + (await skip(source, size - FILE_HEADER));
  if (present < size) {
    throw new CaptureError(
      `${name}: the file breaks off at byte ${present}, in its header of ${size} bytes; record or copy it again`,
    );
  }
  const [major, minor] = [view.getUint16(4, littleEndian), view.getUint16(6, littleEndian)];
  if (major < 2) {
    throw new CaptureError(
      `${name}: pcap version ${major}.${minor}; expected version 2; convert the file with the program that wrote it`,
    );
  }
  const snapLength = view.getUint32(16, littleEndian);
  const network = view.getUint32(20, littleEndian);
  const aixLinkType =
    magic === MICROSECONDS && major === 2 && minor === 2 ? AIX_LINK_TYPES[network] : undefined;
  const hasNanoseconds =
    magic === NANOSECONDS || magic === NETSNIFF_NG || magic === IXIA_HARDWARE || aixLinkType !== undefined;
  const lengths = orderOfLengths(major, minor);
  const limit = Math.max(LARGEST_PACKET, Math.min(snapLength, LARGEST_SNAP_LENGTH));
  const reader = chunksOf(source, size);
  const layouts = packetHeaders(magic, aixLinkType !== undefined).map((packetHeader) => ({
    littleEndian,
    packetHeader,
    lengths,
    scale: hasNanoseconds ? 1 : 1000,
    limit,
  }));
  // From a pipe the first packets may be long in coming: the likeliest layout it is.
  if (source.isPlainFile && layouts.length > 1) await reader.advance();
  const layout = likeliest(layouts, reader, snapLength);
  const isUsual = layout.packetHeader === PACKET_HEADER && size === FILE_HEADER && aixLinkType === undefined;
  const walk = createWalk(layout);
  // Bytes put in look like longer packet headers, too: the usual ones decide.
  const hasChangedLineEnds = lineEndCheck(followRecords(layouts[0] as Layout));
  return fileSource(reader, {
    interfaces: [
      {
        name: undefined,
        linkType: aixLinkType ?? network & 0xffff,
        snapLength,
        timeResolution: hasNanoseconds ? 9 : 6,
        ...((network & HAS_FRAME_CHECK) !== 0 && { frameCheckLength: (network >>> 28) * 2 }),
      },
    ],
    warnings: isKnownVersion(major, minor)
      ? []
      : [`${name}: undefined pcap version ${major}.${minor}: read as version 2.4`],
    ...(isUsual && lengths === 'captured first' && { records: { format: 'pcap', header } }),
    dropped: () => undefined,
    check(reader, received) {
      if (!hasChangedLineEnds(reader)) return;
      throw new CaptureError(
        `${name}: the capture came through a terminal, which put 0d before every 0a${behind(received)}; capture it again without one: leave -t out (kubectl exec, docker exec, ssh)`,
      );
    },
    fill(reader, batch, received) {
      walk(reader, batch);
      if (batch.count > 0 || reader.end - reader.start < layout.packetHeader) return;
      const length = capturedLengthAt(layout, reader.view, reader.start);
      if (length > 0 && length <= limit) return;
      const another = anotherHeader(reader.view, reader.start);
      if (another !== undefined) {
        throw new CaptureError(`${name}: ${twoFiles(another, reader.base + reader.start, received)}`);
      }
      throw new CaptureError(
        `${name}: packet ${received + 1}, at byte ${reader.base + reader.start}, claims ${length} captured bytes; expected at most ${limit}; the file is damaged there: all packets before that were read`,
      );
    },
    unfinished: (_reader, received) => `packet ${received + 1}`,
    ...(isUsual &&
      lengths === 'captured first' &&
      littleEndian && { select: (filter: Uint8Array) => createRecordSelection(filter, layout) }),
  });
}

/** @param kind of the one that begins at `offset` */
export function twoFiles(kind: string, offset: number, received: number): string {
  return `the header of another capture (${kind}) is at byte ${offset}${behind(received)}: files were concatenated, as by cat; use mergecap instead; all packets before that were read`;
}

function behind(received: number): string {
  return received === 0 ? '' : `, after packet ${received}`;
}

/** What else files of captures begin with, where a packet would have a time; behind a length that can't be. */
const OTHER_HEADERS: readonly (readonly [word: number, name: string])[] = [
  [0x0a0d0d0a, 'pcapng'],
  [0x1f8b0800, 'gzip'],
  [0x1f8b0808, 'gzip'],
  [0x28b52ffd, 'zstd'],
];

/** Which kind of file begins at `start`, if any does. */
function anotherHeader(view: DataView, start: number): string | undefined {
  if (startsPcap(view, start)) return 'pcap';
  const word = view.getUint32(start);
  return OTHER_HEADERS.find(([first]) => first === word)?.[1];
}

/** Whether pcap's file header, with nothing in its reserved words, stands at `at`: 16 bytes of it must be there. */
export function startsPcap(view: DataView, at: number): boolean {
  const littleEndian = !MAGIC_NUMBERS.includes(view.getUint32(at));
  return (
    MAGIC_NUMBERS.includes(view.getUint32(at, littleEndian)) &&
    view.getUint16(at + 4, littleEndian) === 2 &&
    view.getUint16(at + 6, littleEndian) === 4 &&
    view.getInt32(at + 8) === 0 &&
    view.getInt32(at + 12) === 0
  );
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

function isKnownVersion(major: number, minor: number): boolean {
  return (major === 2 && minor <= 4) || (major === 543 && minor === 0);
}

function orderOfLengths(major: number, minor: number): OrderOfLengths {
  if (major === 543 || (major === 2 && minor < 3)) return 'original first';
  return major === 2 && minor === 3 ? 'either' : 'captured first';
}

function packetHeaders(magic: number, isAix: boolean): readonly number[] {
  if (magic === MODIFIED) return MODIFIED_HEADERS;
  if (magic === NETSNIFF_NG) return NETSNIFF_NG_HEADERS;
  return magic === MICROSECONDS && !isAix ? USUAL_HEADERS : [PACKET_HEADER];
}

/** How many packets are looked at to tell layouts from each other; with fewer, the usual one is believed. */
const PACKETS_TO_TRY = 3;
/** Wireshark's bound of what a packet on the wire is believed to have. */
const LARGEST_ORIGINAL = 128 << 20;

/**
 * The layout in which the first packets make sense. Wireshark takes the one with the fewest oddities; here another than the usual
 * must have none in three packets, so that damage does not pass for another format.
 */
function likeliest(layouts: readonly Layout[], reader: Chunks, snapLength: number): Layout {
  const [usual, ...others] = layouts as readonly [Layout, ...Layout[]];
  if (sensiblePackets(usual, reader, snapLength) !== undefined) return usual;
  return others.find((layout) => sensiblePackets(layout, reader, snapLength) === PACKETS_TO_TRY) ?? usual;
}

/**
 * How many of the first packets there are, were this the file's layout; undefined if one is odd, by the signs of wiretap's
 * libpcap_try_record, or breaks off.
 */
function sensiblePackets(layout: Layout, reader: Chunks, snapLength: number): number | undefined {
  const { view, start, end } = reader;
  const { littleEndian, packetHeader, limit } = layout;
  // A plain file gives less than what was asked for at its end alone.
  const isWhole = end - start < reader.size;
  let at = start;
  for (let i = 0; i < PACKETS_TO_TRY; i++) {
    if (at === end) return i;
    if (end - at < packetHeader) return isWhole ? undefined : i;
    const captured = capturedLengthAt(layout, view, at);
    const first = view.getUint32(at + 8, littleEndian);
    const original = captured === first ? view.getUint32(at + 12, littleEndian) : first;
    if (view.getUint32(at + 4, littleEndian) >= 1_000_000) return undefined;
    if (captured > Math.min(limit, snapLength, original) || original > LARGEST_ORIGINAL) return undefined;
    at += packetHeader + captured;
    if (at > end) return isWhole ? undefined : i;
  }
  return PACKETS_TO_TRY;
}

function followRecords(layout: Layout): (view: DataView, start: number, end: number) => number {
  const { littleEndian, packetHeader, limit, scale } = layout;
  const fractions = scale === 1 ? 1e9 : 1e6;
  return (view, start, end) => {
    let at = start;
    while (end - at >= packetHeader) {
      const captured = capturedLengthAt(layout, view, at);
      const most = Math.max(view.getUint32(at + 8, littleEndian), view.getUint32(at + 12, littleEndian));
      if (captured > limit || captured < most - LARGEST_ORIGINAL) return -1;
      if (view.getUint32(at + 4, littleEndian) >= fractions) return -1;
      if (captured > end - at - packetHeader) break;
      at += packetHeader + captured;
    }
    return end - at;
  };
}

/** @returns how many bytes there were to skip, `length` at most */
async function skip(source: ByteSource, length: number): Promise<number> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const count = await source.read(bytes, at, length - at);
    if (count === 0) break;
    at += count;
  }
  return at;
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
function createWalk(layout: Layout): (reader: Chunks, batch: FileBatch) => void {
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
      // A packet of nothing may be the header of one more file.
      if (captured === 0 && startsPcap(view, at)) break;
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
