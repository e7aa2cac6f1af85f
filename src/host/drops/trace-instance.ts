/**
 * Instances of the kernel's tracing of our own: buffers and events apart from everybody else's (Documentation/trace/ftrace.rst, "Instances").
 *
 * Root is given up while they are in use, and only root can remove them. So a process of root's stays behind, a shell that waits for the end of
 * its input, which also comes where this process is killed, and removes them. Where that is killed as well, the next one that opens does: the kernel
 * refuses to remove an instance of which somebody has a file open, so that only what was left behind goes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { noRights, type Tracefs, TracingUnavailableError } from './tracefs.ts';

export interface TraceInstance {
  readonly name: string;
  /** The text of a file. */
  read(file: string): string;
  /** What is in a folder. */
  list(folder: string): string[];
  /** @throws {TracingUnavailableError} where the kernel refuses */
  write(file: string, text: string): void;
  /** A descriptor to read from without waiting. */
  open(file: string): number;
  /** Lets what it holds open go. */
  close(): void;
}

const OURS = /^tunnelscope-\d+-[0-9a-f]{8}$/;
/** Another one that starts may take it for left behind, before a file of it is open. */
const TRIES = 20;

/** @throws {TracingUnavailableError} */
export function createTraceInstance(tracefs: Tracefs): TraceInstance {
  const folder = `${tracefs.path}/instances`;
  for (let tries = 1; ; tries++) {
    const name = `tunnelscope-${process.pid}-${randomBytes(4).toString('hex')}`;
    const path = `${folder}/${name}`;
    try {
      mkdirSync(path, 0o700);
      const hold = openSync(`${path}/trace_clock`, constants.O_RDONLY);
      return instanceAt(name, path, hold);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && tries < TRIES) continue;
      if (code === 'EACCES' || code === 'EPERM') throw noRights();
      throw new TracingUnavailableError(
        `can't make a tracing instance in the kernel (${code}); it needs free memory and Linux 3.10 or later`,
      );
    }
  }
}

function instanceAt(name: string, path: string, hold: number): TraceInstance {
  return {
    name,
    read: (file) => readFileSync(`${path}/${file}`, 'latin1'),
    list: (name) => readdirSync(`${path}/${name}`),
    write(file, text) {
      try {
        writeFileSync(`${path}/${file}`, text);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new TracingUnavailableError(
          `the kernel's tracing does not accept "${text}" in ${file} (${code})`,
        );
      }
    },
    open: (file) => openSync(`${path}/${file}`, constants.O_RDONLY | constants.O_NONBLOCK),
    close: () => closeSync(hold),
  };
}

/** Removes what others of us have left behind; not those in use. */
export function removeLeftInstances(tracefs: Tracefs): void {
  const folder = `${tracefs.path}/instances`;
  for (const name of readdirSync(folder)) {
    if (!OURS.test(name)) continue;
    try {
      rmdirSync(`${folder}/${name}`);
    } catch {
      // In use, or another one was faster.
    }
  }
}

/**
 * Waits for its input's end, and removes the folders that it is given. Whoever has files of them open may take a moment more to end.
 * It hears no signal of a terminal's: it is in a session of its own.
 */
const REMOVER = `read -r _
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  left=
  for folder; do
    [ ! -d "$folder" ] || rmdir "$folder" || left=1
  done
  [ -n "$left" ] || exit 0
  sleep 0.1 || sleep 1
done`;

export interface Remover {
  /** Has it remove them now; to be called when their files are closed. */
  remove(): Promise<void>;
}

/** Starts what removes instances when this process ends, however it ends. */
export function startRemover(tracefs: Tracefs, instances: readonly TraceInstance[]): Remover {
  const MOUNT = 3;
  const folder =
    tracefs.descriptor === undefined ? `${tracefs.path}/instances` : `/proc/self/fd/${MOUNT}/instances`;
  const child: ChildProcess = spawn(
    '/bin/sh',
    ['-c', REMOVER, 'tunnelscope-remover', ...instances.map(({ name }) => `${folder}/${name}`)],
    {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore', tracefs.descriptor ?? 'ignore'],
    },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // Without a shell they stay until the next start, where this process can't remove them itself.
    child.once('error', () => resolve());
  });
  child.unref();
  (child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  child.stdin?.on('error', () => undefined);
  return {
    async remove() {
      child.ref();
      child.stdin?.end();
      await ended;
    },
  };
}
