/** The command on a terminal of its own, while it captures live in a network namespace: what it writes, and keys. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** With these a frame begins on the terminal. */
const FRAME = '\x1b[?2026h';
/** Milliseconds. */
const PATIENCE = 10_000;

/** 120 by 40; needs util-linux' script(1). */
export class LiveTerminal {
  readonly #child: ChildProcess;
  readonly frameTimes: number[] = [];
  /** What came since the last key. */
  #fresh = '';
  all = '';
  #heard: (() => void) | undefined;

  /** @param namespace in which it runs */
  constructor(namespace: string, command: readonly string[]) {
    const line = `stty rows 40 cols 120; exec ${command.join(' ')}`;
    this.#child = spawn('ip', ['netns', 'exec', namespace, 'script', '-qfec', line, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', SHELL: '/bin/sh' },
    });
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      const now = performance.now();
      // A mark that is cut in two by the pipe is found with the end of what came before.
      const before = this.#fresh.slice(1 - FRAME.length);
      for (let at = -1; (at = (before + text).indexOf(FRAME, at + 1)) >= 0; ) this.frameTimes.push(now);
      this.#fresh += text;
      this.all = (this.all + text).slice(-65_536);
      this.#heard?.();
    });
  }

  /** @returns milliseconds until one of the texts was written to the terminal */
  async press(keys: string, expected: RegExp): Promise<number> {
    const began = performance.now();
    this.#fresh = this.#fresh.slice(1 - FRAME.length);
    this.#child.stdin?.write(keys);
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        reject(
          new Error(
            `${JSON.stringify(keys)} was never answered with ${expected}: ${this.#fresh.slice(-2000)}`,
          ),
        );
      }, PATIENCE);
      this.#heard = () => {
        if (!expected.test(this.#fresh)) return;
        clearTimeout(late);
        resolve();
      };
      this.#heard();
    });
    return performance.now() - began;
  }

  async ended(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
  }

  close(): void {
    this.#child.kill();
  }

  /** The node process: the one that has become the shell in the terminal. */
  get pid(): number {
    let pid = this.#child.pid as number;
    for (;;) {
      const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
      if (child === '') return pid;
      pid = Number(child);
    }
  }
}
