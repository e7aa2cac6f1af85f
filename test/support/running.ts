import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program while it runs; what it printed may be waited for. */
export class Running {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown>;

  /**
   * @param stdin `pipe` where something is to be written to it
   * @param folder in which it runs; default: this process's
   */
  constructor(
    words: readonly string[],
    environment: NodeJS.ProcessEnv = process.env,
    stdin: 'ignore' | 'pipe' = 'ignore',
    folder?: string,
  ) {
    const [command, ...args] = words;
    this.child = spawn(command, args, {
      stdio: [stdin, 'pipe', 'pipe'],
      env: environment,
      ...(folder !== undefined && { cwd: folder }),
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.child, 'close');
  }

  until(condition: (running: Running) => boolean): Promise<void> {
    const { child } = this;
    const streams = [child.stdout, child.stderr] as readonly NodeJS.EventEmitter[];
    return new Promise((resolve, reject) => {
      const settle = (isMet: boolean) => {
        for (const stream of streams) stream.removeListener('data', check);
        child.removeListener('exit', check);
        if (isMet) resolve();
        else reject(new Error(`ended early: ${this.stderr}`));
      };
      const check = () => {
        if (condition(this)) settle(true);
        else if (child.exitCode !== null) settle(false);
      };
      for (const stream of streams) stream.on('data', check);
      child.on('exit', check);
      check();
    });
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
