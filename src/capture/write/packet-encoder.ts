/** Packets as records of pcap and pcapng; and records of either, copied as they stood in the file that was read. */
import { release, type } from 'node:os';
import type { AddressNames } from '../../packet/address-names.ts';
import { COMMENT, EPB_FLAGS, OPTION_END } from '../../packet/packet-options.ts';
import {
  CaptureError,
  type CaptureInterface,
  type FileRecords,
  type PacketBatch,
  type PacketSource,
} from '../../packet/source.ts';
import { ipBytes } from '../../text/ip-bytes.ts';
import {
  BYTE_ORDER_MAGIC,
  ENHANCED_PACKET,
  IF_DESCRIPTION,
  IF_FCSLEN,
  IF_NAME,
  IF_TSRESOL,
  INTERFACE_DESCRIPTION,
  INTERFACE_STATISTICS,
  ISB_ENDTIME,
  ISB_IFDROP,
  ISB_IFRECV,
  ISB_STARTTIME,
  NAME_RESOLUTION,
  NRB_END,
  NRB_IPV4,
  NRB_IPV6,
  SECTION_HEADER,
  SHB_OS,
  SHB_USERAPPL,
} from '../file/pcapng-blocks.ts';
import { BlockTime, MICROSECONDS, NANOSECONDS, putTime } from './block-time.ts';
import { EPB_HEADER, endLengthOf, PlacedBlocks } from './placed-blocks.ts';
import type { RecordBuffer } from './record-buffer.ts';

export type FileFormat = 'pcap' | 'pcapng';

/** Writes one file after the other, each whole in itself. */
export interface PacketEncoder {
  /** What a file begins with. */
  begin(out: RecordBuffer): void;
  /** Takes the packets [from, to) of a batch. */
  packets(out: RecordBuffer, batch: PacketBatch, from: number, to: number): void;
  /** What the last file ends with. */
  end(out: RecordBuffer): void;
}

/**
 * Where a file is written in the format in which it was read, its records are copied: nothing is lost, options and comments,
 * blocks of any kind between packets, time resolutions and sections included.
 *
 * @param name of the file that is written, for messages
 */
export function createEncoder(source: PacketSource, format: FileFormat, name: string): PacketEncoder {
  const { records } = source;
  if (format === 'pcap') {
    return records?.format === 'pcap' ? pcapCopier(records.header) : pcapEncoder(source, name);
  }
  return records?.format === 'pcapng' ? pcapngCopier(records, name) : pcapngEncoder(source);
}

const PCAP_PACKET_HEADER = 16;

function eachPacket(
  packet: (out: RecordBuffer, batch: PacketBatch, index: number) => void,
): PacketEncoder['packets'] {
  return (out, batch, from, to) => {
    for (let index = from; index < to; index++) {
      packet(out, batch, index);
      out.packets++;
    }
  };
}

function pcapCopier(header: Uint8Array): PacketEncoder {
  return {
    begin: (out) => copyBytes(out, header),
    packets: eachPacket((out, batch, index) => {
      const start = batch.start[index];
      const end = start + batch.capturedLength[index];
      out.append(batch.bytes, batch.view, start - PCAP_PACKET_HEADER, end);
    }),
    end() {},
  };
}

/** Bytes of a section's header and its interfaces that are kept. */
const LARGEST_HEAD = 64 << 20;

