/** The kernel's own lines of what it drops, through an instance of its tracing that is not ours: what `--why` is held against. */
import { spawnSync } from 'node:child_process';
import { Running } from './running.ts';

/** Where it is mounted, in a mount namespace of its own. */
const TRACING = '/sys/kernel/tracing';

/** What a machine lacks for its tracing to be read, in words for a skipped test's title. */
export function missingForTracing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  const { status } = withTracing('grep -q reason events/skb/kfree_skb/format');
  return status === 0 ? undefined : 'needs the kernel’s tracing, with reasons (Linux 5.17)';
}

/** Runs shell commands in the folder of the machine's tracing. */
export function withTracing(commands: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('unshare', ['-m', 'sh', '-ec', inTracing(commands)], { encoding: 'utf8' });
}

/** Names of the instances that there are. */
export function instances(): string[] {
  return withTracing('ls instances').stdout.split('\n').filter(Boolean);
}

function inTracing(commands: string): string {
  return `mountpoint -q ${TRACING} || mount -t tracefs none ${TRACING}\ncd ${TRACING}\n${commands}`;
}

export class RawTrace {
  readonly #running: Running;

  /** @param name of the instance */
  constructor(name: string) {
    const script = inTracing(`mkdir instances/${name}; cd instances/${name}
echo 1 > events/skb/kfree_skb/enable
cat trace_pipe & reader=$!
trap 'kill $reader; wait $reader || :; cd ../..; rmdir instances/${name}; exit 0' TERM
echo tracing >&2
wait`);
    this.#running = new Running(['unshare', '-m', 'sh', '-ec', script]);
  }

  begun(): Promise<void> {
    return this.#running.until(({ stderr }) => stderr.includes('tracing'));
  }

  /** Until the kernel has dropped something for this reason, there. */
  dropped(reason: string, location: string): Promise<void> {
    return this.#running.until(({ stdout }) => hasDrop(stdout, reason, location));
  }

  has(reason: string, location: string): boolean {
    return hasDrop(this.#running.stdout, reason, location);
  }

  async end(): Promise<void> {
    await this.#running.end('SIGTERM');
  }
}

function hasDrop(text: string, reason: string, location: string): boolean {
  return new RegExp(` location=${location}\\b.* reason: ${reason}\\n`).test(text);
}
