/** Ten points live, eight of them on two hosts over ssh, whose clocks are seconds apart: the same rows as where all is captured here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PathView, Sighting } from '../../../src/path/path-view.ts';
import { COMMAND } from '../../support/command.ts';
import { Lab, missingForLiveCapture } from '../../support/lab.ts';
import { Running } from '../../support/running.ts';
import { missingForSsh, SshHosts } from '../../support/ssh-hosts.ts';

const missing = missingForLiveCapture() ?? missingForSsh();
/** Nanoseconds by which the hosts' clocks are ahead of this machine's. */
const AHEAD: Readonly<Record<string, bigint>> = { h1: 7_500_000_123n, h2: -3_250_000_456n };
const LAB = `ssh${process.pid}`;
/** Each point as it is called where it is captured over ssh, and here. */
const POINTS: readonly (readonly [asked: string, there: string, here: string])[] = [
  ['r1', 'r1', `${LAB}-rt:r1`],
  ['r2', 'r2', `${LAB}-rt:r2`],
  ...['h1', 'h2'].flatMap((host) => [
    ...['eth0', 'tun0', 'br0'].map(
      (device) => [`ssh://${host}/${device}`, `${host}:${device}`, `${LAB}-${host}:${device}`] as const,
    ),
    [
      `ssh://root@${host}/${LAB}-${host}-ns1:eth0`,
      `${host}:${LAB}-${host}-ns1:eth0`,
      `${LAB}-${host}-ns1:eth0`,
    ] as const,
  ]),
];
const HERE = new Map(POINTS.map(([, there, here]) => [there, here]));

/** What a row says, without times and numbers of packets. */
function rowsOf({ rows, points, tunnels, ways }: PathView) {
  const shown = (sightings: readonly Sighting[]) =>
    sightings.map(({ point, count, ttl, outerTtl, changes, tunnels: around }) => {
      const name = points[point]?.name ?? '';
      return { point: HERE.get(name) ?? name, count, ttl, outerTtl, changes, tunnels: tunnels[around] };
    });
  return rows
    .map(({ way, seq, answered, request, reply }) => ({
      ...{ src: ways[way]?.src, seq, answered },
      ...{ request: shown(request), reply: shown(reply) },
    }))
    .sort((a, b) => a.seq - b.seq);
}

/** Where a busy machine begins late, it says so, and when it does. */
async function begun(command: Running): Promise<void> {
  await command.capturing();
  const waited = (words: string) => command.stderr.split(words).length;
  await command.until(() => waited(': captures now') === waited(': nothing has come from it yet'));
}

const elapsedOf = ({ rows }: PathView) =>
  [...rows]
    .sort((a, b) => a.seq - b.seq)
    .flatMap(({ request, reply }) =>
      [...request, ...reply].map(({ elapsed, uncertainty }) => ({ elapsed, uncertainty })),
    );

describe.skipIf(missing !== undefined)(
  `points over ssh${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    const lab = new Lab(LAB);
    const hosts = new SshHosts();
    let there: PathView;
    let here: PathView;
    let told: string;
    let status: number | null;
    const WHOLE = 5;

    beforeAll(async () => {
      await lab.up();
      await lab.tunnel('socat');
      await hosts.start(lab, AHEAD);
      const env = hosts.environment({ h1: '10.1.0.10', h2: '10.2.0.10' });
      const words = (names: readonly string[]) => [
        ...[process.execPath, COMMAND, 'path', '-T', 'json'],
        ...names.flatMap((name) => ['-i', name]),
        'icmp or udp port 9000',
      ];
      const remote = new Running([...lab.on('rt'), ...words(POINTS.map(([asked]) => asked))], env);
      const local = new Running(words(POINTS.map(([, , name]) => name)));
      await Promise.all([begun(remote), begun(local)]);
      lab.ping(WHOLE);
      status = await remote.end('SIGINT');
      await local.end('SIGINT');
      there = JSON.parse(remote.stdout) as PathView;
      here = JSON.parse(local.stdout) as PathView;
      told = remote.stderr;
    }, 120_000);

    afterAll(async () => {
      hosts.stop();
      await lab.down();
    });

    it('the rows are those of the capture here', () => {
      expect(status, told).toBe(0);
      expect(here.rows).toHaveLength(WHOLE);
      expect(here.points).toHaveLength(POINTS.length);
      expect(rowsOf(there)).toEqual(rowsOf(here));
    });

    it('offsets are right within the stated uncertainty, and so are times between hosts', () => {
      const reference = there.clocks.find(({ ahead }) => ahead === 0)?.name ?? '';
      const aheadOf = (name: string) => AHEAD[name] ?? 0n;
      expect(there.clocks.map(({ name }) => name).sort()).toEqual(['h1', 'h2', 'this machine']);
      for (const { name, ahead, uncertainty } of there.clocks) {
        const truth = Number(aheadOf(name) - aheadOf(reference)) / 1e6;
        expect(Math.abs((ahead ?? Number.NaN) - truth), name).toBeLessThanOrEqual((uncertainty ?? 0) + 1e-6);
        // Of the order of a round trip on one machine, not of the seconds that they are apart.
        expect(uncertainty).toBeLessThan(100);
      }
      const truths = elapsedOf(here);
      for (const [i, { elapsed, uncertainty }] of elapsedOf(there).entries()) {
        const truth = truths[i]?.elapsed ?? null;
        if (elapsed === null || truth === null) expect(elapsed).toBe(truth);
        else expect(Math.abs(elapsed - truth)).toBeLessThanOrEqual(uncertainty + 1e-6);
      }
    });

    it('nothing is left running there', async () => {
      await expect.poll(() => hosts.captures(), { timeout: 10_000 }).toBe(0);
    });

    it('a host that dies in the middle: what came stays, and the others go on', async () => {
      const env = { ...process.env, PATH: `${hosts.folder}/here:${process.env.PATH}` };
      const names = ['r1', 'ssh://h1/eth0', 'ssh://h2/eth0', 'ssh://h2/tun0'];
      const args = ['-T', 'line', ...names.flatMap((name) => ['-i', name]), 'udp port 9000'];
      const command = new Running([...lab.on('rt'), process.execPath, COMMAND, ...args], env);
      await command.capturing();
      const count = (name: string) =>
        command.stdout.split('\n').filter((line) => line.endsWith(` on ${name}`)).length;
      lab.ping(2);
      await command.until(() => count('h2:eth0') === 4 && count('h1:eth0') === 4);
      hosts.kill('h2');
      await command.until(
        ({ stderr }) =>
          stderr.includes('tunnelscope: h2:eth0: ') && stderr.includes('tunnelscope: h2:tun0: '),
      );
      lab.ping(1);
      await command.until(() => count('h1:eth0') === 6 && count('r1') === 6);
      expect(await command.end('SIGINT'), command.stderr).toBe(0);
      expect([count('r1'), count('h1:eth0'), count('h2:eth0')]).toEqual([6, 6, 4]);
      expect(command.stderr).toMatch(/^16 packets captured$/m);
      await expect.poll(() => hosts.captures(), { timeout: 10_000 }).toBe(0);
    }, 120_000);
  },
);
