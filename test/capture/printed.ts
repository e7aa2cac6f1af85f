/** Runs print-packets.ts in a process of its own and reads what it says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { CaptureInterface, CaptureStatistics } from '../../src/packet/source.ts';
import type { Packet } from './contract.ts';
import type { Request } from './print-packets.ts';

export interface End {
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly statistics?: CaptureStatistics;
}

interface Line {
  readonly open?: {
    readonly name: string;
    readonly isLive: boolean;
    readonly interfaces: CaptureInterface[];
    readonly now: number;
  };
  readonly packet?: Packet;
  readonly now?: number;
  readonly end?: End;
}

/** Bundles a script of this folder into the package's own, from where its dependencies are found. */
export async function bundleScript(name: string): Promise<string> {
  const outfile = join('node_modules', '.cache', `${basename(name)}-${process.pid}.mjs`);
  await build({
    entryPoints: [`test/capture/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  return outfile;
}

export class Printer {
  readonly lines: Line[] = [];
  readonly child: ChildProcess;
  private rest = '';
  private changed: (() => void) | undefined;

  /** @param prefix a command that runs a command: `ip netns exec NAME` */
  constructor(script: string, request: Request, prefix: readonly string[] = []) {
    const [program, ...args] = [...prefix, process.execPath, script, JSON.stringify(request)];
    this.child = spawn(program as string, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => this.take(text));
    this.child.once('close', () => this.changed?.());
  }

  get packets(): Packet[] {
    return this.lines.flatMap((line) => (line.packet === undefined ? [] : [line.packet]));
  }

  get end(): End | undefined {
    return this.lines.at(-1)?.end;
  }

  /** Waits until something holds; gives up where the process ended without. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the process ended: ${JSON.stringify(this.lines.at(-1))}`);
      }
      await new Promise<void>((resolve) => {
        this.changed = resolve;
      });
    }
  }

  open(): Promise<void> {
    return this.until(() => this.lines[0] !== undefined);
  }

  /** Asks the source to stop, and waits for its last word. */
  async stop(): Promise<End> {
    this.child.stdin?.end();
    return this.ended();
  }

  async ended(): Promise<End> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.end ?? { error: 'no last word' };
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() as string;
    for (const line of lines) this.lines.push(JSON.parse(line));
    this.changed?.();
  }
}
