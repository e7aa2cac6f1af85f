/** Live capture on Linux: the kernel's own blocks as batches, from one interface or several in the order of time. */
import { readFileSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { libc } from '../../host/libc.ts';
import type { NetworkNamespace } from '../../host/namespace.ts';
import {
  CaptureError,
  type CaptureInterface,
  type InterfaceStatistics,
  type PacketBatch,
  type PacketSource,
} from '../../packet/source.ts';
import { openPacketSocket, type PacketSocket, type RingSize } from './packet-socket.ts';
import { createRingBatch } from './ring-batch.ts';
import { LARGEST_MEMORY, mapRings } from './ring-memory.ts';
import { mergeRings, SETTLING } from './ring-merge.ts';
import { createRingReader } from './ring-reader.ts';
import { createWaiter } from './waiter.ts';

export interface RingInterface {
  /** As it is shown. */
  readonly name: string;
  /** Whose it is, where that is known: a pod's, a container's. */
  readonly description?: string | undefined;
  /** Its name in its namespace; `any` for all there. */
  readonly device: string;
  /** Default: this process's. */
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
  /** Bytes of each interface's ring; default: chosen. */
  readonly bufferSize?: number;
  /** Milliseconds after which packets are handed out though few come; default: chosen. */
  readonly bufferTimeout?: number;
}

/** The kernel cuts what does not fit into a block. No packet that libpcap would hand out is longer. */
const BLOCK_SIZE = 1 << 18;
/** Blocks that make one batch, where so many are there. */
const BATCH_BLOCKS = 2;
/** What a packet takes in a block at the least, in bytes. */
const SMALLEST_PACKET = 96;
const USUAL_BUFFER = 48 << 20;
/** For several interfaces, all together. */
const USUAL_BUFFERS = 64 << 20;
const SMALLEST_BUFFER = 4 << 20;

/**
 * Milliseconds after which the kernel hands over a block that is not full. Blocks are used up so fast, however little comes: all of
 * them, times this, is how long the reader may pause. Twice this is the longest that a packet waits: the kernel's clock for it
 * may have begun with the block before.
 */
const USUAL_TIMEOUT = 60;
/** Milliseconds that the reader may pause, at the least: where blocks are few, each waits for longer, but not beyond a bound. */
const SHORTEST_PATIENCE = 3000;
const LONGEST_TIMEOUT = 500;

/**
 * Milliseconds between two looks while packets keep coming, where a ring is far from full. Being woken costs as much as hundreds of
 * packets do, so that it is longer where nobody waits for them: as long as not even {@link LINE_RATE} fills the ring.
 */
const BUSY_PAUSE = 20;
const SHORT_PAUSE = 4;
/** Bytes a millisecond: of 10 Gbit/s, with what stands in front of packets in the ring, and some more. */
const LINE_RATE = 1_500_000;
/** The part of a ring up to which it may fill from one look to the next: beyond that, it is looked at more often. */
const FAR_FROM_FULL = 1 / 4;

/** How often a quiet capture looks after interfaces that are down, in milliseconds: of those that go down, the kernel tells. */
const DOWN_CHECK = 500;
const IDLE_CHECK = 5000;
/** How long packets may follow each other before the event loop has its turn, in milliseconds. */
const LONGEST_TURN = 10;
/** How long, once stopped, the kernel may take beyond its time to hand out what it has, in milliseconds; and how often it is looked. */
const PATIENCE = 1000;
const LAST_LOOKS = 2;

const SNAP_LENGTH = 262_144;

/**
 * Opens rings. Packets are captured when it returns.
 *
 * @throws {CaptureError} if an interface does not exist or is down, permission is missing, the filter is not understood,
 *   or koffi is not installed
 * @throws {RingUnavailableError} if this system has no rings for us
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

function ringSize({ interfaces, bufferSize, bufferTimeout = USUAL_TIMEOUT }: RingOptions): RingSize {
  const several = Math.max(SMALLEST_BUFFER, Math.floor(USUAL_BUFFERS / interfaces.length));
  const wanted = bufferSize ?? Math.min(USUAL_BUFFER, several);
  const size = Math.min(wanted, LARGEST_MEMORY / interfaces.length);
  const blockCount = Math.max(2, Math.floor(size / BLOCK_SIZE));
  const patient = Math.min(LONGEST_TIMEOUT, Math.ceil(SHORTEST_PATIENCE / blockCount));
  return { blockSize: BLOCK_SIZE, blockCount, retireTimeout: Math.max(bufferTimeout, patient) };
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
    ...(one.description !== undefined && { description: one.description }),
    linkType: sockets[index].linkType,
    snapLength: options.snapLength === 0 ? SNAP_LENGTH : options.snapLength,
  }));
  const readers = sockets.map((socket, index) =>
    createRingReader(socket, memory, memory.offsets[index], options.snapLength, numbering(socket, index)),
  );
  const batch = createRingBatch(
    memory,
    Math.floor((BLOCK_SIZE / SMALLEST_PACKET) * BATCH_BLOCKS * Math.min(2, readers.length)),
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
  const { retireTimeout, blockCount, blockSize } = sockets[0].ring;
  const longestPause = Math.min(retireTimeout / 4, (blockCount * blockSize) / LINE_RATE);
  const busyPause = Math.max(BUSY_PAUSE, longestPause);
  let lastTurn = performance.now();
  let stoppedAt: number | undefined;
  let isClosed = false;
  let closing: Promise<void> | undefined;
  let waitUnderWay: Promise<void> | undefined;
  /** Whether packets came since the last time that there was nothing to do. */
  let isBusy = false;
  let lastWoken = 0;

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

  /** Whether the kernel has handed out what it had when it was stopped, or never will. */
  function isOverdue(): boolean {
    return stoppedAt !== undefined && performance.now() - stoppedAt > 2 * retireTimeout + PATIENCE;
  }

  function fill(): void {
    if (readers.length > 1) {
      mergeRings(
        readers,
        batch,
        stoppedAt === undefined ? Date.now() : Number.POSITIVE_INFINITY,
        isOverdue(),
      );
      return;
    }
    const [reader] = readers;
    for (let blocks = 0; blocks < BATCH_BLOCKS && reader.peek(); blocks++) {
      reader.take(batch, Number.POSITIVE_INFINITY, 0);
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
    if (isOverdue()) return true;
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
          warnings.push(`${shown} was removed: its packets are kept, and no more will come`);
      } else if (!up && states[index] === 'up') {
        states[index] = 'down';
        warnings.push(`${shown} went down: its packets are kept; capturing continues when it is up again`);
      } else if (up && states[index] === 'down') {
        states[index] = 'up';
        warnings.push(`${shown} is up again: capturing continues`);
      } else if (up && error !== 0 && getSystemErrorName(-error) !== 'ENETDOWN') {
        warnings.push(`${shown}: the kernel says ${getSystemErrorName(-error)}; capturing continues`);
      }
    }
  }

  async function wait(): Promise<void> {
    const wokenBefore = lastWoken;
    lastWoken = performance.now();
    const passed = Math.max(...readers.map((reader) => reader.passed()));
    if (stoppedAt !== undefined) {
      await pause(LAST_LOOKS);
    } else if (hasPackets()) {
      // They are not to be handed out before the other interfaces' are here too.
      await pause(Math.max(SETTLING, retireTimeout / 4));
    } else if (isBusy && (readers.length > 1 || passed > 1 || lastWoken - wokenBefore < busyPause)) {
      // Where blocks fill before their time, looking again later costs less than being woken for each.
      isBusy = false;
      await pause(passed <= FAR_FROM_FULL * blockCount ? busyPause : SHORT_PAUSE);
    } else {
      isBusy = false;
      waitUnderWay = waiter.wait(states.every((state) => state === 'up') ? IDLE_CHECK : DOWN_CHECK);
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
          `${name} ${states.length > 1 ? 'were' : 'was'} removed: the capture ended, and its packets are kept; list the interfaces with: tunnelscope interfaces`,
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
