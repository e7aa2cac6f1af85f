/** Live capture on Linux: the kernel's own blocks as batches, from one interface or several in the order of time. */
import { readFileSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import {
  CaptureError,
  type CaptureInterface,
  type InterfaceStatistics,
  type PacketBatch,
  type PacketSource,
} from '../source.ts';
import { libc } from './libc.ts';
import type { NetworkNamespace } from './namespace.ts';
import { openPacketSocket, type PacketSocket, type RingSize } from './packet-socket.ts';
import { createRingBatch } from './ring-batch.ts';
import { LARGEST_MEMORY, mapRings } from './ring-memory.ts';
import { mergeRings } from './ring-merge.ts';
import { createRingReader } from './ring-reader.ts';
import { createWaiter } from './waiter.ts';

export interface RingInterface {
  /** As it is shown. */
  readonly name: string;
  /** Its name in its namespace; `any` for all there. */
  readonly device: string;
  /** This process's where not given. */
  readonly namespace?: NetworkNamespace | undefined;
}

export interface RingOptions {
  /** At least one. */
  readonly interfaces: readonly RingInterface[];
  /** libpcap's filter language; empty for everything. */
  readonly filter: string;
  /** The most bytes kept of a packet; 0 for all. */
  readonly snapLength: number;
  readonly promiscuous: boolean;
  /** Bytes of each interface's ring; chosen where not given. */
  readonly bufferSize?: number;
}

/** Longer than any packet: the kernel cuts what does not fit into a block. */
const BLOCK_SIZE = 1 << 19;
/** What a packet takes in a block at the least, in bytes. */
const SMALLEST_PACKET = 96;
/** Milliseconds after which the kernel hands over a block that is not full. It looks every so often: it may be twice that. */
const RETIRE_TIMEOUT = 4;
/** How far behind the clock the order of several interfaces' packets is settled: what they captured until then is here. */
const WINDOW = 3 * RETIRE_TIMEOUT;
const USUAL_BUFFER = 32 << 20;
/** For several interfaces, all together. */
const USUAL_BUFFERS = 64 << 20;
const SMALLEST_BUFFER = 4 << 20;

/** Milliseconds between two looks while packets keep coming, where a ring is far from full. */
const BUSY_PAUSE = 20;
/** The part of a ring up to which it may fill from one look to the next: beyond that, it is looked at as often as there is news. */
const FAR_FROM_FULL = 1 / 4;

/** How often a quiet capture looks after its interfaces, in milliseconds. */
const IDLE_CHECK = 500;
/** How long packets may follow each other before the event loop has its turn, in milliseconds. */
const LONGEST_TURN = 10;
/** How long, once stopped, the kernel may take to hand out what it has, in milliseconds; and how often it is looked. */
const PATIENCE = 1000;
const LAST_LOOKS = 2;

const SNAP_LENGTH = 262_144;

/**
 * Opens rings. Packets are captured when it returns.
 *
 * @throws {CaptureError} where an interface does not exist or is down, permission is missing, the filter is not understood,
 *   or koffi is not installed
 * @throws {RingUnavailableError} where this system has no rings for us
 */
export function openRing(options: RingOptions): PacketSource {
  libc();
  const { interfaces, filter, snapLength, promiscuous } = options;
  const ring = ringSize(options);
  const sockets: PacketSocket[] = [];
  try {
    for (const { device, namespace } of interfaces) {
      sockets.push(openPacketSocket({ interface: device, namespace, filter, snapLength, promiscuous, ring }));
    }
    return createSource(options, sockets);
  } catch (error) {
    for (const socket of sockets) socket.close();
    throw error;
  }
}

function ringSize({ interfaces, bufferSize }: RingOptions): RingSize {
  const several = Math.max(SMALLEST_BUFFER, Math.floor(USUAL_BUFFERS / interfaces.length));
  const wanted = bufferSize ?? Math.min(USUAL_BUFFER, several);
  const size = Math.min(wanted, LARGEST_MEMORY / interfaces.length);
  const blockCount = Math.max(2, Math.floor(size / BLOCK_SIZE));
  return { blockSize: BLOCK_SIZE, blockCount, retireTimeout: RETIRE_TIMEOUT };
}

/** What became of an interface. */
type State = 'up' | 'down' | 'gone';

/** Totals of one interface. */
interface Counts {
  packets: number;
  drops: number;
  freezes: number;
  /** The device's own count when the capture began, where it has one. */
  readonly deviceDropsBefore: number | undefined;
}

function createSource(options: RingOptions, sockets: readonly PacketSocket[]): PacketSource {
  const memory = mapRings(sockets);
  const { bytes, room, address } = memory;
  const name = options.interfaces.map((one) => one.name).join(', ');
  const interfaces: CaptureInterface[] = options.interfaces.map((one, index) => ({
    name: one.name,
    linkType: sockets[index].linkType,
    snapLength: options.snapLength === 0 ? SNAP_LENGTH : options.snapLength,
  }));
  const readers = sockets.map((socket, index) =>
    createRingReader(socket, memory, memory.offsets[index], options.snapLength, numbering(socket, index)),
  );
  const batch = createRingBatch(
    memory,
    Math.floor((BLOCK_SIZE / SMALLEST_PACKET) * Math.min(2, readers.length)),
  );
  const waiter = createWaiter(sockets);
  const states: State[] = sockets.map(() => 'up');
  /** Which of the interfaces asked for each of `interfaces` came of. */
  const origins = sockets.map((_, index) => index);
  const counts: Counts[] = options.interfaces.map((one) => ({
    packets: 0,
    drops: 0,
    freezes: 0,
    deviceDropsBefore: deviceDrops(one),
  }));
  const warnings: string[] = [];
  let received = 0;
  let lastTurn = performance.now();
  let stoppedAt: number | undefined;
  let isClosed = false;
  let closing: Promise<void> | undefined;
  let waitUnderWay: Promise<void> | undefined;
  /** Whether packets came since the last time that there was nothing to do. */
  let isBusy = false;

  /** Numbers interfaces: those of `any` when they first have a packet. */
  function numbering(socket: PacketSocket, index: number): (interfaceIndex: number) => number {
    if (socket.interfaceIndex !== 0) return () => index;
    const { name: anyName } = interfaces[index];
    const prefix = anyName?.slice(0, anyName.lastIndexOf(':') + 1);
    const numbers = new Map<number, number>([[0, index]]);
    return (interfaceIndex) => {
      const known = numbers.get(interfaceIndex);
      if (known !== undefined) return known;
      const device = socket.nameOf(interfaceIndex);
      let number = index;
      if (device !== undefined && interfaces.length < 65_536) {
        number = interfaces.push({ ...interfaces[index], name: `${prefix}${device}` }) - 1;
        origins.push(index);
      }
      numbers.set(interfaceIndex, number);
      return number;
    };
  }

  function fill(): void {
    if (readers.length === 1) {
      if (readers[0].peek()) readers[0].take(batch, Number.POSITIVE_INFINITY, 0);
    } else {
      mergeRings(
        readers,
        (index) => states[index] === 'up',
        batch,
        stoppedAt === undefined ? Date.now() : Number.POSITIVE_INFINITY,
        WINDOW,
      );
    }
  }

  function hasPackets(): boolean {
    return readers.some((reader) => reader.peek());
  }

  function readCounts(): void {
    if (isClosed) return;
    for (const [index, socket] of sockets.entries()) {
      const { packets, drops, freezes } = socket.statistics();
      const total = counts[index];
      total.packets += packets;
      total.drops += drops;
      total.freezes += freezes;
    }
  }

  /** Whether all that the kernel took before it was stopped has been read. */
  function isDrained(): boolean {
    if (hasPackets()) return false;
    readCounts();
    if (performance.now() - (stoppedAt as number) > PATIENCE) return true;
    return readers.every(({ seen }, index) => seen >= counts[index].packets - counts[index].drops);
  }

  function lookAfterInterfaces(): void {
    for (const [index, socket] of sockets.entries()) {
      const hadError = waiter.hasError(index);
      const error = hadError ? socket.error() : 0;
      if (states[index] === 'gone' || (states[index] === 'up' && !hadError)) continue;
      const up = socket.isUp();
      const { name: shown } = options.interfaces[index];
      if (up === undefined) {
        states[index] = 'gone';
        waiter.forget(index);
        // Where it was the last one, that is said as the reason of the end.
        if (states.some((state) => state !== 'gone'))
          warnings.push(`${shown} was removed: what it captured is kept, and nothing more comes of it`);
      } else if (!up && states[index] === 'up') {
        states[index] = 'down';
        warnings.push(`${shown} went down: what it captured is kept; capturing goes on when it is up again`);
      } else if (up && states[index] === 'down') {
        states[index] = 'up';
        warnings.push(`${shown} is up again: capturing goes on`);
      } else if (up && error !== 0 && getSystemErrorName(-error) !== 'ENETDOWN') {
        warnings.push(`${shown}: the kernel says ${getSystemErrorName(-error)}; capturing goes on`);
      }
    }
  }

  async function wait(): Promise<void> {
    if (stoppedAt !== undefined) {
      await pause(LAST_LOOKS);
    } else if (isBusy || hasPackets()) {
      // Where packets keep coming, looking again later costs less than being woken for each block; and those that are here
      // are not to be handed out before the other interfaces' are here too.
      isBusy = false;
      const fullest = Math.max(...readers.map((reader) => reader.passed()));
      await pause(fullest <= FAR_FROM_FULL ? BUSY_PAUSE : RETIRE_TIMEOUT);
    } else {
      waitUnderWay = waiter.wait(IDLE_CHECK);
      await waitUnderWay;
      waitUnderWay = undefined;
      if (!isClosed) lookAfterInterfaces();
    }
    lastTurn = performance.now();
  }

  async function next(): Promise<PacketBatch | undefined> {
    for (const reader of readers) if (!isClosed) reader.release();
    if (performance.now() - lastTurn > LONGEST_TURN) {
      await new Promise(setImmediate);
      lastTurn = performance.now();
    }
    while (!isClosed) {
      batch.count = 0;
      fill();
      if (batch.count > 0) {
        received += batch.count;
        isBusy = true;
        return batch;
      }
      for (const reader of readers) reader.release();
      if (stoppedAt !== undefined && isDrained()) return undefined;
      if (states.every((state) => state === 'gone') && !hasPackets()) {
        throw new CaptureError(
          `${name} ${states.length > 1 ? 'were' : 'was'} removed: the capture ended, and what was captured is kept; see the interfaces there are with: tunnelscope interfaces`,
        );
      }
      await wait();
    }
    return undefined;
  }

  function stop(): void {
    if (stoppedAt !== undefined || isClosed) return;
    stoppedAt = performance.now();
    for (const socket of sockets) socket.refuseAll();
    waiter.wake();
  }

  async function close(): Promise<void> {
    readCounts();
    isClosed = true;
    waiter.wake();
    await waitUnderWay;
    waiter.close();
    memory.unmap();
    for (const socket of sockets) socket.close();
  }

  function interfaceStatistics(): InterfaceStatistics[] {
    return options.interfaces.map((one, index) => {
      const { packets, drops, freezes, deviceDropsBefore } = counts[index];
      const now = deviceDropsBefore === undefined ? undefined : deviceDrops(one);
      const byDevice = now === undefined ? undefined : now - (deviceDropsBefore as number);
      return {
        name: one.name,
        // Where the filter is decided here, the kernel counts what comes before it.
        passedFilter: sockets[index].filter === undefined ? packets : readers[index].taken,
        dropped: drops,
        freezes,
        ...(byDevice !== undefined && { droppedAt: byDevice }),
      };
    });
  }

  /** What the devices of `any` dropped is counted for all together: that none did is known of each. */
  function dropsOf(number: number): number | undefined {
    const { drops } = counts[origins[number]];
    return number < sockets.length || drops === 0 ? drops : undefined;
  }

  return {
    name,
    interfaces,
    isLive: true,
    warnings,
    memory: { bytes, room, address, write: libc().writev },
    next,
    stop,
    statistics() {
      readCounts();
      const dropped = counts.reduce((sum, { drops }) => sum + drops, 0);
      const droppedAt = interfaces.map((_, number) => dropsOf(number));
      return { received, dropped, droppedAt, interfaces: interfaceStatistics() };
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** What libpcap counts as dropped by a device: only this namespace's are in /sys. */
function deviceDrops({ device, namespace }: RingInterface): number | undefined {
  if (namespace !== undefined) return undefined;
  try {
    const read = (counter: string) =>
      Number(readFileSync(`/sys/class/net/${device}/statistics/${counter}`, 'latin1'));
    return read('rx_missed_errors') + read('rx_fifo_errors');
  } catch {
    return undefined;
  }
}