function pcapngCopier(records: Extract<FileRecords, { format: 'pcapng' }>, name: string): PacketEncoder {
  /** The section's header and its interfaces: a new file has to begin with them. */
  let head: Uint8Array[] = [];
  let headSize = 0;
  let buffer: RecordBuffer | undefined;
  let little = true;
  records.visitBlocks((type, bytes, littleEndian) => {
    little = littleEndian;
    const copy = bytes.slice();
    if (type === SECTION_HEADER) {
      // The section's length, which will be another one: not told.
      copy.fill(0xff, 16, 24);
      head = [copy];
      headSize = copy.length;
    } else if (type === INTERFACE_DESCRIPTION) {
      head.push(copy);
      headSize += copy.length;
      if (headSize > LARGEST_HEAD) {
        throw new CaptureError(
          `${name}: describing the interfaces takes ${headSize} bytes; expected at most ${LARGEST_HEAD}; name the file .pcap, which describes none`,
        );
      }
    }
    if (buffer !== undefined) copyBytes(buffer, copy);
  });
  return {
    begin(out) {
      buffer = out;
      for (const block of head) copyBytes(out, block);
    },
    packets: eachPacket((out, batch, index) => {
      const start = (batch.blockStart as Int32Array)[index];
      out.append(batch.bytes, batch.view, start, start + batch.view.getUint32(start + 4, little));
    }),
    end(out) {
      // The file that was read did not even have a section.
      if (head.length === 0) copyBytes(out, sectionHeader(false));
    },
  };
}

const PCAP_NANOSECONDS = 0xa1b23c4d;
const PCAP_SNAP_LENGTH = 262_144;

function pcapEncoder(source: PacketSource, name: string): PacketEncoder {
  const { interfaces } = source;
  /** What the header said; undefined until there is a packet to tell. */
  let link: CaptureInterface | undefined;
  let waiting = false;
  let packets = 0;

  function writeHeader(out: RecordBuffer): void {
    const { linkType, frameCheckLength } = (link ??= interfaces[0] ?? NO_INTERFACE);
    const snapLength = Math.max(...interfaces.map((one) => one.snapLength || PCAP_SNAP_LENGTH));
    const frameCheck = frameCheckLength === undefined ? 0 : ((frameCheckLength >> 1) << 28) | (1 << 26);
    const at = out.reserve(24);
    const { view } = out;
    view.setUint32(at, PCAP_NANOSECONDS, true);
    view.setUint16(at + 4, 2, true);
    view.setUint16(at + 6, 4, true);
    view.setUint32(at + 8, 0, true);
    view.setUint32(at + 12, 0, true);
    view.setUint32(at + 16, Math.max(snapLength, 0), true);
    view.setUint32(at + 20, linkType | frameCheck, true);
    waiting = false;
  }

  return {
    begin(out) {
      const other = source.isLive && interfaces.find(({ linkType }) => linkType !== interfaces[0]?.linkType);
      if (other) {
        throw new CaptureError(
          `${name}: pcap holds packets of one link type, but ${interfaces[0]?.name} has type ${interfaces[0]?.linkType}, ${other.name} type ${other.linkType}; name the file .pcapng`,
        );
      }
      // A file's first interface may be described later, in front of its first packet.
      if (link !== undefined || interfaces.length > 0) writeHeader(out);
      else waiting = true;
    },
    packets: eachPacket((out, batch, index) => {
      packets++;
      const { linkType } = interfaces[batch.interfaceIndex[index]];
      link ??= interfaces[batch.interfaceIndex[index]];
      if (waiting) writeHeader(out);
      if (linkType !== link.linkType) {
        throw new CaptureError(
          `${name}: pcap holds packets of one link type, but packet ${packets} is of type ${linkType} after others of type ${link.linkType}; name the file .pcapng`,
        );
      }
      const seconds = batch.seconds[index];
      if (seconds < 0 || seconds > 0xffffffff) {
        throw new CaptureError(
          `${name}: the time of packet ${packets} is ${seconds} seconds since 1970; pcap holds 0 to 4294967295; name the file .pcapng`,
        );
      }
      const start = batch.start[index];
      const length = batch.capturedLength[index];
      const pieces = out.piecesOf(batch.bytes);
      const at = pieces === undefined ? out.reserve(PCAP_PACKET_HEADER + length) : start - PCAP_PACKET_HEADER;
      const view = pieces === undefined ? out.view : batch.view;
      view.setUint32(at, seconds, true);
      view.setUint32(at + 4, batch.nanoseconds[index], true);
      view.setUint32(at + 8, length, true);
      view.setUint32(at + 12, batch.originalLength[index], true);
      if (pieces === undefined) out.put(at + PCAP_PACKET_HEADER, batch.bytes, batch.view, start, length);
      else pieces.add(at, PCAP_PACKET_HEADER + length);
    }),
    end(out) {
      if (waiting) writeHeader(out);
    },
  };
}

