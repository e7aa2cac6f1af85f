/**
 * Batches of a long file are printed by two threads: this one, which reads and writes, and another beside it. Both know what earlier
 * packets left (the columns' widths) only as of some batches ago; a batch that was printed by what had changed meanwhile is
 * printed again. Where a fragment comes, which has to be put together with others, this thread goes on alone.
 */
import { Worker } from 'node:worker_threads';
import { ByteWriter } from '../../../output/byte-writer.ts';
import type { RecordPosition } from '../../../output/printer.ts';
import type { PacketBatch, PacketSource } from '../../../packet/source.ts';
import { bundledProgram, isWorthThread } from '../../second-thread.ts';
import { type BatchCopy, copyBatch, createBatchCopy } from './batch-copy.ts';
import { type BatchPrinting, createPrintBatch, type PrintBatch } from './print-batch.ts';
import { type PrintOptions, type PrintResult, type PrintTask, READY } from './print-task.ts';

/** Batches on their way: those that wait for either thread, are printed, or wait for their turn to be written. */
const PLACES = 6;
/** Of them, what the other thread has: one to work on, and one more, so that it never waits for this one. */
const AHEAD = 2;
/** Of one batch, in bytes: what both threads write and read again stays in the processor's cache. */
const BATCH_TEXT = 1 << 19;
/** Handing over fewer packets would cost as much as printing them; more are not in a file's batch. */
const [FEWEST_PACKETS, MOST_PACKETS] = [256, 16_384];
/** Another thread has to be started, and compiles once more what this one has compiled: shorter files are printed sooner without it. */
const WORTH_PACKETS = 1_000_000;

const noText = new Uint8Array(0);

interface Place {
  readonly number: number;
  readonly copy: BatchCopy;
  /** The other thread does not know its memory yet. */
  isNew: boolean;
  state: 'waiting' | 'sent' | 'printed';
  before: RecordPosition;
  /** What the printer was given, and what it left. */
  given: readonly number[];
  left: readonly number[];
  isWhole: boolean;
  /** Its text, in memory of the other thread, or of this one. */
  output: Uint8Array;
  text: Uint8Array;
}

export interface ThreadedOptions {
  readonly printing: BatchPrinting;
  readonly options: PrintOptions;
  /** Takes text in its order. */
  readonly write: (text: Uint8Array) => void | Promise<void>;
  /** Prints a batch and keeps what it leaves: called for all batches from the first on that a fragment is in. */
  readonly goOnAlone: (batch: PacketBatch, before: RecordPosition) => Promise<void>;
  /** The other thread's program; default: the one that is bundled. */
  readonly program?: string;
}

/** Whether a file is long enough for another thread to be worth its start. @param source after its first batch */
export const isWorthThreads = (source: PacketSource, batch: PacketBatch): boolean =>
  isWorthThread(source, batch, WORTH_PACKETS);

export class ThreadedPrinting {
  /** A fragment came: nothing more is taken here. */
  isOver = false;
  /** Batches that the other thread printed. */
  printedThere = 0;
  /** Resolves when the other thread is ready, or there is none. */
  readonly started: Promise<void>;
  readonly #source: PacketSource;
  readonly #threaded: ThreadedOptions;
  readonly #out = new ByteWriter();
  readonly #printBatch: PrintBatch;
  readonly #free: Place[] = [];
  /** In the packets' order. */
  readonly #queue: Place[] = [];
  readonly #places: Place[] = [];
  #worker: Worker | undefined;
  #isReady = false;
  #knownInterfaces = 0;
  /** In a batch, by what the last one's packets took. */
  #mostPackets = 1024;
  #sent = 0;
  #position: RecordPosition;
  /** What the last batch that was written left. */
  #carried: readonly number[];
  #wake: (() => void) | undefined;

  /** @param position of the last packet that was printed */
  constructor(source: PacketSource, threaded: ThreadedOptions, position: RecordPosition) {
    this.#source = source;
    this.#threaded = threaded;
    this.#position = position;
    this.#carried = threaded.printing.printer.carried?.get() ?? [];
    this.#printBatch = createPrintBatch(threaded.printing, source.interfaces, this.#out);
    for (let number = 0; number < PLACES; number++) {
      const place: Place = {
        number,
        copy: createBatchCopy(),
        isNew: true,
        state: 'waiting',
        before: position,
        given: [],
        left: [],
        isWhole: true,
        output: noText,
        text: noText,
      };
      this.#places.push(place);
      this.#free.push(place);
    }
    this.started = this.#start();
  }

