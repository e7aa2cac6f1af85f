/** The kernel's tracing, as files (Documentation/trace/ftrace.rst): where it is mounted, or a mount of our own that nobody else sees. */
import { accessSync, closeSync, constants, readFileSync } from 'node:fs';
import { libc, SystemError } from '../libc.ts';
import { type EventFormat, parseEventFormat } from './event-format.ts';

/** The kernel's reasons can't be had here: the message says why, and is part of a sentence. */
export class TracingUnavailableError extends Error {
  override readonly name = 'TracingUnavailableError';
}

export interface Tracefs {
  /** Its folder, for this process's calls. */
  readonly path: string;
  /** Stands for the mount where it is our own: a process that inherits it finds the folder under `/proc/self/fd`. */
  readonly descriptor: number | undefined;
  close(): void;
}

/** Where distributions mount it. */
export const MOUNTED: readonly string[] = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/**
 * @param folders where it may be mounted
 * @throws {TracingUnavailableError} where this kernel has none, or it is not for us
 */
export function openTracefs(folders: readonly string[] = MOUNTED): Tracefs {
  for (const path of folders) {
    try {
      // A folder without it is there too, and so is one that is not for us.
      accessSync(`${path}/instances`, constants.W_OK);
      return { path, descriptor: undefined, close: () => undefined };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') throw noRights();
      if (code === 'EROFS') throw new TracingUnavailableError(`${path} can't be written to`);
    }
  }
  const descriptor = mountDetached();
  return { path: `/proc/self/fd/${descriptor}`, descriptor, close: () => closeSync(descriptor) };
}

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;

/**
 * Mounts it without a place (fsmount(2), Linux 5.2): no path leads there but our descriptor's, and it goes with that.
 *
 * @returns the descriptor
 */
function mountDetached(): number {
  const { fsopen, fsconfig, fsmount, errno, close } = libc();
  const context = fsopen('tracefs', FSOPEN_CLOEXEC);
  if (context < 0) throw unavailable(new SystemError('fsopen', errno()));
  try {
    if (fsconfig(context, FSCONFIG_CMD_CREATE) < 0) throw unavailable(new SystemError('fsconfig', errno()));
    const descriptor = fsmount(context, FSMOUNT_CLOEXEC);
    if (descriptor < 0) throw unavailable(new SystemError('fsmount', errno()));
    return descriptor;
  } finally {
    close(context);
  }
}

function unavailable({ code, message }: SystemError): TracingUnavailableError {
  if (code === 'EPERM' || code === 'EACCES') return noRights();
  if (code === 'ENODEV') return new TracingUnavailableError('this kernel is built without tracing (tracefs)');
  return new TracingUnavailableError(`the kernel's tracing (tracefs) can't be mounted (${message})`);
}

/**
 * What an event looks like.
 *
 * @param event `skb/kfree_skb`
 * @throws {TracingUnavailableError} where the kernel does not have it
 */
export function eventFormat({ path }: Tracefs, event: string): EventFormat {
  try {
    return parseEventFormat(readFileSync(`${path}/events/${event}/format`, 'latin1'));
  } catch {
    throw new TracingUnavailableError(`this kernel has no trace event ${event}`);
  }
}

export function noRights(): TracingUnavailableError {
  return new TracingUnavailableError(
    'only root can read them: run with sudo, or in a container with --privileged (CAP_SYS_ADMIN)',
  );
}
