/** Events of receiving and sending, read out of the kernel's pages when a drop asks for them: one file a processor. */
import { closeSync, readSync } from 'node:fs';
import type { DropStep } from '../../packet/kernel-drop.ts';
import { nameOfBytes } from '../device-name.ts';
import { LITTLE_ENDIAN } from '../netlink.ts';
import type { EventFormat } from './event-format.ts';
import { createPacketLog, MOST_DEVICES, placeOf } from './packet-log.ts';
import { parsePageLayout, readPage } from './raw-pages.ts';
import type { TraceInstance } from './trace-instance.ts';
import { eventFormat, type Tracefs } from './tracefs.ts';

const RECEIVED = 'net/netif_receive_skb';
const SENT = 'net/net_dev_start_xmit';

/** KiB of the kernel's buffers: all together, and at least and at most a processor. */
const BUFFER = { all: 16 * 1024, least: 256, most: 4096 };

export interface PacketEvents {
  /**
   * Reads what has come, and stops on the way at times: {@link courseOf} tells then what was until there.
   *
   * @param stops in their order, each with a µs by the trace's clock
   */
  readUntil<Stop extends { readonly time: number }>(
    stops: readonly Stop[],
    visit: (stop: Stop) => void,
  ): void;
  /** Where the packet was that is at this address, oldest first; times are the trace's. */
  courseOf(address: number): DropStep[];
  close(): void;
}

/** Events of one processor, as they were read; a list of columns that grows. */
class Run {
  readonly descriptor: number;
  count = 0;
  next = 0;
  times = new Float64Array(1024);
  addresses = new Float64Array(1024);
  /** Of {@link placeOf}. */
  places = new Uint32Array(1024);
  lengths = new Uint32Array(1024);

  constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  add(time: number, address: number, place: number, length: number): void {
    if (this.count === this.times.length) this.#grow();
    this.times[this.count] = time;
    this.addresses[this.count] = address;
    this.places[this.count] = place;
    this.lengths[this.count] = length;
    this.count++;
  }

  #grow(): void {
    const size = this.count * 2;
    const times = new Float64Array(size);
    const addresses = new Float64Array(size);
    const places = new Uint32Array(size);
    const lengths = new Uint32Array(size);
    times.set(this.times);
    addresses.set(this.addresses);
    places.set(this.places);
    lengths.set(this.lengths);
    Object.assign(this, { times, addresses, places, lengths });
  }
}

/**
 * What these events look like.
 *
 * @throws {TracingUnavailableError} where the kernel does not have them
 */
export function packetEventFormats(tracefs: Tracefs): PacketEventFormats {
  return { received: eventFormat(tracefs, RECEIVED), sent: eventFormat(tracefs, SENT) };
}

export interface PacketEventFormats {
  readonly received: EventFormat;
  readonly sent: EventFormat;
}

