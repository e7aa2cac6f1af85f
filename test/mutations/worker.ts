/** Runs one file after the other in a thread of its own, which can be ended where a file makes it hang. */
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { trial } from './trial.ts';

export interface Answer {
  readonly complaint: string | undefined;
  /** Bytes that are in use after garbage was collected; where it was asked for. */
  readonly used: number | undefined;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const path = workerData as string;

parentPort?.on('message', async ({ bytes, measure }: { bytes: Uint8Array; measure: boolean }) => {
  writeFileSync(path, bytes);
  const complaint = await trial(path);
  let used: number | undefined;
  if (measure) {
    collectGarbage();
    // Without WebAssembly's memory: zstddec gives nothing of it back for a stream that breaks off.
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    used = heapUsed + arrayBuffers;
  }
  parentPort?.postMessage({ complaint, used } satisfies Answer);
});
