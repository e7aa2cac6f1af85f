/** Writing to a pipe that may be full, without ever waiting inside a call: whoever waits there hears no signal. */
import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { endianness } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { libc } from '../../host/libc.ts';

/** Milliseconds between two tries, while the pipe is full: at first, and at most. */
const [SHORTEST, LONGEST] = [1, 20];
/** Milliseconds for which a reader that takes nothing is waited for, once somebody wants the end. */
const PATIENCE = 1000;

/** A pipe or socket, as far as it takes bytes; the rest waits here in order. */
export class PipeWriter {
  readonly #descriptor: number;
  /** Keeps the descriptor one that says EAGAIN. */
  readonly #socket: Socket | undefined;
  #queue: Uint8Array[] = [];
  #draining: Promise<void> | undefined;
  #failure: unknown;
  #lastTaken = 0;
  #isHurried = false;
  #hasGivenUp = false;
  #lost = 0;

  /** @param descriptor of a pipe or socket, open for writing until the process ends: whoever reads it has the end then */
  constructor(descriptor: number) {
    const own = reopened(descriptor);
    this.#descriptor = own ?? descriptor;
    this.#socket = own === undefined ? new Socket({ fd: descriptor, readable: false }) : undefined;
    this.#socket?.on('error', () => undefined);
  }

  /** Bytes that nobody took, and nobody is waited for any more to take. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Hands over what fits now, and the rest later.
   *
   * @param bytes borrowed
   * @throws {NodeJS.ErrnoException} what failed, now or since the last call: EPIPE where nobody reads any more
   */
  write(bytes: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#hasGivenUp) {
      this.#lost += bytes.length;
      return;
    }
    const taken = this.#queue.length === 0 ? this.#take(bytes) : 0;
    if (taken === bytes.length) return;
    this.#queue.push(bytes.slice(taken));
    if (this.#draining !== undefined) return;
    this.#draining = this.#drain();
    // Whoever writes or waits next gets the failure.
    this.#draining.catch(() => undefined);
  }

  /** Whether something waits here, or can't be written any more. */
  get isBehind(): boolean {
    return this.#draining !== undefined || this.#failure !== undefined;
  }

  /**
   * Resolves when all is handed over or given up; undefined if that is so.
   *
   * @throws {NodeJS.ErrnoException} as {@link write} does
   */
  ready(): Promise<void> | undefined {
    return this.#failure === undefined ? this.#draining : Promise.reject(this.#failure);
  }

  /** Somebody wants the end: a reader that takes nothing is waited for a little; where it is called again, not at all. */
  hurry(): void {
    if (this.#isHurried) this.#giveUp();
    this.#isHurried = true;
    this.#lastTaken = performance.now();
  }

  /** Whether nobody has the other end open any more. Always false without koffi: then only writing tells. */
  get isAbandoned(): boolean {
    return hasError(this.#descriptor);
  }

  async #drain(): Promise<void> {
    let pause = SHORTEST;
    try {
      // A reader may have made room meanwhile: without this, all could be over before whoever called knows that it began.
      await undefined;
      for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
        const taken = this.#take(first);
        if (taken === first.length) this.#queue.shift();
        else {
          this.#queue[0] = first.subarray(taken);
          pause = taken > 0 ? SHORTEST : Math.min(LONGEST, pause * 2);
          if (this.#isHurried && performance.now() - this.#lastTaken > PATIENCE) this.#giveUp();
          else await setTimeout(pause);
        }
      }
    } catch (error) {
      this.#failure = error;
      this.#queue = [];
    } finally {
      this.#draining = undefined;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** @returns how many bytes the pipe takes at once */
  #take(bytes: Uint8Array): number {
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.#descriptor, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    if (at > 0) this.#lastTaken = performance.now();
    return at;
  }

  #giveUp(): void {
    this.#hasGivenUp = true;
    for (const { length } of this.#queue) this.#lost += length;
    this.#queue = [];
  }
}

/**
 * The pipe once more, as one that does not wait. Not the same open file: that one may be shared with others, whom a mode of it
 * that they don't expect would lose bytes.
 *
 * @returns undefined if it can't be had: a socket, another user's pipe, a system without /proc
 */
function reopened(descriptor: number): number | undefined {
  if (process.platform !== 'linux' || !fstatSync(descriptor).isFIFO()) return undefined;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

const POLLERR = 8;

/** Asks poll(2), which tells it without writing. */
function hasError(descriptor: number): boolean {
  // struct pollfd: descriptor 32 bits, events asked for 16, events seen 16.
  const entry = new DataView(new ArrayBuffer(8));
  const isLittle = endianness() === 'LE';
  entry.setInt32(0, descriptor, isLittle);
  try {
    libc().poll(new Uint8Array(entry.buffer), 1, 0);
  } catch {
    return false;
  }
  return (entry.getInt16(6, isLittle) & POLLERR) !== 0;
}
