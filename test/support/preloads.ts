/** Modules for node's `--import`: what a test has to change about the process before the command begins. */
import { createRequire } from 'node:module';

/** All that changes a process's identity throws, as Node has it on a libuv that may use io_uring. */
export const withoutNodesCalls = `data:text/javascript,${encodeURIComponent(`
  for (const name of ['initgroups', 'setgroups', 'setgid', 'setegid', 'setuid', 'seteuid']) {
    process[name] = () => {
      throw Object.assign(new Error(name + '() disabled'), { code: 'ERR_INVALID_STATE' });
    };
  }
`)}`;

/** A thread that keeps its capabilities over a change of user (PR_SET_KEEPCAPS of prctl(2), by thread). */
export const keepingCapabilities = () =>
  `data:text/javascript,${encodeURIComponent(`
  import { Worker } from 'node:worker_threads';
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    "const { workerData } = require('node:worker_threads');" +
    "const { cell, koffi } = workerData;" +
    "require(koffi).load(null).func('int prctl(int, unsigned long)')(8, 1);" +
    "Atomics.store(cell, 0, 1); Atomics.notify(cell, 0); Atomics.wait(cell, 0, 1);",
    { eval: true, workerData: { cell, koffi: ${JSON.stringify(createRequire(import.meta.url).resolve('koffi'))} } },
  );
  worker.unref();
  Atomics.wait(cell, 0, 0);
`)}`;
