/** What /proc tells of processes. They may end meanwhile, belong to others who hide them, and choose names that are hostile. */
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { processFolder } from './host-root.ts';

/** What is read of a file in /proc at most, in bytes. */
const MOST = 1 << 16;

export function processPath(pid: number, file: string): string {
  return `${processFolder()}/${pid}/${file}`;
}

/** What a link says; undefined if it can't be read. */
export function readProcessLink(pid: number, file: string): string | undefined {
  try {
    return readlinkSync(processPath(pid, file));
  } catch {
    return undefined;
  }
}

/** The beginning of a file, or undefined if it can't be read. */
export function readProcess(pid: number, file: string): string | undefined {
  try {
    const descriptor = openSync(processPath(pid, file), 'r');
    try {
      const bytes = Buffer.alloc(MOST);
      let length = 0;
      for (let count = -1; count !== 0 && length < MOST; length += count) {
        count = readSync(descriptor, bytes, length, MOST - length, null);
      }
      return bytes.toString('utf8', 0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** The processes that there are, lowest number first. */
export function processNumbers(): number[] {
  return readdirSync(processFolder())
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((one, other) => one - other);
}

/** Its command's name, as it gave itself. */
export function processName(pid: number): string {
  return readProcess(pid, 'comm')?.trimEnd() ?? '';
}
