/**
 * Commands run one after the other by a shell that stays. A process started by Node is a fork of all of Node's memory, which costs
 * the kernel up to ten times what `ip` does in it; the shell's forks cost next to nothing.
 */
import { type ChildProcessByStdio, type SpawnOptions, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type CommandResult, ENVIRONMENT, endGroup, isInstalled, runCommand } from './command.ts';
import { shellLine } from './step-commands.ts';

/** As {@link runCommand}; the next one only when this one has ended. */
export type Run = (words: readonly string[], signal?: AbortSignal) => Promise<CommandResult>;

/**
 * Lets `use` run commands, and ends the shell when it is done: where root is given up afterwards, no root shell may be left.
 */
export async function withShell<T>(use: (run: Run) => Promise<T>): Promise<T> {
  let shell: Shell | undefined;
  try {
    return await use((words, signal) => {
      if (!isForShell(words)) return runCommand(words, signal);
      if (shell === undefined || shell.hasEnded()) shell = startShell();
      return shell.run(words, signal);
    });
  } finally {
    await shell?.end();
  }
}

/** Programs that leave no process running: that would print into the answers to later commands. */
const FOR_SHELL = new Set(['ip', 'bridge', 'tc', 'sysctl', 'nft', 'ping']);

function isForShell(words: readonly string[]): boolean {
  const isInNamespace = words[0] === 'ip' && words[1] === 'netns' && words[2] === 'exec';
  const [program = '', ...args] = isInNamespace ? words.slice(4) : words;
  // `ip vrf exec` may start anything. A program that is missing gets its error message from runCommand.
  return FOR_SHELL.has(program) && !args.includes('exec') && isInstalled(program);
}

export interface Shell {
  readonly run: Run;
  hasEnded(): boolean;
  end(): Promise<void>;
}

/** Characters that are kept of what a command says, the last ones: a shell elsewhere may never stop. */
const MOST_SAID = 1 << 20;
/** Ends what a command printed, on each stream: no message of these programs holds a zero byte. */
const MARK = '\0';
/** A shell's exit code for a command that a signal ended is more than 128 (POSIX, 2.8.2): 128 and the signal's number, 64 at most. */
const SIGNALLED = 128;
const LAST_SIGNAL = 64;
/** Milliseconds between SIGTERM and SIGKILL. */
const PATIENCE = 2_000;
/** Milliseconds between signals: the first ones may come before the shell has started the command. */
const INTERVAL = 10;

/**
 * It ends when its input does, so also when we are killed, but not before the command that it is running.
 *
 * @param words that start a shell, which may be elsewhere
 * @param who it is started as
 */
export function startShell(
  words: readonly string[] = ['sh'],
  who: Pick<SpawnOptions, 'uid' | 'gid' | 'env'> = {},
): Shell {
  const [program = '', ...args] = words;
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    // In a group of its own: Ctrl-C is for us, who then clean up.
    detached: true,
    ...who,
    env: { ...ENVIRONMENT, ...who.env, LC_ALL: ENVIRONMENT.LC_ALL, PATH: ENVIRONMENT.PATH },
  }) as ChildProcessByStdio<Writable, Readable, Readable>;
  const said = { stdout: '', stderr: '' };
  let settle: (() => void) | undefined;
  let isEnded = false;
  const ended = new Promise<void>((resolve) => {
    const note = () => {
      isEnded = true;
      settle?.();
      resolve();
    };
    child.once('exit', note);
    child.once('error', note);
  });
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] = (said[stream] + text).slice(-MOST_SAID);
      settle?.();
    });
  }
  // Where the shell has ended already, its exit tells so.
  child.stdin.on('error', () => undefined);
  // Whoever ends a command early signals the group: the shell must live on to tell when the command has ended.
  child.stdin.write('trap : TERM\n');

  return {
    hasEnded: () => isEnded,
    async run(words, signal) {
      said.stdout = '';
      said.stderr = '';
      const timers: NodeJS.Timeout[] = [];
      const stop = () => {
        timers.push(setInterval(() => endGroup(child), INTERVAL));
        timers.push(setTimeout(() => endGroup(child, 'SIGKILL'), PATIENCE));
      };
      const answered = new Promise<void>((resolve) => {
        settle = () => {
          const isWhole = /\0\d+\n$/.test(said.stdout) && said.stderr.endsWith(MARK);
          if (isWhole || isEnded) resolve();
        };
      });
      signal?.addEventListener('abort', stop);
      if (signal?.aborted) stop();
      child.stdin.write(`${shellLine(words)} </dev/null; printf '\\0%d\\n' "$?"; printf '\\0' >&2\n`);
      if (isEnded) settle?.();
      await answered;
      settle = undefined;
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      const [stdout = '', status] = said.stdout.split(MARK);
      const [stderr = ''] = said.stderr.split(MARK);
      return { status: statusOf(status), stdout, stderr };
    },
    async end() {
      child.stdin.end();
      await ended;
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    },
  };
}

/** @param text undefined if the shell was ended before it could tell */
function statusOf(text: string | undefined): number {
  const status = text === undefined ? -1 : Number.parseInt(text, 10);
  return status > SIGNALLED && status <= SIGNALLED + LAST_SIGNAL ? -1 : status;
}
