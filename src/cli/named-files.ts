/** Names for files, as `-r NAME=FILE` gives them: what comes through a FIFO has none of its own (`/dev/fd/63`). */
import { existsSync } from 'node:fs';
import { bundledPath } from './bundled.ts';
import { UsageError } from './errors.ts';
import { collect } from './flag-values.ts';

/** By path, for the command line of this process. */
const names = new Map<string, string>();

/** For an option that takes several files: keeps the name, and collects the path. */
export function collectNamedFiles(word: string, previous?: string[]): string[] {
  const [, name, path] = existsSync(word) ? [] : (/^([^=/]+)=(.*)$/s.exec(word) ?? []);
  if (name === undefined || path === undefined) return collect(bundledPath(word), previous);
  if (path === '')
    throw new UsageError(`-r "${word}" has a name and no file; expected NAME=FILE, or - for standard input`);
  const file = bundledPath(path);
  const other = [...names].find(([, known]) => known === name);
  if (other !== undefined)
    throw new UsageError(`-r: ${name} is the name of two files; expected each name once`);
  names.set(file, name);
  return collect(file, previous);
}

/** The name that a file was given; undefined if it was given none. */
export function givenName(path: string): string | undefined {
  return names.get(path);
}
