/**
 * Where the host's own files are: under `/`, or where a container of the host has them mounted (`--host-root /host`). Names
 * of containers come out of them, so what is read is small, a plain file, and below that root whatever its links say.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CaptureError } from '../packet/source.ts';
import { escapeControls } from '../text/printable.ts';

/** Empty for `/`. */
let root = '';
/** Processes and named namespaces may be shared with a container whose own files are not the host's. */
let [processes, namespaces] = ['/proc', '/var/run/netns'];

/** As Linux has it (path_resolution(7)). */
const MOST_LINKS = 40;

/** For the whole process: to be called before anything of the host is looked at. @throws {CaptureError} if it is not a folder */
export function setHostRoot(path: string): void {
  const found = path === '' ? undefined : statusOf(path.endsWith('/') ? path : `${path}/`);
  if (found?.isDirectory() !== true) {
    throw new CaptureError(
      `--host-root ${escapeControls(path)}: no such folder; expected where the host’s / is mounted, as in --host-root /host`,
    );
  }
  root = path.replace(/\/+$/, '');
  // A folder to mount it on is there in any case.
  processes = hostPath('/proc/1') === undefined ? '/proc' : (hostPath('/proc') ?? '/proc');
  namespaces = hostPath('/var/run/netns') ?? '/var/run/netns';
}

/** The host's /proc. */
export function processFolder(): string {
  return processes;
}

/** Where iproute2, and CNI, keep the namespaces that have names. */
export function namespaceFolder(): string {
  return namespaces;
}

/**
 * A file of the host as this process finds it. Links are followed as the host would, so never out of its root.
 *
 * @returns undefined if it isn't there
 */
export function hostPath(path: string): string | undefined {
  if (root === '') return path;
  const left = path.split('/').reverse();
  let at = '/';
  for (let links = 0; left.length > 0; ) {
    const part = left.pop() as string;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      at = dirname(at);
      continue;
    }
    const next = join(at, part);
    const status = statusOf(root + next);
    if (status === undefined) return undefined;
    if (!status.isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) return undefined;
    const target = linkTarget(root + next);
    if (target.startsWith('/')) at = '/';
    left.push(...target.split('/').reverse());
  }
  return root + at;
}

/** A plain file's whole text; undefined if it can't be read, or is longer than `most` bytes. */
export function readHostFile(path: string, most: number): string | undefined {
  const found = hostPath(path);
  if (found === undefined) return undefined;
  // Whatever was put there since: no link, and no pipe that would keep us waiting.
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const descriptor = openSync(found, O_RDONLY | O_NONBLOCK | (root === '' ? 0 : O_NOFOLLOW));
    try {
      const status = fstatSync(descriptor);
      if (!status.isFile() || status.size > most) return undefined;
      const bytes = Buffer.alloc(status.size);
      let length = 0;
      for (let count = -1; count !== 0 && length < bytes.length; length += count) {
        count = readSync(descriptor, bytes, length, bytes.length - length, null);
      }
      return bytes.toString('utf8', 0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** Names in a folder, at most so many; none if it can't be read. */
export function listHostFolder(path: string, most: number): string[] {
  const found = hostPath(path);
  try {
    return found === undefined ? [] : readdirSync(found).slice(0, most);
  } catch {
    return [];
  }
}

function statusOf(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
