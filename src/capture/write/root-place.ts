/**
 * Where root writes. A path is only as good as whoever may put a name into one of its folders: through a link in /tmp, or in a
 * user's own folder, root would write over whatever that user likes. So root follows no link of somebody else, and writes to no file
 * that somebody may have put in its way. What /proc/sys/fs/protected_* does of this is not on everywhere, and is about sticky folders alone.
 */
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { CaptureError } from '../../packet/source.ts';

/** A name in a folder that is held open: what others do to the path meanwhile changes nothing. */
export interface HeldPlace {
  /** Of the folder; valid until it is closed. */
  readonly folder: string;
  readonly name: string;
  /** Of what has that name, which is no link; undefined if nothing has. */
  readonly status: Stats | undefined;
  /** It is a link, after all: one of the kernel's own to what is open, as /dev/stdout leads to. */
  readonly isKernels: boolean;
  close(): void;
}

// asm-generic/fcntl.h; Node has no name for it.
const O_PATH = 0o10000000;
const HELD = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;
// linux/magic.h
const PROC_SUPER_MAGIC = 0x9fa0;
/** path_resolution(7). */
const MOST_LINKS = 40;
// sys/stat.h
const STICKY = 0o1000;
const OTHERS_MAY_WRITE = 0o022;

/** Whether this process is root on a system where {@link holdPlace} works. */
export function isRootPlace(): boolean {
  return process.platform === 'linux' && process.geteuid?.() === 0 && isProc('/proc/self/fd');
}

/**
 * Goes a path the way the kernel would, folder by folder.
 *
 * @param name the path, for messages
 * @throws {CaptureError} if a link on the way is another user's, or what is there may have been put there by one
 * @throws {NodeJS.ErrnoException} if a folder is missing
 */
export function holdPlace(path: string, name: string): HeldPlace {
  let folder = openSync(path.startsWith('/') ? '/' : '.', HELD);
  const close = () => closeSync(folder);
  try {
    const rest = partsOf(path);
    for (let links = 0; ; ) {
      const part = rest.shift() ?? '.';
      const at = `/proc/self/fd/${folder}/${part}`;
      let status = lstatSync(at, { throwIfNoEntry: false });
      let isKernels = false;
      if (status?.isSymbolicLink() === true) {
        if (status.uid !== 0)
          throw refused(name, `${part} is a symbolic link of user ${status.uid}`, status.uid);
        if (++links > MOST_LINKS) throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
        status = statSync(at, { throwIfNoEntry: false });
        // /proc/self, and /dev/stdout's /proc/self/fd/1: what such a link says need not be a path.
        isKernels = isProc(`/proc/self/fd/${folder}`) && status?.isFile() !== true;
        if (!isKernels) {
          const target = readlinkSync(at);
          rest.unshift(...partsOf(target));
          if (!target.startsWith('/')) continue;
          const root = openSync('/', HELD);
          close();
          folder = root;
          continue;
        }
      }
      if (rest.length === 0) {
        if (!isKernels && status !== undefined) checkOwner(name, status, statSync(`/proc/self/fd/${folder}`));
        return { folder: `/proc/self/fd/${folder}`, name: part, status, isKernels, close };
      }
      const next = openSync(at, isKernels ? O_PATH | constants.O_DIRECTORY : HELD);
      close();
      folder = next;
    }
  } catch (error) {
    close();
    throw error;
  }
}

/** A slash at the end asks for a folder. */
function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return path.endsWith('/') && parts.length > 0 ? [...parts, '.'] : parts;
}

function isProc(path: string): boolean {
  try {
    return statfsSync(path).type === PROC_SUPER_MAGIC;
  } catch {
    return false;
  }
}

function checkOwner(name: string, { uid, nlink, ...status }: Stats, folder: Stats): void {
  const mayOthersWrite = (folder.mode & OTHERS_MAY_WRITE) !== 0;
  const isSticky = mayOthersWrite && (folder.mode & STICKY) !== 0;
  if (isSticky && uid !== 0 && uid !== folder.uid) {
    throw refused(name, `it belongs to user ${uid}, in a folder that others can write to`, uid);
  }
  const isFile = (status.mode & constants.S_IFMT) === constants.S_IFREG;
  if (isFile && nlink > 1 && (mayOthersWrite || folder.uid !== 0)) {
    throw refused(
      name,
      'it is a file with several names (hard links), in a folder that not only root can write to',
    );
  }
}

function refused(name: string, reason: string, user?: number): CaptureError {
  const other = user === undefined ? '' : `, or become that user with --user ${user}`;
  return new CaptureError(
    `${name}: can't be written to by root: ${reason}, and may lead elsewhere; choose another name${other}`,
  );
}
