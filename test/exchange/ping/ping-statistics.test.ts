/** Our counts and times against those that ping itself prints, of the same pings through real tunnels. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PingEvent } from '../../../src/exchange/ping/ping-events.ts';
import { loadRecordings } from '../../../src/lab/network/record.ts';
import type { Verdict } from '../../../src/verdict/verdict.ts';
import { COMMAND } from '../../support/command.ts';
import { Lab, missingForLiveCapture, skipNote } from '../../support/lab.ts';
import { Running } from '../../support/running.ts';

/** Milliseconds. How much of the time that ping sees passes between it and the device, where nothing else gets in the way. */
const IN_THE_KERNEL = 0.2;

/** Half of the last digit that ping prints: 0.166, 3.29, 10.5. */
const rounding = (milliseconds: number) => Math.max(0.001, milliseconds / 100);

const missing = missingForLiveCapture();

describe.skipIf(missing !== undefined)(`ping’s own statistics${skipNote(missing)}`, () => {
  const lab = new Lab(`tq${process.pid}`);
  beforeAll(() => lab.up());
  afterAll(() => lab.down());

  /** Pings, while the sender's own device is captured on. */
  async function measure(count: number, packets: number) {
    const command = [...lab.on('h1-ns1'), process.execPath, COMMAND, 'verify', '-i', 'eth0', '--json-lines'];
    const capture = new Running([...command, '-c', String(packets), 'icmp']);
    await capture.capturing();
    const theirs = lab.ping(count);
    await capture.end();
    return { theirs, ...toldBy(capture) };
  }

  /** The same, captured where the pings are in the tunnel. */
  async function measureOutside(count: number, target: string) {
    const command = [...lab.on('h1'), process.execPath, COMMAND, 'verify', '-i', 'eth0', '--json-lines'];
    const capture = new Running(command);
    await capture.capturing();
    const theirs = lab.ping(count, target);
    await capture.until(({ stdout }) => stdout.split('"event":"reply"').length > count);
    await capture.end('SIGINT');
    return { theirs, ...toldBy(capture) };
  }

  function toldBy({ stdout }: Running) {
    const lines = stdout.trimEnd().split('\n');
    const verdict = JSON.parse(lines.pop() as string) as Verdict;
    return { verdict, events: lines.map((line) => JSON.parse(line) as PingEvent) };
  }

  /** @returns for each reply, by how much ping's own time is longer, in ms */
  function differences(theirs: string, events: readonly PingEvent[]): number[] {
    const printed = [...theirs.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)];
    const ofPing = new Map(printed.map(([, seq, time]) => [Number(seq), Number(time)]));
    const replies = events.filter(({ event }) => event === 'reply');
    expect(replies.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([...ofPing.keys()]);
    return replies.map(({ seq, rtt }) => {
      const time = ofPing.get(seq) as number;
      // Ping's clock starts before the packet is at the device, and both stop by the kernel's time of arrival.
      expect(rtt, `seq ${seq}`).toBeLessThanOrEqual(time + rounding(time));
      return time - (rtt as number);
    });
  }

  it.each(['socat', 'vxlan'] as const)(
    '%s: the same pings, the same times but for the way through the kernel',
    async (kind) => {
      await lab.tunnel(kind);
      lab.ping(1);
      const count = 20;
      const { theirs, verdict, events } = await measure(count, 2 * count);
      expect(theirs).toContain(`${count} packets transmitted, ${count} received, 0% packet loss`);
      expect(verdict).toMatchObject({ requests: count, answered: count, unanswered: 0, duplicates: 0 });
      // A busy machine may hold up any ping in between, but not all of them.
      expect(Math.min(...differences(theirs, events))).toBeLessThan(IN_THE_KERNEL);

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
    await lab.tunnel('broken-far-end');
    const { theirs, verdict } = await measure(3, 3);
    expect(theirs).toContain('3 packets transmitted, 0 received, 100% packet loss');
    expect(verdict).toMatchObject({ verdict: 'fail', requests: 3, answered: 0, unanswered: 3 });
  });

  // The last ones, as IPv6 stays, and its own packets with it, which end a tunnel that has one end alone.
  const [v4, v6] = ['172.16.1.2', 'fd00:16:1::2'];
  const changeFor = (capture: string) =>
    loadRecordings().find(({ captures }) => captures.some(({ file }) => file === capture))?.change;
  it.each<[network: string, target: string, seen: string, asFor: string]>([
    ['socat', v4, 'tunpi', 'socat.pcap'],
    ['socat-nopi', v4, 'raw', 'socat-nopi.pcap'],
    ['socat-tap', v4, 'eth', 'socat-tap.pcap'],
    ['ipip', v4, 'ipip', 'ipip.pcap'],
    ['vxlan', v4, 'vxlan', 'flannel.pcap'],
    ['socat', v6, 'tunpi', 'healthy/socat-ipv6.pcap'],
    ['vxlan-learning', v6, 'vxlan', 'healthy/vxlan-ipv6.pcap'],
    ['vxlan-learning', v4, 'vxlan', 'healthy/vxlan-over-ipv6.pcap'],
  ])(
    '%s, to %s, captured in the tunnel: the same pings, and times that are part of ping’s',
    async (network, target, seen, asFor) => {
      await lab.tunnel(network, changeFor(asFor));
      lab.ping(1, target);
      const count = 8;
      const { theirs, verdict, events } = await measureOutside(count, target);
      expect(theirs).toContain(`${count} packets transmitted, ${count} received, 0% packet loss`);
      expect(verdict).toMatchObject({ requests: count, answered: count, unanswered: 0, duplicates: 0 });
      expect(verdict.findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
      expect(verdict.paths).toMatchObject([{ inner: { dst: target }, tunnels: [{ kind: seen }] }]);
      // Between the container and its host's device lie a bridge, and for socat a process.
      expect(Math.min(...differences(theirs, events))).toBeGreaterThan(0);
    },
  );
});
