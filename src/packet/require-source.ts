/** Whether what a function was given is a source: plain JavaScript has no types that say so, and a generator has a `next()` too, without end. */
import type { PacketSource } from './source.ts';

/**
 * @param whose the function that was called, for the message
 * @throws {TypeError} if it is none: a generator of packets, a promise, a path
 */
export function requireSource(source: PacketSource, whose: string): void {
  const given: unknown = source;
  if (
    typeof given === 'object' &&
    given !== null &&
    'next' in given &&
    'statistics' in given &&
    'interfaces' in given
  )
    return;
  throw new TypeError(
    `${whose}(): expected a source, as await openCaptureFile(path) returns it; received ${nameOf(given)}`,
  );
}

function nameOf(given: unknown): string {
  if (given instanceof Promise) return 'a promise: await it first';
  if (typeof given === 'string') return 'a string: open the file first';
  if (typeof given === 'object' && given !== null && Symbol.asyncIterator in given)
    return 'an iterator of packets, as openCapture(path) returns it: use openCaptureFile(path) instead';
  return given === null ? 'null' : `a value of type ${typeof given}`;
}
