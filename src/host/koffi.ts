/** koffi, which calls C: an optional dependency, loaded only where it is asked for. */
import { createRequire } from 'node:module';
import { CaptureError } from '../packet/source.ts';

/**
 * @param needed what needs it, with the verb, for the message
 * @throws {CaptureError} where it is not installed, or does not run here
 */
export function loadKoffi(needed: string): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)('koffi');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND' && message.includes("'koffi'")) {
      throw new CaptureError(`${needed} the package koffi, which is not installed; run: npm install koffi`);
    }
    const [reason = ''] = message.split('\n');
    throw new CaptureError(`${needed} the package koffi, which does not run here: ${reason}`);
  }
}

/** Where koffi is, for another process to load; undefined where it is not installed. */
export function findKoffi(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('koffi');
  } catch {
    return undefined;
  }
}
