/** A program that writes a capture to its standard output: started, listened to, and ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { accountOf, userToBecome } from '../privileges.ts';
import { createSaid, type Said } from './said.ts';

/** Milliseconds that it has to hand over what it holds once it was asked to end, and then to go. */
const PATIENCE = 5000;
const LAST_PATIENCE = 1000;
/** Milliseconds that what it wrote before it went may take to come. */
const STRAGGLERS = 500;

export interface Program {
  readonly stdout: Readable;
  /** What it told on standard error. */
  readonly said: Said;
  /** Asks it to end: what it has still comes. May be called again. */
  stop(): void;
  /** Resolves when it has gone. @returns how: `exit code 255`, `SIGKILL`; undefined for a good end */
  ended(): Promise<string | undefined>;
  /** Ends it, at once where it can't be asked. */
  close(): Promise<void>;
}

export interface ProgramOptions {
  readonly words: readonly string[];
  /** What it is told at its beginning. */
  readonly input?: string | undefined;
  /** What it is told to end; without it, SIGINT says so. */
  readonly farewell?: string | undefined;
}

/**
 * Starts it in a session of its own: Ctrl-C is this program's to hand on, and without a terminal ssh asks for no password where the screen
 * is. Under sudo it is started as the user who called, whose keys and configuration are meant.
 */
export function startProgram({ words, input, farewell }: ProgramOptions): Program {
  const [command = '', ...args] = words;
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, ...asCaller() });
  const said = createSaid(child.stderr as Readable);
  const gone = new Promise<string | undefined>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      said.add(error.code === 'ENOENT' ? `${command} is not installed here` : error.message);
      (child.stdout as Readable).destroy();
      resolve('it could not be started');
    });
    child.once('exit', (code, signal) => {
      const end = () => {
        said.end();
        resolve(signal ?? (code === 0 ? undefined : `exit code ${code}`));
      };
      // What it said is read to its end, which never comes where ssh leaves a shared connection's process behind.
      child.once('close', end);
      setTimeout(end, STRAGGLERS).unref();
    });
  });
  const stdin = child.stdin as Writable;
  // It may be gone before it has read everything.
  stdin.on('error', () => undefined);
  if (input !== undefined) stdin.write(input);
  let isStopped = false;
  const timers: NodeJS.Timeout[] = [];
  const endWithUs = () => signal(child, 'SIGTERM');
  process.once('exit', endWithUs);
  void gone.then(() => {
    process.removeListener('exit', endWithUs);
    for (const timer of timers) clearTimeout(timer);
  });

  function stop(): void {
    if (isStopped) return;
    isStopped = true;
    if (farewell === undefined) signal(child, 'SIGINT');
    stdin.end(farewell);
    // While it runs, it keeps this process running too.
    timers.push(setTimeout(() => signal(child, 'SIGTERM'), PATIENCE).unref());
    timers.push(setTimeout(() => signal(child, 'SIGKILL'), PATIENCE + LAST_PATIENCE).unref());
  }

  return {
    stdout: child.stdout as Readable,
    said,
    stop,
    ended: () => gone,
    async close() {
      stop();
      // Nobody reads any more: what still writes is told so.
      (child.stdout as Readable).destroy();
      signal(child, 'SIGTERM');
      await gone;
    },
  };
}

/** All that it has started here too: they are a group. */
function signal({ pid, exitCode, signalCode }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, name);
  } catch {
    // It is gone, or another user's, and ends with its standard input.
  }
}

/** Runs a program to its end for what it does. @returns what it says where that fails */
export async function runOnce(words: readonly string[], most: number): Promise<string | undefined> {
  const program = startProgram({ words });
  program.stdout.resume();
  const timer = setTimeout(() => void program.close(), most);
  const how = await program.ended();
  clearTimeout(timer);
  return how === undefined ? undefined : (program.said.takeFrom(0) ?? how);
}

/**
 * How to start something as the user who called sudo, with that user's own home; empty where nobody did.
 *
 * @param wanted another one to be: of `--user`
 */
export function asCaller(wanted?: string): {
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: NodeJS.ProcessEnv;
} {
  const user = userToBecome(wanted);
  return user === undefined ? {} : { uid: user.uid, gid: user.gid, env: environmentOf(user.uid) };
}

function environmentOf(uid: number): NodeJS.ProcessEnv {
  const account = accountOf(uid);
  if (account === undefined) return process.env;
  return { ...process.env, HOME: account.home, USER: account.name, LOGNAME: account.name };
}
