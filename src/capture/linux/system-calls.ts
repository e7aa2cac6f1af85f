/** The C library's functions for namespaces and netlink, called through koffi, which is optional. */
import { createRequire } from 'node:module';
import { CaptureError } from '../source.ts';

export interface SystemCalls {
  /** Moves this thread into the namespace that a descriptor stands for (setns(2)). Answers 0, or -1 and {@link errno}. */
  setns(descriptor: number, type: number): number;
  socket(domain: number, type: number, protocol: number): number;
  /** Sets this thread's capabilities (capset(2)). */
  capset(header: Uint8Array, data: Uint8Array): number;
  /** The error's name of the call before: `EPERM`. */
  errno(): string;
}

let calls: SystemCalls | undefined;

/** @throws {CaptureError} where koffi is not installed */
export function systemCalls(): SystemCalls {
  calls ??= load();
  return calls;
}

function load(): SystemCalls {
  let koffi: typeof import('koffi');
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch {
    throw new CaptureError(
      'network namespaces need the package koffi, which is not installed; run: npm install koffi',
    );
  }
  const library = koffi.load(null);
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
  return {
    setns: library.func('int setns(int, int)'),
    socket: library.func('int socket(int, int, int)'),
    capset: library.func('int capset(void *, const void *)'),
    errno: () => names.get(koffi.errno()) ?? `error ${koffi.errno()}`,
  };
}
