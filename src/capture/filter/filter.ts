/** libpcap's filter language on packets that were read, not captured. */

import { LINKTYPE_NFLOG } from '../../packet/link-type.ts';
import {
  ATTRIBUTE_HEADER,
  attributeLength,
  findAttribute,
  isLittleEndian,
  isLoggedFrame,
  NFULA,
} from '../../packet/nflog-attributes.ts';
import type { CaptureInterface, PacketBatch, PacketSource } from '../../packet/source.ts';
import type { SelectingSource } from '../file/file-source.ts';
import { type BpfFunction, type BpfProgram, translateBpf } from './bpf.ts';
import { bpfModule } from './bpf-module.ts';
import { type ByteOrder, compileBpf } from './libpcap.ts';

export interface PacketFilter {
  readonly expression: string;
  /** LINKTYPE_ number of the packets that it understands. */
  readonly linkType: number;
  /** Whether the filter takes the packet whose first byte is at `start`; lengths in bytes. */
  readonly matches: BpfFunction;
  /** What it is made of, where that is one program for the packet as it is. */
  readonly program?: BpfProgram;
}

const LINKTYPE_NULL = 0;
const LINKTYPE_ETHERNET = 1;
const LINKTYPE_RAW = 101;

/** What tcpdump asks for: all of a packet. */
const SNAP_LENGTH = 262_144;

/**
 * Compiles an expression of libpcap's filter language (pcap-filter(7)), as tcpdump takes it.
 *
 * @param linkType LINKTYPE_ number of the packets
 * @param snapLength the most bytes of a packet that the filter may look at; no limit for 0
 * @throws {CaptureError} if the expression is not understood, or what compiles it is not installed
 */
export function compileFilter(expression: string, linkType: number, snapLength = 0): PacketFilter {
  if (linkType === LINKTYPE_NFLOG) return compileLogFilter(expression, snapLength);
  const most = snapLength === 0 ? SNAP_LENGTH : snapLength;
  const compile = (byteOrder: ByteOrder) => compileBpf(expression, linkType, most, { byteOrder });
  const program = compile('little');
  const little = translateBpf(program);
  if (linkType !== LINKTYPE_NULL) return { expression, linkType, matches: little, program };
  // The header of BSD's loopback is in the byte order of the machine that captured; its numbers are small ones.
  const big = translateBpf(compile('big'));
  return {
    expression,
    linkType,
    matches: (view, start, captured, original) =>
      captured >= 4 && view.getUint16(start) === 0
        ? big(view, start, captured, original)
        : little(view, start, captured, original),
  };
}

/** libpcap refuses filters for logged packets: theirs is run behind the attributes, on the packet that was logged. */
function compileLogFilter(expression: string, snapLength: number): PacketFilter {
  const packets = compileFilter(expression, LINKTYPE_RAW, snapLength).matches;
  const frames = compileFilter(expression, LINKTYPE_ETHERNET, snapLength).matches;
  return {
    expression,
    linkType: LINKTYPE_NFLOG,
    matches(view, start, captured) {
      const end = start + captured;
      const attribute = findAttribute(view, start, end, NFULA.payload);
      if (attribute < 0) return false;
      const payload = attribute + ATTRIBUTE_HEADER;
      const length = attributeLength(view, attribute, isLittleEndian(view, start, end)) - ATTRIBUTE_HEADER;
      const matches = isLoggedFrame(view, start, payload, end) ? frames : packets;
      return matches(view, payload, Math.min(length, end - payload), length);
    },
  };
}

/**
 * The packets of a source that match an expression in libpcap's filter language. Only the places of the packets in a batch are
 * copied. Closing it closes the source, and so does an invalid expression.
 *
 * ```ts
 * for await (const packet of packets(filtered(await openCaptureFile('ping.pcap'), 'udp port 9000'))) console.log(packet.number);
 * ```
 *
 * @throws {CaptureError} if the expression is not understood or what compiles it is not installed: here for the link types known so far, and from `next` for later ones
 */