/** Of a file that describes none: nothing is known of packets that never came. */
const NO_INTERFACE: CaptureInterface = { name: undefined, linkType: 1, snapLength: 0 };
const NO_BYTES = new Uint8Array(0);
function pcapngEncoder(source: PacketSource): PacketEncoder {
  const { interfaces } = source;
  let described = 0;
  /** When the capture began, in milliseconds since 1970, and how many packets of each interface were written since. */
  const began = Date.now();
  const received: number[] = [];
  const time = new BlockTime();
  const blocks = new PlacedBlocks(interfaces);

  function describeNew(out: RecordBuffer): void {
    for (; described < interfaces.length; described++) {
      const { name, description, linkType, snapLength, frameCheckLength, timeResolution } =
        interfaces[described];
      const options: [number, Uint8Array][] = [];
      if (name !== undefined) options.push([IF_NAME, Buffer.from(name)]);
      if (description !== undefined) options.push([IF_DESCRIPTION, Buffer.from(description)]);
      received[described] ??= 0;
      options.push([IF_TSRESOL, Uint8Array.of(timeResolution === MICROSECONDS ? MICROSECONDS : NANOSECONDS)]);
      if (frameCheckLength !== undefined) options.push([IF_FCSLEN, Uint8Array.of(frameCheckLength)]);
      copyBytes(out, block(INTERFACE_DESCRIPTION, [linkType, snapLength], options));
    }
  }

  function copy(out: RecordBuffer, batch: PacketBatch, index: number): void {
    const id = batch.interfaceIndex[index];
    const length = batch.capturedLength[index];
    const flags = batch.packetFlags === undefined ? 0 : batch.packetFlags[index];
    const behind = endLengthOf(length, flags);
    const size = EPB_HEADER + length + behind;
    const at = out.reserve(size);
    const { view } = out;
    time.set(batch.seconds[index], batch.nanoseconds[index], interfaces[id].timeResolution);
    const end = at + size;
    // The padding, before the packet's last bytes come over it.
    if ((length & 3) !== 0) view.setUint32(at + EPB_HEADER + (length & ~3), 0, true);
    view.setUint32(at, ENHANCED_PACKET, true);
    view.setUint32(at + 4, size, true);
    view.setUint32(at + 8, id, true);
    view.setUint32(at + 12, time.high, true);
    view.setUint32(at + 16, time.low, true);
    view.setUint32(at + 20, length, true);
    view.setUint32(at + 24, batch.originalLength[index], true);
    if (flags !== 0) {
      view.setUint16(end - 16, EPB_FLAGS, true);
      view.setUint16(end - 14, 4, true);
      view.setUint32(end - 12, flags, true);
      view.setUint32(end - 8, OPTION_END, true);
    }
    view.setUint32(end - 4, size, true);
    out.put(at + EPB_HEADER, batch.bytes, batch.view, batch.start[index], length);
    received[id]++;
    out.packets++;
  }

  return {
    begin(out) {
      copyBytes(out, sectionHeader(source.isLive));
      described = 0;
      describeNew(out);
      if (source.names !== undefined && source.names.size > 0) copyBytes(out, nameResolution(source.names));
    },
    packets(out, batch, from, to) {
      for (let index = from; index < to; ) {
        if (batch.interfaceIndex[index] >= described) describeNew(out);
        const next = blocks.place(out, batch, index, to, described, received);
        if (next === index) copy(out, batch, index++);
        else index = next;
      }
    },
    end(out) {
      const { dropped, droppedHere = 0, droppedAt } = source.statistics();
      if (!source.isLive && dropped === undefined && droppedHere === 0) return;
      // One whose packets were not written may have dropped some all the same.
      if (described < interfaces.length) describeNew(out);
      const ended = Date.now();
      for (const [id, { timeResolution }] of interfaces.entries()) {
        const options: [number, Uint8Array][] = [];
        if (source.isLive) {
          options.push(
            [ISB_STARTTIME, timeOf(began, timeResolution)],
            [ISB_ENDTIME, timeOf(ended, timeResolution)],
          );
          options.push([ISB_IFRECV, count64(received[id] ?? 0)]);
        }
        const drops = interfaces.length === 1 ? dropped : droppedAt?.[id];
        // What was dropped here, or on nobody knows which interface, stands at the first.
        const all = droppedAt === undefined && interfaces.length > 1 ? (dropped ?? 0) : 0;
        const more = id === 0 ? all + droppedHere : 0;
        if (drops !== undefined || more > 0) options.push([ISB_IFDROP, count64((drops ?? 0) + more)]);
        if (more > 0 && interfaces.length > 1) {
          options.push([COMMENT, Buffer.from('dropped on all interfaces together')]);
        }
        if (options.length === 0) continue;
        const time = new DataView(timeOf(ended, timeResolution).buffer);
        const body = [id, time.getUint32(0, true), time.getUint32(4, true)];
        copyBytes(out, block(INTERFACE_STATISTICS, body, options));
      }
    },
  };
}

