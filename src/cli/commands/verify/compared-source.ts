/**
 * A long file as two threads read it: another one reads its packets and compares them (compare-thread.ts), and this one takes them. Until the
 * other thread has come as far, and where it can't go on, the file is read here.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import {
  CONTROL,
  type ComparedBatch,
  type ComparedChunks,
  createComparedChunks,
  SLOT,
  type Slot,
  STATE,
} from '../../../exchange/ping/compared-chunks.ts';
import type {
  CaptureInterface,
  CaptureStatistics,
  PacketBatch,
  PacketSource,
} from '../../../packet/source.ts';
import { bundledProgram, isWorthThread } from '../../second-thread.ts';
import type { CompareNews, CompareTask } from './compare-task.ts';

/** Another thread takes so many milliseconds of the processor, and some memory: shorter files are read sooner without it. */
const WORTH_PACKETS = 500_000;
/** Milliseconds that this thread waits for the other one in one go. */
const PATIENCE = 5;
/** Milliseconds after which signals and timers have a turn. */
const TURN = 20;

export interface ComparedSource extends PacketSource {
  /** What the other thread has compared, once there is one. */
  chunks(): ComparedChunks | undefined;
}

export interface ComparedOptions {
  /** The most packets that are wanted. */
  readonly count?: number | undefined;
  /** The other thread's program; default: the one that is bundled. */
  readonly program?: string | undefined;
  /** Packets from which on the other thread is started. */
  readonly worth?: number;
}

/** Whether it is a plain file of a usual format, which another thread would read alike. */
export const mayBeCompared = ({ file, records }: PacketSource): boolean =>
  file !== undefined && records !== undefined;

/** @param own one that may be compared; closed with what is returned */
export function comparedSource(own: PacketSource, options: ComparedOptions = {}): ComparedSource {
  const { count = Number.POSITIVE_INFINITY, worth = WORTH_PACKETS } = options;
  const interfaces: CaptureInterface[] = [];
  let warnings = own.warnings;
  let thread: Thread | undefined;
  /** Packets that came, and how many of them `own` has delivered. */
  let received = 0;
  let receivedHere = 0;
  let isBeside = false;
  let slot: Slot | undefined;
  let isStopped = false;
  let lastTurn = performance.now();
  let timesAreArrival: boolean | undefined;
  let statistics: CaptureStatistics | undefined;

  function noteInterfaces(): void {
    for (const one of own.interfaces.slice(interfaces.length)) interfaces.push(one);
  }
  noteInterfaces();

  async function nextHere(): Promise<PacketBatch | undefined> {
    for (;;) {
      const batch = await own.next();
      noteInterfaces();
      if (batch === undefined) return undefined;
      const missing = received - receivedHere;
      receivedHere += batch.count;
      if (batch.count <= missing) continue;
      received = receivedHere;
      return missing === 0 ? batch : behind(batch, missing);
    }
  }

  /** The other thread goes on from a batch's end on that this one has yet to read. */
  async function nextBefore(one: Thread): Promise<PacketBatch | undefined> {
    const isNear = Atomics.load(one.chunks.control, CONTROL.HAS_CAUGHT_UP) === 1;
    const batch = await nextHere();
    Atomics.store(one.chunks.control, CONTROL.TAKEN, received);
    if (!isNear || batch === undefined) return batch;
    Atomics.store(one.chunks.control, CONTROL.IS_FINAL, 1);
    Atomics.notify(one.chunks.control, CONTROL.IS_FINAL);
    isBeside = true;
    return batch;
  }

  async function turn(): Promise<void> {
    await new Promise(setImmediate);
    lastTurn = performance.now();
  }

  async function nextBeside(one: Thread): Promise<PacketBatch | undefined> {
    for (;;) {
      if (isStopped) return undefined;
      if (slot !== undefined) one.free(slot);
      if (performance.now() - lastTurn > TURN) await turn();
      slot = one.next();
      // That the thread has ended is told between two turns of the event loop.
      while (slot === undefined && !one.isGone && !isStopped) {
        await turn();
        slot = one.next();
      }
      if (isStopped) return undefined;
      const state = slot?.header[SLOT.STATE];
      if (slot === undefined || state === STATE.FAILED) break;
      for (const news of one.news(slot)) take(news);
      if (state === STATE.LAST) {
        isStopped = true;
        return undefined;
      }
      const packets = slot.header[SLOT.COUNT] as number;
      received += packets;
      if (packets > 0)
        return { ...slot.batch, count: packets, slot } satisfies ComparedBatch as ComparedBatch;
    }
    isBeside = false;
    thread = undefined;
    one.stop();
    warnings = own.warnings;
    return nextHere();
  }

  function take(news: CompareNews): void {
    const known = interfaces.length;
    // Those of packets that were taken here are told once more.
    theirs.push(...news.interfaces);
    interfaces.push(...theirs.slice(known));
    told.push(...news.warnings);
    warnings = told;
    timesAreArrival = news.timesAreArrival;
    statistics = news.statistics;
  }
  const theirs: CaptureInterface[] = [];
  const told: string[] = [];

  return {
    name: own.name,
    isLive: own.isLive,
    ...(own.isStream === true && { isStream: true }),
    ...(own.names !== undefined && { names: own.names }),
    interfaces,
    get warnings() {
      return warnings;
    },
    get timesAreArrival() {
      return timesAreArrival ?? own.timesAreArrival ?? false;
    },
    chunks: () => thread?.chunks,
    async next() {
      if (thread !== undefined && isBeside) return nextBeside(thread);
      if (thread !== undefined) return nextBefore(thread);
      const isFirst = received === 0;
      const batch = await nextHere();
      if (isFirst && batch !== undefined && own.file !== undefined && count >= worth)
        if (isWorthThread(own, batch, worth)) thread = startThread(own, options.program);
      return batch;
    },
    stop() {
      isStopped = true;
      own.stop();
    },
    statistics: () => ({
      ...own.statistics(),
      ...(slot !== undefined && isBeside && { readShare: slot.share[0] }),
      ...(isBeside && statistics),
      received,
    }),
    async close() {
      thread?.stop();
      await own.close();
    },
  };
}

