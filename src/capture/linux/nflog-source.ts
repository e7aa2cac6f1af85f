/** Live capture of what rules of Linux's packet filter log: `-i nflog:5`. */

import { LINKTYPE_NFLOG } from '../../packet/link-type.ts';
import type { CaptureInterface, PacketBatch, PacketSource } from '../../packet/source.ts';
import { nflogTimes } from '../file/nflog-times.ts';
import { compileFilter } from '../filter/filter.ts';
import { eachRecord, LARGEST_MESSAGE, type LogName, openLogSocket } from './nflog-socket.ts';
import { createWaiter } from './waiter.ts';

const USUAL_BUFFER = 32 << 20;
/** Bytes of a batch. */
const BATCH = 4 << 20;
/** A message takes as much, at the least: netlink's header, nfgenmsg, the hook's attribute and an empty payload. */
const SMALLEST_RECORD = 32;
/** How long messages may be read before what came is handed out, and the event loop has its turn; in milliseconds. */
const LONGEST_TURN = 10;
/** How long a wait takes at most, in milliseconds. */
const IDLE_CHECK = 5000;

export interface LogOptions {
  readonly log: LogName;
  /** libpcap's filter language; empty for everything. It sees the packet that was logged. */
  readonly filter: string;
  /** The most bytes kept of a packet; 0 for all. */
  readonly snapLength: number;
  /** Bytes of the kernel's buffer; default: chosen. */
  readonly bufferSize?: number;
}

/**
 * Listens to groups of the packet log. Packets are captured when it returns.
 *
 * @throws {CaptureError} if permission is missing, a group has a listener, or the filter is not understood
 */
export function openLog({ log, filter, snapLength, bufferSize = USUAL_BUFFER }: LogOptions): PacketSource {
  const matches = filter === '' ? undefined : compileFilter(filter, LINKTYPE_NFLOG).matches;
  const socket = openLogSocket(log, snapLength, bufferSize);
  const waiter = createWaiter([socket]);
  const interfaces: readonly CaptureInterface[] = [
    { name: log.name, linkType: LINKTYPE_NFLOG, snapLength: 0, timeResolution: 9 },
  ];
  const setTimes = nflogTimes(interfaces);
  const batch = createBatch();
  const { bytes, view } = batch;
  let received = 0;
  /** When it was closed. */
  let lastDrops = 0;
  /** Packets that passed the filter and have no time of their own. */
  let late = 0;
  let stopped = false;
  let closing: Promise<void> | undefined;
  let waitUnderWay: Promise<void> | undefined;
  let isClosed = false;
  let lastTurn = performance.now();

  function take(at: number, length: number): void {
    if (matches !== undefined && !matches(view, at, length, length)) return;
    const index = batch.count++;
    const now = performance.timeOrigin + performance.now();
    batch.start[index] = at;
    batch.capturedLength[index] = length;
    batch.originalLength[index] = length;
    batch.seconds[index] = Math.floor(now / 1000);
    batch.nanoseconds[index] = Math.floor((now % 1000) * 1e6);
  }

  function fill(): void {
    const until = performance.now() + LONGEST_TURN;
    batch.count = 0;
    for (let at = 0; at + LARGEST_MESSAGE <= BATCH; ) {
      const length = socket.read(bytes, at);
      if (length === 0) break;
      eachRecord(view, at, at + length, take);
      at += length;
      if (batch.count > 0 && performance.now() > until) break;
    }
    received += batch.count;
    late += setTimes(batch);
  }

  async function next(): Promise<PacketBatch | undefined> {
    while (!isClosed) {
      if (performance.now() - lastTurn > LONGEST_TURN) {
        await new Promise(setImmediate);
        lastTurn = performance.now();
        continue;
      }
      fill();
      if (batch.count > 0) return batch;
      if (stopped) return undefined;
      waitUnderWay = waiter.wait(IDLE_CHECK);
      await waitUnderWay;
      waitUnderWay = undefined;
      lastTurn = performance.now();
    }
    return undefined;
  }

  async function close(): Promise<void> {
    isClosed = true;
    lastDrops = socket.drops();
    waiter.wake();
    await waitUnderWay;
    waiter.close();
    socket.close();
  }

  return {
    name: log.name,
    interfaces,
    isLive: true,
    warnings: [],
    get timesAreArrival() {
      return late > 0;
    },
    next,
    stop() {
      if (stopped || isClosed) return;
      stopped = true;
      socket.refuseAll();
      waiter.wake();
    },
    statistics() {
      const dropped = closing === undefined ? socket.drops() : lastDrops;
      return {
        received,
        dropped,
        droppedAt: [dropped],
        interfaces: [{ name: log.name, passedFilter: received, dropped, freezes: socket.freezes }],
      };
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function createBatch() {
  const bytes = new Uint8Array(BATCH);
  const capacity = BATCH / SMALLEST_RECORD;
  return {
    bytes,
    view: new DataView(bytes.buffer),
    count: 0,
    start: new Int32Array(capacity),
    capturedLength: new Int32Array(capacity),
    originalLength: new Int32Array(capacity),
    seconds: new Float64Array(capacity),
    nanoseconds: new Int32Array(capacity),
    interfaceIndex: new Uint16Array(capacity),
  };
}
