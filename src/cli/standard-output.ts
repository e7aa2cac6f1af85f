import { writeSync } from 'node:fs';
import { writeFailureReason } from '../capture/output-file.ts';
import { UsageError } from './errors.ts';

/** Thrown where the reader of standard output has gone away (`| head`): not an error, but the end. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
  override readonly message = 'standard output was closed before the end';
}

const STANDARD_OUTPUT = 1;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of `bytes` to standard output before it returns: what was printed is then really out, whatever happens
 * next, and memory does not grow when the reader is slow.
 *
 * @throws {OutputClosed} where nobody reads any more
 * @throws {UsageError} where it can't be written to: a full disk
 */
export function writeOutput(bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(STANDARD_OUTPUT, bytes, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE') throw new OutputClosed();
      if (code !== 'EAGAIN') {
        const reason = writeFailureReason(error as NodeJS.ErrnoException);
        throw new UsageError(`standard output: writing failed: ${reason}`);
      }
      // The other side made the pipe non-blocking, and it is full: give it a moment.
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

export function writeText(text: string): void {
  writeOutput(Buffer.from(text));
}

/**
 * Where the terminal is gone, the process ends by the signal that says so. Node would set the terminal back at its end, take it
 * for a fault of its own that this can't be done, and abort.
 */
export function endWithTerminal(): void {
  try {
    writeSync(STANDARD_OUTPUT, '');
  } catch {
    process.kill(process.pid, 'SIGHUP');
  }
}
