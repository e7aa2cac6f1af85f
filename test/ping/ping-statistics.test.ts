/** Our counts and times against those that ping itself prints, of the same pings through real tunnels. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PingEvent } from '../../src/ping/ping-events.ts';
import type { Verdict } from '../../src/ping/verdict.ts';
import { COMMAND } from '../support/command.ts';
import { Lab, missingForLiveCapture, skipNote } from '../support/lab.ts';
import { Running } from '../support/running.ts';

/** Milliseconds. How much of the time that ping sees passes between it and the device, where nothing else gets in the way. */
const IN_THE_KERNEL = 0.2;

/** Half of the last digit that ping prints: 0.166, 3.29, 10.5. */
const rounding = (milliseconds: number) => Math.max(0.001, milliseconds / 100);

const missing = missingForLiveCapture();

describe.skipIf(missing !== undefined)(`ping’s own statistics${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-statistics-'));
  const lab = new Lab(`tq${process.pid}-`, folder);
  beforeAll(() => lab.up());
  afterAll(() => {
    lab.down();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Pings, while the sender's own device is captured on. */
  async function measure(count: number, packets: number) {
    const command = [...lab.on('c1'), process.execPath, COMMAND, 'verify', '-i', 'eth0', '--json-lines'];
    const capture = new Running([...command, '-c', String(packets), 'icmp']);
    await capture.capturing();
    const theirs = lab.ping(count);
    await capture.end();
    const lines = capture.stdout.trimEnd().split('\n');
    const verdict = JSON.parse(lines.pop() as string) as Verdict;
    return { theirs, verdict, events: lines.map((line) => JSON.parse(line) as PingEvent) };
  }

  it.each(['socat', 'vxlan'] as const)(
    '%s: the same pings, the same times but for the way through the kernel',
    async (kind) => {
      lab.tunnel(kind);
      lab.ping(1);
      const count = 20;
      const { theirs, verdict, events } = await measure(count, 2 * count);
      expect(theirs).toContain(`${count} packets transmitted, ${count} received, 0% packet loss`);
      expect(verdict).toMatchObject({ requests: count, answered: count, unanswered: 0, duplicates: 0 });

      const printed = [...theirs.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)];
      const ofPing = new Map(printed.map(([, seq, time]) => [Number(seq), Number(time)]));
      const replies = events.filter(({ event }) => event === 'reply');
      expect(replies.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([...ofPing.keys()]);
      const beyond = replies.map(({ seq, rtt }) => {
        const time = ofPing.get(seq) as number;
        // Ping's clock starts before the packet is at the device, and both stop by the kernel's time of arrival.
        expect(rtt, `seq ${seq}`).toBeLessThanOrEqual(time + rounding(time));
        return time - (rtt as number);
      });
      // A busy machine may hold up any ping in between, but not all of them.
      expect(Math.min(...beyond)).toBeLessThan(IN_THE_KERNEL);

      const [, ...summary] = /= ([\d.]+)\/([\d.]+)\/([\d.]+)\//.exec(theirs) as RegExpExecArray;
      const [min, average, max] = summary.map(Number) as [number, number, number];
      const { rtt } = verdict;
      expect(rtt?.min).toBeLessThanOrEqual(min + rounding(min));
      expect(rtt?.average).toBeLessThanOrEqual(average + rounding(average));
      expect(rtt?.max).toBeLessThanOrEqual(max + rounding(max));
      expect(min - (rtt?.min ?? 0)).toBeLessThan(IN_THE_KERNEL + min * 0.3);
    },
  );

  it('half a tunnel: ping has no replies, and neither have we', async () => {
    lab.tunnel('half');
    const { theirs, verdict } = await measure(3, 3);
    expect(theirs).toContain('3 packets transmitted, 0 received, 100% packet loss');
    expect(verdict).toMatchObject({ verdict: 'fail', requests: 3, answered: 0, unanswered: 3 });
  });
});
