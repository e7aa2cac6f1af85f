import type * as Fs from 'node:fs';
import type * as Net from 'node:net';

export interface CapChildOptions {
  /** Where the package `cap` is. */
  readonly capPath: string;
  readonly interfaces: readonly string[];
  /** libpcap's filter language; empty for everything. */
  readonly filter: string;
  /** The most bytes kept of a packet. */
  readonly snapLength: number;
  /** The most bytes of packets that wait here for the parent. */
  readonly backlog: number;
}

/** What the child says on its standard output, in one line of JSON, before the first packet. */
export type CapChildReport = { readonly opened: readonly string[] } | CapChildFailure;

export interface CapChildFailure {
  readonly failed: 'load' | 'open' | 'filter' | 'user';
  readonly interface?: string;
  readonly message: string;
  readonly code?: string | undefined;
}

/** The descriptor that packets are written to. */
export const PACKETS_FD = 3;

/** What is used of the package `cap`, which has no types. */
interface Cap {
  open(device: string, filter: string, bufferSize: number, buffer: Buffer): string;
  on(event: 'packet', listener: (bytes: number) => void): void;
}

/**
 * Captures with the package `cap` and writes enhanced packet blocks of pcapng, until standard input ends.
 *
 * It is run as a process of its own, from its source text: it may use nothing but its arguments. Why a process: `cap`
 * aborts (an assertion in its C++) when an interface goes down or away, as a tun device does when its tunnel ends; it does not
 * come back to the event loop as long as packets wait; and it prints to standard error. So Wireshark has dumpcap.
 *
 * @param whenOpened gives up the rights that only opening needs, and says what is left of them
 */