  /** Takes a batch, and has all written whose turn it is; the batch may change afterwards. */
  async take(batch: PacketBatch, count: number): Promise<void> {
    for (let from = 0; from < count; ) {
      const place = this.#free.pop() as Place;
      const to = Math.min(count, from + this.#mostPackets);
      if (copyBatch(place.copy, batch, from, to)) place.isNew = true;
      const before = this.#position;
      this.#position = positionBehind(place.copy, before);
      from = to;
      if (this.isOver) {
        await this.#threaded.goOnAlone(place.copy, before);
        this.#free.push(place);
        continue;
      }
      place.state = 'waiting';
      place.before = before;
      this.#queue.push(place);
      await this.#advance(() => this.#free.length > 0);
    }
  }

  /** Has the rest written. */
  async end(): Promise<void> {
    await this.#advance(() => this.#queue.length === 0);
    this.stop();
  }

  /** Prints and writes until it is enough. */
  async #advance(isEnough: () => boolean): Promise<void> {
    for (;;) {
      for (let head = this.#queue[0]; head?.state === 'printed'; head = this.#queue[0])
        await this.#finish(head);
      this.#send();
      if (isEnough()) return;
      const next = this.#queue.find(({ state }) => state === 'waiting');
      if (next === undefined) await this.#answer();
      else {
        this.#print(next);
        // The other thread's answers come between two turns.
        await new Promise(setImmediate);
      }
    }
  }

  /** Writes the first batch of the queue, printed again if need be. */
  async #finish(place: Place): Promise<void> {
    const { printing, goOnAlone, write } = this.#threaded;
    if (place.isWhole && place.given.join() !== this.#carried.join()) this.#print(place);
    if (!place.isWhole) {
      this.isOver = true;
      this.stop();
      printing.printer.carried?.set(this.#carried);
      for (const one of this.#queue.splice(0)) {
        await goOnAlone(one.copy, one.before);
        this.#free.push(one);
      }
      return;
    }
    this.#carried = place.left;
    const bytes = place.text.length / place.copy.count;
    this.#mostPackets = Math.max(FEWEST_PACKETS, Math.min(BATCH_TEXT / bytes, MOST_PACKETS) | 0);
    await write(place.text);
    this.#queue.shift();
    this.#free.push(place);
  }

  /** Has a batch printed by this thread. */
  #print(place: Place): void {
    const { carried } = this.#threaded.printing.printer;
    carried?.set(this.#carried);
    place.given = this.#carried;
    place.isWhole = this.#printBatch(place.copy, place.copy.count, place.before);
    place.left = carried?.get() ?? [];
    // Its turn may be later, and the writer is used again.
    place.text = this.#out.take();
    if (place !== this.#queue[0]) place.text = place.text.slice();
    place.state = 'printed';
  }

  /** Hands over what the other thread has room for. */
  #send(): void {
    if (!this.#isReady) return;
    const { interfaces } = this.#source;
    while (this.#sent < AHEAD) {
      const place = this.#queue.find(({ state }) => state === 'waiting');
      if (place === undefined) return;
      const task: PrintTask = {
        place: place.number,
        ...(place.isNew && { copy: place.copy }),
        interfaces: interfaces.slice(this.#knownInterfaces),
        count: place.copy.count,
        before: place.before,
        carried: this.#carried,
      };
      this.#worker?.postMessage(task);
      this.#knownInterfaces = interfaces.length;
      place.isNew = false;
      place.given = this.#carried;
      place.state = 'sent';
      this.#sent++;
    }
  }

  #answer(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #start(): Promise<void> {
    const { options, program = bundledProgram('library/print-thread.js') } = this.#threaded;
    if (program === undefined) return Promise.resolve();
    const worker = new Worker(program, { workerData: options });
    this.#worker = worker;
    return new Promise((resolve) => {
      worker.on('message', (message: typeof READY | PrintResult) => {
        if (message === READY) {
          this.#isReady = true;
          resolve();
        } else this.#take(message);
        this.#wake?.();
      });
      // One that can't run, or fails, leaves its work to this thread.
      worker.on('error', () => undefined);
      worker.on('exit', () => {
        this.stop();
        resolve();
        this.#wake?.();
      });
    });
  }

  #take({ place: number, output, length, isWhole, carried }: PrintResult): void {
    const place = this.#places[number] as Place;
    if (output !== undefined) place.output = output;
    place.text = place.output.subarray(0, length);
    place.isWhole = isWhole;
    place.left = carried;
    place.state = 'printed';
    this.#sent--;
    this.printedThere++;
  }

  /** Ends the other thread. */
  stop(): void {
    const worker = this.#worker;
    this.#isReady = false;
    this.#worker = undefined;
    this.#sent = 0;
    worker?.removeAllListeners('message');
    void worker?.terminate();
    for (const place of this.#queue) if (place.state === 'sent') place.state = 'waiting';
  }
}

function positionBehind(
  { count, seconds, nanoseconds }: PacketBatch,
  before: RecordPosition,
): RecordPosition {
  return {
    ...before,
    number: before.number + count,
    seconds: seconds[count - 1],
    nanoseconds: nanoseconds[count - 1],
  };
}
