/** What a command reads is never what it writes, and nothing is written twice: one mistyped name, and a capture, or a page, would be gone. */
import { fstatSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from './errors.ts';

const STANDARD_INPUT = 0;

/**
 * To be called before anything is written.
 *
 * @param flag that names what is written
 * @param path of it; `-` for standard output, which is nobody's file here
 * @param inputs files that are read, `-` for standard input
 * @throws {UsageError} if it is one of them, also by another name or through a link
 */
export function requireInputKept(
  flag: string,
  path: string | undefined,
  inputs: readonly (string | undefined)[],
): void {
  if (path === undefined) return;
  const input = inputs.find((one) => one !== undefined && isSameFile(path, one));
  if (input === undefined) return;
  const read = input === path ? 'is also the input' : `is the same file as the input ${input}`;
  throw new UsageError(`${flag} ${path} ${read}; write to another name`);
}

/**
 * To be called before anything is written.
 *
 * @param outputs what each flag names; `-` is standard output
 * @param printed of `-T`, where it is printed beside them
 * @throws {UsageError} if two are one place
 */
export function requireOwnPlaces(
  outputs: Readonly<Record<string, string | undefined>>,
  printed?: string,
): void {
  const named = Object.entries(outputs).flatMap(([flag, path]) =>
    path === undefined ? [] : [{ flag, path }],
  );
  const onOutput = named.find(({ path }) => path === '-');
  if (printed !== undefined && onOutput !== undefined)
    throw new UsageError(
      `${onOutput.flag} - and -T ${printed} both write to standard output; expected a file for ${onOutput.flag}`,
    );
  for (const [i, { flag, path }] of named.entries()) {
    const other = named.slice(0, i).find((before) => isSamePlace(before.path, path));
    if (other === undefined) continue;
    const where = path === '-' ? 'standard output' : 'the same file';
    throw new UsageError(
      `${other.flag} ${other.path} and ${flag} ${path} both write to ${where}; expected another name for one of them`,
    );
  }
}

function isSamePlace(one: string, other: string): boolean {
  if (one === '-' || other === '-') return one === other;
  return resolve(one) === resolve(other) ? statusOf(one)?.isFile() !== false : isSameFile(one, other);
}

/** Whether what would be written to `path` replaces what `input` is read from. Devices and pipes replace nothing. */
export function isSameFile(path: string, input: string): boolean {
  const target = path === '-' ? undefined : statusOf(path);
  if (target?.isFile() !== true) return false;
  const source = input === '-' ? fstatSync(STANDARD_INPUT) : statusOf(input);
  return source !== undefined && source.ino === target.ino && source.dev === target.dev;
}

/** Undefined where there is none, or none to be seen: opening it says why. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
