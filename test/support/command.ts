/** Runs the built command as a user would. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { PATIENCE } from './patience.ts';

export const COMMAND = resolve('dist/cli.js');
/** The command for a thread, bundled by global-setup.ts. */
export const COMMAND_THREAD = resolve('dist-thread/command-thread.js');

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Words that capture, change who the process is, start others, or make standard input or output what is read or written. */
const OF_A_PROCESS = new Set([
  ...['-', '-i', '--interface', '--user', '-Z', 'lab', 'interfaces', '-D', 'doctor', 'drops'],
]);

/**
 * What the command prints, and its exit code. Where it only reads files, it runs in a thread of this process: of a process of its own,
 * nine tenths of the time is Node's start.
 *
 * @param input bytes for standard input; nothing, where not given
 */
export function tunnelscope(args: readonly string[], input?: Uint8Array): Result {
  const isInThread = input === undefined && args.some(isFile) && !args.some((word) => OF_A_PROCESS.has(word));
  return isInThread ? inThread(args) : inProcess(args, input);
}

/** The same, in a process of its own in any case. */
export function inProcess(args: readonly string[], input?: Uint8Array): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] as const } : { input }),
  });
  return { status, stdout, stderr };
}

function isFile(word: string): boolean {
  return statSync(word, { throwIfNoEntry: false })?.isFile() === true;
}

let thread: { readonly worker: Worker; readonly answers: MessagePort; readonly done: Int32Array } | undefined;

function startThread() {
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(COMMAND_THREAD, {
    workerData: { answers: port2, done },
    transferList: [port2],
  });
  worker.unref();
  return { worker, answers: port1, done };
}

function inThread(args: readonly string[]): Result {
  thread ??= startThread();
  const { worker, answers, done } = thread;
  Atomics.store(done, 0, 0);
  worker.postMessage(args);
  // The other thread answers while this one stands: callers read like those of a process.
  if (Atomics.wait(done, 0, 0, PATIENCE) === 'timed-out') {
    thread = undefined;
    void worker.terminate();
    throw new Error(`no end of tunnelscope ${args.join(' ')}`);
  }
  return receiveMessageOnPort(answers)?.message as Result;
}