export function captureInChild(
  require: NodeJS.Require,
  options: CapChildOptions,
  whenOpened: () => string | undefined,
): void {
  // Node's debugger is not for whoever signals; the signal's default is Node's own. What it has opened already is closed.
  const closeDebugger = () => (process as { _debugEnd?: () => void })._debugEnd?.();
  process.on('SIGUSR1', () => undefined);
  closeDebugger();
  setImmediate(closeDebugger);
  const { writeSync } = require('node:fs') as typeof Fs;
  const { Socket } = require('node:net') as typeof Net;
  const PACKETS = 3;
  const CHUNK = 65536;
  /** Block type 6, without data and padding. */
  const BLOCK = 32;
  /** Of the kernel's buffer, for each interface. */
  const KERNEL_BUFFER = 32 << 20;
  /** cap's own snapshot length, 65,535, fits. */
  const LARGEST_PACKET = 65536;
  /** How often it is tried again to write, in milliseconds, while the parent does not read. */
  const RETRY = 5;
  /** Packets that come close together go out together: in milliseconds. */
  const GATHER = 2;
  /** Bytes of an interface statistics block with one option. */
  const STATISTICS = 40;
  const SPARE_CHUNKS = 16;
  const TURNS_AT_END = 3;

  // Times are anchored once, so that they never run backwards: cap does not hand out the kernel's.
  const drift = performance.timeOrigin + performance.now() - Date.now();
  const origin = Math.abs(drift) < 5 ? performance.timeOrigin : performance.timeOrigin - drift;

  interface Chunk {
    readonly bytes: Uint8Array;
    readonly view: DataView;
    used: number;
  }
  const makeChunk = (): Chunk => {
    const bytes = new Uint8Array(CHUNK + BLOCK + LARGEST_PACKET + STATISTICS);
    return { bytes, view: new DataView(bytes.buffer), used: 0 };
  };
  const full: Chunk[] = [];
  const empty: Chunk[] = [];
  let chunk = makeChunk();
  /** Of the first full chunk. */
  let written = 0;
  /** Bytes in full chunks that are not written yet. */
  let waiting = 0;
  let dropped = 0;
  let reported = 0;
  let scheduled = false;
  let lastTurn = 0;
  /** Turns of the event loop that are left, for what the kernel still has, once standard input has ended. */
  let turnsLeft = Number.POSITIVE_INFINITY;

  function say(report: CapChildReport): void {
    writeSync(1, `${JSON.stringify(report)}\n`);
  }

  /** Interface statistics, block type 5, whose option 7 is here for all that was dropped for want of room. */
  function reportDropped(): void {
    const { view, used } = chunk;
    const words = [
      5,
      STATISTICS,
      0,
      0,
      0,
      7 | (8 << 16),
      dropped >>> 0,
      Math.floor(dropped / 2 ** 32),
      0,
      STATISTICS,
    ];
    for (const [word, value] of words.entries()) view.setUint32(used + word * 4, value, true);
    chunk.used += STATISTICS;
    reported = dropped;
  }

  function seal(): void {
    if (dropped !== reported) reportDropped();
    if (chunk.used === 0) return;
    full.push(chunk);
    waiting += chunk.used;
    chunk = empty.pop() ?? makeChunk();
    chunk.used = 0;
  }

  /** Writes what the parent takes at once; answers whether that is everything. */
  function write(): boolean {
    try {
      for (let first = full[0]; first !== undefined; first = full[0]) {
        const count = writeSync(PACKETS, first.bytes, written, first.used - written);
        written += count;
        waiting -= count;
        if (written < first.used) continue;
        full.shift();
        if (empty.length < SPARE_CHUNKS) empty.push(first);
        written = 0;
      }
      return true;
    } catch (error) {
      // The parent is gone, or slower than the packets.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(0);
      return false;
    }
  }

  function turn(): void {
    scheduled = false;
    lastTurn = performance.now();
    seal();
    const done = write();
    if (--turnsLeft <= 0 && done) process.exit(0);
    if (!done || turnsLeft < TURNS_AT_END) schedule(RETRY);
  }

  function schedule(delay: number): void {
    if (scheduled) return;
    scheduled = true;
    if (delay === 0) setImmediate(turn);
    else setTimeout(turn, delay);
  }

  function take(index: number, buffer: Buffer, length: number): void {
    if (waiting > options.backlog) {
      dropped++;
      // As long as packets wait in the kernel there is no turn of the event loop.
      if (dropped % 256 === 0) write();
      return;
    }
    const { bytes, view, used } = chunk;
    const captured = Math.min(length, options.snapLength);
    const padded = (captured + 3) & ~3;
    const size = BLOCK + padded;
    const now = performance.now();
    const microseconds = Math.floor((origin + now) * 1000);
    view.setUint32(used, 6, true);
    view.setUint32(used + 4, size, true);
    view.setUint32(used + 8, index, true);
    view.setUint32(used + 12, Math.floor(microseconds / 2 ** 32), true);
    view.setUint32(used + 16, microseconds % 2 ** 32, true);
    view.setUint32(used + 20, captured, true);
    view.setUint32(used + 24, length, true);
    bytes.set(buffer.subarray(0, captured), used + 28);
    view.setUint32(used + size - 4, size, true);
    chunk.used += size;
    if (chunk.used >= CHUNK) {
      seal();
      write();
    }
    schedule(now - lastTurn < GATHER ? GATHER : 0);
  }

  let CapClass: new () => Cap;
  try {
    CapClass = require(options.capPath).Cap;
  } catch (error) {
    say({ failed: 'load', message: (error as Error).message });
    return;
  }
  // A Cap must live as long as the process: freed, it leaves its handle in libuv's list, and its buffer is written to.
  const alive: unknown[] = [];
  const opened: string[] = [];
  for (const [index, name] of options.interfaces.entries()) {
    const cap = new CapClass();
    const buffer = Buffer.alloc(LARGEST_PACKET);
    alive.push(cap, buffer);
    cap.on('packet', (bytes) => take(index, buffer, bytes));
    try {
      opened.push(cap.open(name, options.filter, KERNEL_BUFFER, buffer));
    } catch (error) {
      const { message } = error as Error;
      let failed: 'open' | 'filter' = 'open';
      try {
        if (options.filter !== '') {
          const unfiltered = new CapClass();
          alive.push(unfiltered);
          unfiltered.open(name, '', KERNEL_BUFFER, buffer);
          failed = 'filter';
        }
      } catch {
        // It is not the filter.
      }
      say({ failed, interface: name, message });
      process.exit(0);
    }
  }
  try {
    const left = whenOpened();
    if (left !== undefined) throw new Error(left);
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    say({ failed: 'user', message, code });
    process.exit(0);
  }
  // Makes the descriptor one that says EAGAIN instead of waiting.
  alive.push(new Socket({ fd: PACKETS, readable: false }));
  process.on('exit', () => alive.length);
  process.stdin.on('end', () => {
    turnsLeft = TURNS_AT_END;
    schedule(0);
  });
  process.stdin.resume();
  say({ opened });
}
