/** Pings that go on until they are told to end or their starter is gone, also where that has given up root meanwhile. */
import { type ChildProcess, spawn } from 'node:child_process';
import { ENVIRONMENT } from './command.ts';
import { LabError } from './lab-error.ts';

export interface Pinger {
  /** Lets the pings begin. */
  begin(): void;
  /** Ends them. Resolves when the process is gone. */
  end(): Promise<void>;
}

/**
 * Without root we can't send the ping a signal, but we can close a pipe. So a shell waits for a line, runs the command, and ends it
 * when the pipe is closed, which also happens when we are killed.
 */
const SCRIPT = 'read -r _ || exit 0; "$@" >/dev/null 2>&1 </dev/null & cat >/dev/null; kill "$!" 2>/dev/null';

/**
 * @param words of the command: a ping without an end
 * @throws {LabError} if no shell can be started
 */
export async function startPinger(words: readonly string[]): Promise<Pinger> {
  const child: ChildProcess = spawn('sh', ['-c', SCRIPT, 'sh', ...words], {
    env: ENVIRONMENT,
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C in the terminal is not for it.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new LabError(`sh can't be run: ${error.message}`)));
  });
  // Where the shell has ended already, nothing is to be done.
  child.stdin?.on('error', () => undefined);
  return {
    begin: () => void child.stdin?.write('\n'),
    async end() {
      child.stdin?.end();
      await ended;
    },
  };
}
