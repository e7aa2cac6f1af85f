/** A command run to its end, and what it said. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import type { Socket } from 'node:net';
import { delimiter, isAbsolute, join } from 'node:path';
import { LabError } from './lab-error.ts';

export interface CommandResult {
  /** -1 where a signal ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where Debian keeps ip and nft, which is not on everybody's path. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];
const searchPath = [...(process.env.PATH ?? '/usr/bin:/bin').split(delimiter), ...SYSTEM_FOLDERS];
/** For the lab's commands. */
export const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: searchPath.join(delimiter),
  // Messages of programs are shown as they are, in one language.
  LC_ALL: 'C.UTF-8',
};

/** @param program its name, or its path where it is on nobody's */
export function isInstalled(program: string): boolean {
  const files = isAbsolute(program) ? [program] : searchPath.map((folder) => join(folder, program));
  return files.some((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Debian's packages of the programs that labs use. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  bridge: 'iproute2',
  tc: 'iproute2',
  ping: 'iputils-ping',
  sysctl: 'procps',
  nft: 'nftables',
  ss: 'iproute2',
  dig: 'bind9-dnsutils',
  dnsmasq: 'dnsmasq-base',
  'ovsdb-server': 'openvswitch-switch',
  'ovs-vswitchd': 'openvswitch-switch',
  'ovs-vsctl': 'openvswitch-switch',
  'ovs-ofctl': 'openvswitch-switch',
  'ovsdb-tool': 'openvswitch-switch',
  wg: 'wireguard-tools',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/usr/lib/cni/host-local': 'containernetworking-plugins',
};

/** @throws {LabError} that says how to get what is not there */
export function requirePrograms(programs: readonly string[]): void {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => PACKAGES[program] ?? program))];
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new LabError(
    `${missing.join(' and ')} ${verb} not installed; run: sudo apt-get install ${packages.join(' ')}`,
  );
}

/**
 * @param signal ends it early
 * @throws {LabError} if it can't be started
 */
export async function runCommand(words: readonly string[], signal?: AbortSignal): Promise<CommandResult> {
  const texts = { stdout: '', stderr: '' };
  const status = await runProgram(words, {
    signal,
    onText: (text, stream) => {
      texts[stream] += text;
    },
  });
  return { status: status ?? -1, ...texts };
}

export interface ProgramOptions {
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: ((child: ChildProcess) => void) | undefined;
  /** Called with what it prints, piece by piece. */
  readonly onText: (text: string, stream: 'stdout' | 'stderr', child: ChildProcess) => void;
}

/** Milliseconds to wait for more output after a program's end: a process that it left running may hold the pipe for ever. */
const DRAIN = 50;
/** Milliseconds between SIGTERM and SIGKILL. */
const PATIENCE = 2_000;

/**
 * Runs a program until it ends; what it leaves running goes on, and what that prints is not waited for.
 *
 * @returns its exit code; null if a signal ended it
 * @throws {LabError} if it can't be started
 */
export function runProgram(
  words: readonly string[],
  { signal, onStart, onText }: ProgramOptions,
): Promise<number | null> {
  const [program = '', ...args] = words;
  return new Promise((resolve, reject) => {
    // In a group of its own: Ctrl-C is for us, who then clean up.
    const child = spawn(program, args, {
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    onStart?.(child);
    let killTimer: NodeJS.Timeout | undefined;
    const end = () => {
      endGroup(child);
      killTimer = setTimeout(() => endGroup(child, 'SIGKILL'), PATIENCE);
    };
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
    const forget = () => {
      clearTimeout(killTimer);
      signal?.removeEventListener('abort', end);
    };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => onText(text, stream, child));
    }
    child.on('error', (error) => {
      forget();
      reject(new LabError(`${program} can't be run: ${error.message}`));
    });
    child.on('exit', (status) => {
      forget();
      const finish = () => {
        clearTimeout(timer);
        // A process that still holds the pipes' other ends must not keep this one from ending.
        for (const stream of [child.stdout, child.stderr]) (stream as Socket).unref();
        resolve(status);
      };
      // Output that has arrived by then is read first, also on a busy machine.
      const timer = setTimeout(() => setImmediate(finish), DRAIN);
      child.on('close', finish);
    });
  });
}

/** Ends a program with all that it started itself. */
export function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
