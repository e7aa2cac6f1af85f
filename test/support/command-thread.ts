/**
 * The command in a thread of the tests' own process, one call after the other: what it prints is collected instead of going out.
 * command.ts has the other end.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import tty from 'node:tty';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { execute } from '../../src/cli/execute.ts';
import type { Result } from './command.ts';

const { answers, done } = workerData as { answers: MessagePort; done: Int32Array };
const printed: [Buffer[], Buffer[]] = [[], []];

// Standard output and standard error are this process's own, and no terminal to the command, nor a pipe.
const { writeSync, fstatSync, statSync } = fs;
fs.fstatSync = ((fd: number) => (fd === 1 ? statSync('/dev/null') : fstatSync(fd))) as typeof fstatSync;
fs.writeSync = ((fd: number, data: Uint8Array | string, ...where: [number]) => {
  if (fd !== 1 && fd !== 2) return writeSync(fd, data as string, ...where);
  const bytes = Buffer.from(data as string).subarray(where[0] ?? 0);
  printed[fd - 1]?.push(bytes);
  return bytes.length;
}) as typeof writeSync;
tty.isatty = () => false;
syncBuiltinESMExports();
process.stderr.write = (text: Uint8Array | string) => {
  printed[1].push(Buffer.from(text as string));
  return true;
};

parentPort?.on('message', async (words: readonly string[]) => {
  const status = await execute(words);
  const [stdout, stderr] = printed.map((pieces) => Buffer.concat(pieces.splice(0)).toString());
  answers.postMessage({ status, stdout, stderr } as Result);
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
});
