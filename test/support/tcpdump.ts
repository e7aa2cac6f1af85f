/** tcpdump on a live interface, as the oracle of what was there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordsOf } from '../capture/oracles.ts';

export interface Captured {
  /** Seconds since 1970 with nine digits behind the point. */
  readonly time: string;
  readonly originalLength: number;
  /** In hex. */
  readonly bytes: string;
}

export class Tcpdump {
  readonly file: string;
  readonly child: ChildProcess;
  private said = '';

  /** @param prefix a command that runs a command: `ip netns exec NAME` */
  constructor(
    prefix: readonly string[],
    folder: string,
    device: string,
    filter: string,
    options: readonly string[] = [],
  ) {
    this.file = join(folder, `${device}-${Math.random()}.pcap`);
    const how = ['-Z', 'root', '--immediate-mode', '--time-stamp-precision=nano', '-U', '-n'];
    const words = [...prefix, 'tcpdump', ...how, '-i', device, '-w', this.file, ...options, filter];
    this.child = spawn(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said += text;
    });
  }

  async listening(): Promise<void> {
    while (!this.said.includes('listening on')) await once(this.child.stderr as NodeJS.EventEmitter, 'data');
  }

  /** Ends it when it has read all that the kernel took for it until now. */
  async stop(): Promise<Captured[]> {
    for (;;) {
      const asked = this.said.length;
      this.child.kill('SIGUSR1');
      let counts: RegExpExecArray | null = null;
      while (counts === null && this.child.exitCode === null) {
        await Promise.race([
          once(this.child.stderr as NodeJS.EventEmitter, 'data'),
          once(this.child, 'exit'),
        ]);
        counts = /(\d+) packets? captured, (\d+) packets? received by filter/.exec(this.said.slice(asked));
      }
      if (counts === null) break;
      const [captured, received] = [Number(counts[1]), Number(counts[2])];
      // On lo the kernel counts each packet on its way out and in, and libpcap leaves one of them out.
      if (received === captured || received === 2 * captured) break;
    }
    if (this.child.exitCode !== null) return this.records();
    this.child.kill('SIGINT');
    await once(this.child, 'exit');
    return this.records();
  }

  private records(): Captured[] {
    if (!existsSync(this.file)) return [];
    return recordsOf(readFileSync(this.file)).map(({ header, bytes }) => {
      const numbers = Buffer.from(header, 'hex');
      const nanoseconds = String(numbers.readUInt32LE(4)).padStart(9, '0');
      const time = `${numbers.readUInt32LE(0)}.${nanoseconds}`;
      return { time, originalLength: numbers.readUInt32LE(12), bytes };
    });
  }
}
