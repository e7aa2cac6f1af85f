/**
 * Commands run one after the other by a shell that stays. A process started by Node is a fork of all of Node's memory, which costs
 * the kernel up to ten times what `ip` does in it; the shell's forks cost next to nothing.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { type CommandResult, ENVIRONMENT, endGroup, isInstalled, runCommand } from './command.ts';
import { shellLine } from './step-commands.ts';

/** As {@link runCommand}; the next one only when this one has ended. */
export type Run = (words: readonly string[], signal?: AbortSignal) => Promise<CommandResult>;

/**
 * Gives out a way to run commands, and ends its shell when `use` is done: nothing of it is left for who gives up root afterwards.
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

/** Programs that leave nothing running, which would print into the answers to other commands. */
const FOR_SHELL = new Set(['ip', 'bridge', 'tc', 'sysctl', 'nft', 'ping']);

function isForShell(words: readonly string[]): boolean {
  const isInNamespace = words[0] === 'ip' && words[1] === 'netns' && words[2] === 'exec';
  const [program = '', ...args] = isInNamespace ? words.slice(4) : words;
  // `ip vrf exec` may start anything. A program that is missing gets its error message from runCommand.
  return FOR_SHELL.has(program) && !args.includes('exec') && isInstalled(program);
}

interface Shell {
  readonly run: Run;
  hasEnded(): boolean;
  end(): Promise<void>;
}

/** Behind what a command printed, on each stream: no program's message holds a zero byte. */
const MARK = '\0';
/** What shells add to a signal's number for an exit code (POSIX, 2.8.2), and the highest such number of Linux. */
const SIGNALLED = 128;
const LAST_SIGNAL = 64;
/** Milliseconds between SIGTERM and SIGKILL. */
const PATIENCE = 2_000;
/** Milliseconds between signals: the first ones may come before the shell has started the command. */
const INTERVAL = 10;

/** It reads a line only when the one before is done, and ends with its input: also where we are killed. */
function startShell(): Shell {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn('sh', [], {
    env: ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'pipe'],
    // In a group of its own: Ctrl-C is for us, who then clean up.
    detached: true,
  });
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
      said[stream] += text;
      settle?.();
    });
  }
  // That nobody reads any more is told by the exit.
  child.stdin.on('error', () => undefined);
  // Where a command is to end early, the shell stays to tell that it has.
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

/** @param text undefined where the shell was ended before it could tell */
function statusOf(text: string | undefined): number {
  const status = text === undefined ? -1 : Number.parseInt(text, 10);
  return status > SIGNALLED && status <= SIGNALLED + LAST_SIGNAL ? -1 : status;
}