/** Has the kernel tell of receiving and sending into an instance. */
export function openPacketEvents(
  instance: TraceInstance,
  { received, sent }: PacketEventFormats,
): PacketEvents {
  const layout = parsePageLayout(instance.read('events/header_page'));
  const processors = instance.list('per_cpu');
  const share = Math.floor(BUFFER.all / processors.length);
  const kibibytes = Math.min(Math.max(share, BUFFER.least), BUFFER.most);
  instance.write('buffer_size_kb', String(kibibytes));
  const mostPages = Math.ceil((kibibytes * 1024) / layout.size) + 1;
  const names = createNameTable();
  const readers = new Map([readerOf(received, false), readerOf(sent, true)]);
  const runs = processors.map((cpu) => new Run(instance.open(`per_cpu/${cpu}/trace_pipe_raw`)));
  for (const event of [RECEIVED, SENT]) instance.write(`events/${event}/enable`, '1');
  const log = createPacketLog();
  const page = new Uint8Array(layout.size);
  const view = new DataView(page.buffer);

  function readerOf({ id, fields }: EventFormat, isSent: boolean) {
    const at = (name: string) => fields.get(name)?.offset ?? 0;
    return [
      id,
      { address: at('skbaddr'), name: at('name'), length: at('len'), protocol: at('protocol'), isSent },
    ] as const;
  }

  function fill(run: Run): void {
    run.count = 0;
    run.next = 0;
    const take = (time: number, at: number) => {
      const reader = readers.get(view.getUint16(at, LITTLE_ENDIAN));
      if (reader === undefined) return;
      const low = view.getUint32(at + reader.address + (LITTLE_ENDIAN ? 0 : 4), LITTLE_ENDIAN);
      const high = view.getUint32(at + reader.address + (LITTLE_ENDIAN ? 4 : 0), LITTLE_ENDIAN);
      // __data_loc: where its bytes are, and how many with the zero behind them.
      const location = view.getUint32(at + reader.name, LITTLE_ENDIAN);
      const device = names.numberOf(page, at + (location & 0xffff), (location >>> 16) - 1);
      run.add(
        time,
        (high & 0xfffff) * 2 ** 32 + low,
        placeOf(
          device,
          reader.isSent,
          reader.isSent ? view.getUint16(at + reader.protocol, LITTLE_ENDIAN) : 0,
        ),
        view.getUint32(at + reader.length, LITTLE_ENDIAN),
      );
    };
    for (let pages = 0; pages < mostPages; pages++) {
      const length = readNow(run.descriptor, page);
      if (length === 0) return;
      readPage(view, length, layout, take);
    }
  }

  /** The one with the earliest event that is left. */
  function earliest(): Run | undefined {
    let first: Run | undefined;
    for (const run of runs) {
      if (run.next === run.count) continue;
      if (first === undefined || run.times[run.next] < first.times[first.next]) first = run;
    }
    return first;
  }

  return {
    readUntil(stops, visit) {
      for (const run of runs) fill(run);
      let stop = 0;
      for (let run = earliest(); run !== undefined; run = earliest()) {
        const { times, addresses, places, lengths, next } = run;
        const time = times[next] as number;
        // Drops' times are cut to the µs.
        while (stop < stops.length && (stops[stop] as { time: number }).time + 1 <= time)
          visit(stops[stop++] as never);
        log.add(time, addresses[next] as number, places[next] as number, lengths[next] as number);
        run.next++;
      }
      while (stop < stops.length) visit(stops[stop++] as never);
    },
    courseOf: (address) =>
      log.courseOf(address).map((step) => ({ ...step, device: names.nameOf(step.device) })),
    close() {
      for (const { descriptor } of runs) closeSync(descriptor);
    },
  };
}

/** @returns 0 where nothing is there */
export function readNow(descriptor: number, into: Uint8Array): number {
  try {
    return readSync(descriptor, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/** Devices' names as numbers: no string is made for an event. */
function createNameTable() {
  const texts: string[] = [];
  const bytes: Uint8Array[] = [];
  const numbers = new Map<number, number[]>();

  function isSame(known: Uint8Array, from: Uint8Array, start: number, length: number): boolean {
    if (known.length !== length) return false;
    for (let i = 0; i < length; i++) if (known[i] !== from[start + i]) return false;
    return true;
  }

  return {
    numberOf(from: Uint8Array, start: number, length: number): number {
      let hash = length;
      for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + (from[start + i] as number)) | 0;
      const same = numbers.get(hash);
      const known = same?.find((number) => isSame(bytes[number] as Uint8Array, from, start, length));
      if (known !== undefined) return known;
      const name = Uint8Array.from(from.subarray(start, start + Math.max(length, 0)));
      // So many are no host's: those past the most share the last number.
      if (texts.length > MOST_DEVICES) return MOST_DEVICES;
      const number = texts.push(nameOfBytes(name)) - 1;
      bytes.push(name);
      if (same === undefined) numbers.set(hash, [number]);
      else same.push(number);
      return number;
    },
    nameOf: (number: number) => texts[number] as string,
  };
}
