/** Runs the built command as a user would. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

export const COMMAND = resolve('dist/cli.js');

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param input bytes for standard input; nothing, where not given */
export function tunnelscope(args: readonly string[], input?: Uint8Array): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] as const } : { input }),
  });
  return { status, stdout, stderr };
}
