import { fstatSync, writeSync } from 'node:fs';
import { type PipeFile, writeFailureReason } from '../capture/write/output-file.ts';
import { PipeWriter } from '../capture/write/pipe-writer.ts';
import { UsageError } from './errors.ts';

/** Thrown where the reader of standard output has gone away (`| head`): not an error, but the end. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
  override readonly message = 'standard output was closed before the end';
}

const STANDARD_OUTPUT = 1;
const pause = new Int32Array(new SharedArrayBuffer(4));
/** Where it is a pipe; null if it is something else, and undefined before anybody asked. */
let pipe: PipeWriter | null | undefined;
/** What packets are written to, where that is a pipe with a name. */
let named: PipeFile | undefined;
let whenClosed: (() => void) | undefined;
let beforeTerminal: (() => void) | undefined;
/** Nobody reads any more, and that is not the end. */
let isClosed = false;

/**
 * Finds out what standard output is, if that has not been done. To be called before root is given up: afterwards, a pipe of root's
 * can't be opened again as one that does not block.
 */
export function openOutput(): PipeWriter | null {
  if (pipe === undefined) {
    const status = fstatSync(STANDARD_OUTPUT);
    pipe = status.isFIFO() || status.isSocket() ? new PipeWriter(STANDARD_OUTPUT) : null;
  }
  return pipe;
}

/**
 * Writes `bytes` to standard output. A file has them, and a terminal shows them, before it returns; a pipe takes what it has room for, and
 * {@link outputReady} tells when it has the rest.
 *
 * @throws {OutputClosed} if nobody reads any more
 * @throws {UsageError} if it can't be written to: a full disk
 */
export function writeOutput(bytes: Uint8Array): void {
  const output = openOutput();
  try {
    if (isClosed) return;
    if (output === null) {
      beforeTerminal?.();
      writeAll(bytes);
    } else output.write(bytes);
  } catch (error) {
    fail(error as NodeJS.ErrnoException);
  }
}

function writeAll(bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(STANDARD_OUTPUT, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      // Somebody else made the terminal one that does not wait, and it is busy: give it a moment.
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

function fail(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    throw new UsageError(`standard output: writing failed: ${writeFailureReason(error)}`);
  }
  if (whenClosed === undefined) throw new OutputClosed();
  isClosed = true;
  whenClosed();
}

/** For a run that has more to do than to print: where nobody reads any more, `visit` is called once, and nothing is printed from then on. */
export function onOutputClosed(visit: () => void): void {
  whenClosed = visit;
}

/** For a line that is drawn on the same terminal: `visit` is called before anything else is written there. Undefined ends that. */
export function onTerminalOutput(visit: (() => void) | undefined): void {
  beforeTerminal = visit;
}

/**
 * Takes a pipe with a name in, to be waited for and hurried as standard output is.
 *
 * @returns what writes to it
 */
export function alsoOutput(file: PipeFile): (bytes: Uint8Array) => void {
  named = file;
  return (bytes) => {
    try {
      file.pipe.write(bytes);
    } catch (error) {
      throw file.failed(error);
    }
  };
}

/** Whether some of what was written is not taken yet: it is kept in memory, and more is to be written only when it is. */
export function isOutputBehind(): boolean {
  return (!isClosed && pipe?.isBehind === true) || named?.pipe.isBehind === true;
}

/**
 * Resolves when all that was written is taken.
 *
 * @throws {OutputClosed | UsageError} as {@link writeOutput} does
 * @throws {CaptureError} if the named pipe can't be written to
 */
export async function outputReady(): Promise<void> {
  try {
    await named?.pipe.ready();
  } catch (error) {
    throw named?.failed(error);
  }
  try {
    if (!isClosed) await pipe?.ready();
  } catch (error) {
    fail(error as NodeJS.ErrnoException);
  }
}

/** Somebody wants the end: a reader that takes nothing is not waited for much longer. */
export function hurryOutput(): void {
  pipe?.hurry();
  named?.pipe.hurry();
}

/** Waits until all is taken, and says what nobody took. @throws as {@link outputReady} does */
export async function endOutput(): Promise<void> {
  await outputReady();
  for (const [name, lost = 0] of [
    ['standard output', pipe?.lost],
    [named?.name, named?.pipe.lost],
  ] as const) {
    if (lost > 0) console.error(`tunnelscope: ${name}: nobody reads it; ${lost} bytes were not written`);
  }
}

export function writeText(text: string): void {
  writeOutput(Buffer.from(text));
}

/**
 * Where the terminal is gone, ends the process by the signal that says so. At its own end Node would try to set the terminal back,
 * take the failure for a fault of its own, and abort.
 */
export function endWithTerminal(): void {
  try {
    writeSync(STANDARD_OUTPUT, '');
  } catch {
    process.kill(process.pid, 'SIGHUP');
  }
}
