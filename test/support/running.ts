import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program while it runs; what it printed may be waited for. */
export class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown>;

  constructor(words: readonly string[], environment: NodeJS.ProcessEnv = process.env) {
    const [command, ...args] = words;
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.child, 'close');
  }

  async until(condition: (running: Running) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.child.exitCode !== null) throw new Error(`ended early: ${this.stderr}`);
      await Promise.race([
        once(this.child.stdout as NodeJS.EventEmitter, 'data'),
        once(this.child.stderr as NodeJS.EventEmitter, 'data'),
        once(this.child, 'exit'),
      ]);
    }
  }

  capturing(): Promise<void> {
    return this.until(({ stderr }) => stderr.includes('capturing on'));
  }

  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.child.kill(signal);
    await this.#closed;
    return this.child.exitCode;
  }
}