export function filtered(source: PacketSource, expression: string): PacketSource {
  const byLinkType = new Map<number, PacketFilter>();
  /** By interface: a file may have several link types. */
  const filters: BpfFunction[] = [];
  const learn = (interfaces: readonly CaptureInterface[]) => {
    for (let index = filters.length; index < interfaces.length; index++) {
      const { linkType } = interfaces[index] as CaptureInterface;
      let filter = byLinkType.get(linkType);
      if (filter === undefined) {
        filter = compileFilter(expression, linkType);
        byLinkType.set(linkType, filter);
      }
      filters.push(filter.matches);
    }
  };
  try {
    learn(source.interfaces);
  } catch (error) {
    void source.close();
    throw error;
  }
  let selected: PacketBatch | undefined;
  let isFirst = true;
  const narrowed = createNarrowed();
  let received = 0;

  async function next(): Promise<PacketBatch | undefined> {
    for (;;) {
      const batch = await source.next();
      if (batch === undefined) return undefined;
      // What is a batch long at most would be done before that is compiled.
      if (isFirst && source.statistics().readShare !== 1) selected = selectInFile(source, byLinkType);
      isFirst = false;
      if (batch === selected) {
        received += batch.count;
        return batch;
      }
      learn(source.interfaces);
      narrow(batch, filters, narrowed);
      received += narrowed.count;
      if (narrowed.count > 0) return narrowed;
    }
  }

  return {
    name: source.name,
    interfaces: source.interfaces,
    isLive: source.isLive,
    get timesAreArrival() {
      return source.timesAreArrival === true;
    },
    ...(source.isStream === true && { isStream: true }),
    get warnings() {
      return source.warnings;
    },
    ...(source.records !== undefined && { records: source.records }),
    next,
    stop: () => source.stop(),
    statistics() {
      const statistics = source.statistics();
      return { ...statistics, received, examined: statistics.received };
    },
    close: () => source.close(),
  };
}

/** @returns the batch that needs no narrowing, if there will be one */
function selectInFile(
  source: Partial<SelectingSource>,
  filters: ReadonlyMap<number, PacketFilter>,
): PacketBatch | undefined {
  const [first] = filters.values();
  const module = first?.program && source.select !== undefined ? bpfModule(first.program) : undefined;
  return module && source.select?.(module);
}

type Narrowed = { -readonly [Key in keyof PacketBatch]: PacketBatch[Key] };

function createNarrowed(): Narrowed {
  const bytes = new Uint8Array(0);
  return { bytes, view: new DataView(bytes.buffer), ...createPlaces(0, false, false) };
}

function createPlaces(capacity: number, withOffsets: boolean, withBlocks: boolean) {
  return {
    count: 0,
    start: new Int32Array(capacity),
    capturedLength: new Int32Array(capacity),
    originalLength: new Int32Array(capacity),
    seconds: new Float64Array(capacity),
    nanoseconds: new Int32Array(capacity),
    interfaceIndex: new Uint16Array(capacity),
    ...(withOffsets && { fileOffset: new Float64Array(capacity) }),
    ...(withBlocks && { blockStart: new Int32Array(capacity) }),
  };
}

function narrow(batch: PacketBatch, filters: readonly BpfFunction[], narrowed: Narrowed): void {
  const { view, start, capturedLength, originalLength, interfaceIndex, fileOffset, blockStart } = batch;
  if (narrowed.start.length < batch.start.length) {
    const places = createPlaces(batch.start.length, fileOffset !== undefined, blockStart !== undefined);
    Object.assign(narrowed, places);
  }
  narrowed.bytes = batch.bytes;
  narrowed.view = view;
  let count = 0;
  for (let i = 0; i < batch.count; i++) {
    const index = interfaceIndex[i] as number;
    const matches = filters[index] as BpfFunction;
    const at = start[i] as number;
    const captured = capturedLength[i] as number;
    const original = originalLength[i] as number;
    if (!matches(view, at, captured, original)) continue;
    narrowed.start[count] = at;
    narrowed.capturedLength[count] = captured;
    narrowed.originalLength[count] = original;
    narrowed.seconds[count] = batch.seconds[i] as number;
    narrowed.nanoseconds[count] = batch.nanoseconds[i] as number;
    narrowed.interfaceIndex[count] = index;
    if (fileOffset !== undefined) (narrowed.fileOffset as Float64Array)[count] = fileOffset[i] as number;
    if (blockStart !== undefined) (narrowed.blockStart as Int32Array)[count] = blockStart[i] as number;
    count++;
  }
  narrowed.count = count;
}
