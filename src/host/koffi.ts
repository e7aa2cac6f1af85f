/** koffi, which calls C: an optional dependency, loaded only where it is asked for. */
import { createRequire } from 'node:module';
import { CaptureError } from '../packet/source.ts';
import { isSingleExecutable, loadPackedKoffi } from './single-executable.ts';

let packed: typeof import('koffi') | undefined;

/** @throws {Error} Node's own, where it is not installed, or does not run here */
export function requireKoffi(): typeof import('koffi') {
  if (!isSingleExecutable()) return createRequire(import.meta.filename)('koffi');
  packed ??= loadPackedKoffi();
  return packed;
}

/**
 * @param needed what needs it, with the verb, for the message
 * @throws {CaptureError} if it is not installed, or does not run here
 */
export function loadKoffi(needed: string): typeof import('koffi') {
  try {
    return requireKoffi();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND' && message.includes("'koffi'")) {
      throw new CaptureError(`${needed} the package koffi, which is not installed; run: npm install koffi`);
    }
    const [reason = ''] = message.split('\n');
    throw new CaptureError(`${needed} the package koffi, which does not run here: ${reason}`);
  }
}

/** Where koffi is, for another process to load; undefined if it is not installed. */
export function findKoffi(): string | undefined {
  try {
    return createRequire(import.meta.filename).resolve('koffi');
  } catch {
    return undefined;
  }
}
