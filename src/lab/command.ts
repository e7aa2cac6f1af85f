/** A command run to its end, and what it said. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
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

export function isInstalled(program: string): boolean {
  return searchPath.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
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
 * @throws {LabError} where it can't be started
 */
export function runCommand(words: readonly string[], signal?: AbortSignal): Promise<CommandResult> {
  const [program = '', ...args] = words;
  return new Promise((resolve, reject) => {
    // In a group of its own: Ctrl-C is for us, who then clean up.
    const child = spawn(program, args, {
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(signal !== undefined && { signal }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => {
      // An abort is told by the signal; 'close' follows it.
      if (error.name !== 'AbortError') reject(new LabError(`${program} can't be run: ${error.message}`));
    });
    child.on('close', (status) => resolve({ status: status ?? -1, stdout, stderr }));
  });
}