/** A batch without its first packets. */
function behind(batch: PacketBatch, packets: number): PacketBatch {
  return {
    bytes: batch.bytes,
    view: batch.view,
    count: batch.count - packets,
    start: batch.start.subarray(packets),
    capturedLength: batch.capturedLength.subarray(packets),
    originalLength: batch.originalLength.subarray(packets),
    seconds: batch.seconds.subarray(packets),
    nanoseconds: batch.nanoseconds.subarray(packets),
    interfaceIndex: batch.interfaceIndex.subarray(packets),
  };
}

interface Thread {
  readonly chunks: ComparedChunks;
  /** It has ended, by itself or not. */
  readonly isGone: boolean;
  /** The next slot in order, which may be waited for some milliseconds. */
  next(): Slot | undefined;
  free(slot: Slot): void;
  /** What was told before a slot. */
  news(slot: Slot): Iterable<CompareNews>;
  stop(): void;
}

/** @returns undefined where there can be none */
function startThread(
  { file, records, name }: PacketSource,
  program: string | undefined = bundledProgram('compare-thread.js'),
): Thread | undefined {
  const chunks = program === undefined ? undefined : createComparedChunks();
  if (program === undefined || file === undefined || chunks === undefined) return undefined;
  const { control, slots, memory } = chunks;
  const { port1, port2 } = new MessageChannel();
  const workerData: CompareTask = {
    memory,
    file,
    header: records?.format === 'pcap' ? records.header : undefined,
    name,
    port: port2,
  };
  let worker: Worker;
  try {
    worker = new Worker(program, {
      workerData,
      transferList: [port2],
      execArgv: [],
      trackUnmanagedFds: false,
    });
  } catch {
    // Node was told to allow none.
    return undefined;
  }
  worker.unref();
  let isGone = false;
  let number = -1;
  let heard = 0;
  worker.on('error', () => undefined);
  worker.on('exit', () => {
    isGone = true;
  });
  const isFilled = ({ header }: Slot) => Atomics.load(header, SLOT.STATE) !== STATE.FREE;

  return {
    chunks,
    get isGone() {
      return isGone && (number < 0 || !isFilled(slots[number] as Slot));
    },
    next() {
      if (number < 0) {
        Atomics.wait(control, CONTROL.FIRST, 0, PATIENCE);
        number = Atomics.load(control, CONTROL.FIRST) - 1;
        if (number < 0) return undefined;
      }
      const slot = slots[number] as Slot;
      if (!isFilled(slot)) Atomics.wait(slot.header, SLOT.STATE, STATE.FREE, PATIENCE);
      return isFilled(slot) ? slot : undefined;
    },
    free({ header }) {
      number = (number + 1) % slots.length;
      Atomics.store(header, SLOT.STATE, STATE.FREE);
    },
    *news({ header }) {
      for (; heard < (header[SLOT.NEWS] as number); heard++) {
        const received = receiveMessageOnPort(port1);
        if (received !== undefined) yield received.message as CompareNews;
      }
    },
    stop() {
      port1.close();
      void worker.terminate();
    },
  };
}