function count64(count: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(count), true);
  return bytes;
}

/** @param time in milliseconds since 1970 */
function timeOf(time: number, timeResolution: number | undefined): Uint8Array {
  const bytes = new Uint8Array(8);
  const perSecond = timeResolution === MICROSECONDS ? 1e6 : 1e9;
  putTime(
    new DataView(bytes.buffer),
    0,
    Math.floor(time / 1000),
    perSecond,
    (time % 1000) * (perSecond / 1000),
  );
  return bytes;
}

/** @param isCapturedHere and so on this operating system */
function sectionHeader(isCapturedHere: boolean): Uint8Array {
  // Version 1.0, and a length that is not told.
  const body = [BYTE_ORDER_MAGIC, 1, 0xffffffff, 0xffffffff];
  const options: [number, Uint8Array][] = [[SHB_USERAPPL, Buffer.from('tunnelscope')]];
  if (isCapturedHere) options.unshift([SHB_OS, Buffer.from(`${type()} ${release()}`)]);
  return block(SECTION_HEADER, body, options);
}

/** In front of all packets: who reads them one by one knows the names then. */
function nameResolution(names: AddressNames): Uint8Array {
  const records = [...names.values()].map(({ address, name }) => {
    const bytes = ipBytes(address);
    return item(bytes.length === 4 ? NRB_IPV4 : NRB_IPV6, Buffer.concat([bytes, Buffer.from(`${name}\0`)]));
  });
  return block(NAME_RESOLUTION, [], [], Buffer.concat([...records, item(NRB_END, NO_BYTES)]));
}

/**
 * @param words the body's 32-bit words; of the section header, the two versions are one of them
 * @param records a name resolution block's
 */
function block(
  type: number,
  words: readonly number[],
  options: readonly (readonly [number, Uint8Array])[],
  records: Uint8Array = NO_BYTES,
): Uint8Array {
  const parts = [records, ...options.map(([code, value]) => item(code, value)), item(OPTION_END, NO_BYTES)];
  const size = 12 + words.length * 4 + parts.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, size, true);
  view.setUint32(size - 4, size, true);
  let at = 8;
  for (const word of words) {
    view.setUint32(at, word, true);
    at += 4;
  }
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** An option, or a record of names: type and length in 16 bits each, then the value, padded. */
function item(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + ((value.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, type, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
}

function copyBytes(out: RecordBuffer, bytes: Uint8Array): void {
  const at = out.reserve(bytes.length);
  out.put(at, bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}
