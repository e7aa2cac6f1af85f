/** `--why` in the lab: what the kernel says of each broken network, beside its own trace; and nothing of healthy ones. */
import { execFileSync } from 'node:child_process';
import { release } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../src/lab/network/command.ts';
import { bringDown } from '../../../src/lab/network/down.ts';
import { findLab } from '../../../src/lab/network/labs.ts';
import { mend } from '../../../src/lab/network/mend.ts';
import { loadNetwork } from '../../../src/lab/network/network.ts';
import { pingWords } from '../../../src/lab/network/run.ts';
import { bringUp } from '../../../src/lab/network/up.ts';
import { formatPathReport } from '../../../src/path/path-report.ts';
import type { PathView } from '../../../src/path/path-view.ts';
import type { Verdict } from '../../../src/verdict/verdict.ts';
import { COMMAND } from '../../support/command.ts';
import { missingForLiveCapture, skipNote } from '../../support/lab.ts';
import { labName, makeableNetworks } from '../../support/networks.ts';
import { missingForTracing, RawTrace } from '../../support/raw-trace.ts';
import { Running } from '../../support/running.ts';

const missing = missingForLiveCapture() ?? missingForTracing();
const networks: readonly string[] = missing === undefined ? (await makeableNetworks()).plain : [];
/** The reasons below are those of this kernel and later ones: earlier ones have fewer, and other functions. */
const [major = 0, minor = 0] = release().split('.').map(Number);
const isNew = major > 6 || (major === 6 && minor >= 12);

const POINTS = ['h1-ns1:eth0', 'h1:eth0', 'rt:r1', 'rt:r2', 'h2:eth0', 'h2-ns1:eth0'];

/** What was dropped, why, by which function, and where it was then. */
type Told = readonly [
  packet: 'request' | 'reply' | 'neighbor question',
  reason: string,
  location: string,
  at: string,
  certainty: string | RegExp,
];

/** On a busy machine the moment may not be told from another one for sure. */
const TIED = /^(certain|likely)$/;

const BROKEN: readonly (readonly [network: string, told: readonly Told[], words: RegExp])[] = [
  [
    'broken-vni',
    [
      ['request', 'NEIGH_FAILED', 'neigh_invalidate', 'h1:br0', 'likely'],
      ['neighbor question', 'VXLAN_VNI_NOT_FOUND', 'vxlan_rcv', 'h2:eth0', 'likely'],
    ],
    /ARP \(or neighbour discovery\) was not answered \(NEIGH_FAILED.*no VXLAN device here has its VNI \(VXLAN_VNI_NOT_FOUND in vxlan_rcv\): give both ends the same VNI/,
  ],
  [
    'broken-return-route',
    [['reply', 'IP_INNOROUTES', 'ip_error', 'rt:r2', TIED]],
    /the kernel dropped it at \S+rt:r2, as this machine has no route to its destination/,
  ],
  [
    'broken-remote',
    [['request', 'IP_INNOROUTES', 'ip_error', 'rt:r1', TIED]],
    /dropped it at \S+rt:r1, as this machine has no route to its destination/,
  ],
  [
    'broken-inner-mtu',
    [['request', 'PKT_TOO_BIG', 'ip_forward', 'h1:br0', TIED]],
    /dropped it at \S+h1:br0, as it is larger than the outgoing device’s MTU/,
  ],
  [
    'broken-outer-mtu',
    [
      ['request', 'PKT_TOO_BIG', 'ip_forward', 'rt:r1', TIED],
      ['request', 'NOT_SPECIFIED', 'ip_fragment', 'h1:vxlan0', TIED],
    ],
    /dropped it at \S+h1:vxlan0, as with the tunnel’s headers it is larger than the path’s MTU/,
  ],
  [
    'broken-far-end',
    [['request', 'NO_SOCKET', '__udp4_lib_rcv', 'h2:eth0', TIED]],
    /dropped it at \S+h2:eth0, as nothing listens on UDP port 9000 at this address/,
  ],
  [
    'broken-firewall',
    [['request', 'NETFILTER_DROP', 'nft_do_chain', 'h2:eth0', TIED]],
    /dropped it at \S+h2:eth0, as a firewall rule drops it/,
  ],
  [
    'broken-packet-information',
    [['request', 'NO_SOCKET', '__udp4_lib_rcv', 'h2:eth0', TIED]],
    /dropped it at \S+h2:eth0, as nothing listens on UDP port 9000/,
  ],
  [
    'broken-router',
    [['request', 'NOT_SPECIFIED', 'ip_error', 'rt:r1', TIED]],
    /dropped it at \S+rt:r1, as a blackhole, unreachable or prohibit route matches it/,
  ],
];

describe.skipIf(missing !== undefined)(`--why in the lab${skipNote(missing)}`, () => {
  const name = labName('w');
  const raw = new RawTrace(`why-test-${process.pid}`);
  afterAll(() => raw.end());

  const command = (...words: string[]) => {
    const points = POINTS.flatMap((point) => ['-i', `${name}-${point}`]);
    return new Running([process.execPath, COMMAND, ...words, ...points, '--why']);
  };

  /** What the command says while the lab's ping is sent, and until the kernel has told of all that is expected. */
  async function whilePinging(words: readonly string[], expected: readonly Told[]): Promise<string> {
    const running = command(...words);
    await running.capturing();
    expect(running.stderr).not.toContain('no reasons from the kernel');
    await runCommand(pingWords(findLab(name), { count: 3, interval: 0.2 }));
    for (const [, reason, location] of expected) await raw.dropped(reason, location);
    await running.end('SIGINT');
    return running.stdout;
  }

  async function withLab(network: string, run: () => Promise<void>): Promise<void> {
    await raw.begun();
    await bringUp(loadNetwork(network), { name });
    try {
      await run();
    } finally {
      await bringDown(name);
    }
  }

  it.each(BROKEN.filter(([network]) => networks.includes(network)))(
    '%s: the kernel’s reason, as its trace has it; mended, nothing',
    async (network, told, words) => {
      await withLab(network, async () => {
        const view: PathView = JSON.parse(await whilePinging(['path', '-T', 'json'], isNew ? told : []));
        const drops = view.drops ?? [];
        expect(drops.length).toBeGreaterThan(0);
        for (const { reason, location, certainty } of drops) {
          if (certainty !== 'near') expect(raw.has(reason, location)).toBe(true);
        }
        if (isNew) {
          const found = drops.map(({ packet, direction, reason, location, device, namespace, certainty }) => [
            packet === 'ping' ? direction : packet,
            ...[reason, location, `${namespace}:${device}`.replace(`${name}-`, ''), certainty],
          ]);
          for (const [packet, reason, location, at, certainty] of told) {
            expect(found).toContainEqual([packet, reason, location, at, expect.stringMatching(certainty)]);
          }
          // Some of these networks are other ones after a ping: the same run's text.
          expect(formatPathReport(view).replace(/\n */g, ' ')).toMatch(words);
        }
        await mend(findLab(name));
        const mended: PathView = JSON.parse(await whilePinging(['path', '-T', 'json'], []));
        expect(mended).toMatchObject({ verdict: 'pass', drops: [] });
        expect(formatPathReport(mended)).not.toMatch(/kernel/);
      });
    },
  );

  it.each(
    (
      [
        ['broken-policy', 'NETFILTER_DROP', 'nft_do_chain', 'h2:flannel.1'],
        ['broken-offload', 'TCP_CSUM', 'tcp_v4_rcv', 'h2-ns1:eth0'],
      ] as const
    ).filter(([network]) => networks.includes(network)),
  )('%s, where pings pass: the reason for a lost SYN is %s', async (network, reason, location, at) => {
    // Of its own: the other one has such reasons of networks before.
    const own = new RawTrace(`why-tcp-${process.pid}`);
    await own.begun();
    await withLab(network, async () => {
      const running = command('path', '--of', 'tcp', '-T', 'json');
      await running.capturing();
      // Nobody answers: it sends SYNs until it is stopped.
      const words = ['ip', 'netns', 'exec', `${name}-h1-ns1`, 'socat', '-u', 'TCP:172.16.1.2:80', '-'];
      const connection = new Running(words);
      await own.dropped(reason, location);
      await connection.end('SIGTERM');
      await running.end('SIGINT');
      const { drops = [] } = JSON.parse(running.stdout) as PathView;
      const found = drops.map(({ packet, reason, location, device, namespace }) => [
        ...[packet, reason, location, `${namespace}:${device}`.replace(`${name}-`, '')],
      ]);
      expect(found).toContainEqual(['connection', reason, location, at]);
    }).finally(() => own.end());
  });

  it.each(['vxlan', 'socat', 'ipip'].filter((network) => networks.includes(network)))(
    '%s, which is whole: nothing',
    async (network) => {
      await withLab(network, async () => {
        const running = new Running([
          ...[process.execPath, COMMAND, 'verify', '-T', 'json', '--why'],
          ...['-i', `${name}-h1:eth0`, '-i', `${name}-h2:eth0`],
        ]);
        await running.capturing();
        await runCommand(pingWords(findLab(name), { count: 3, interval: 0.2 }));
        await running.end('SIGINT');
        const verdict: Verdict = JSON.parse(running.stdout);
        expect(verdict).toMatchObject({ verdict: 'pass', requests: 3 });
        expect(verdict.findings.filter(({ code }) => code.startsWith('kernel'))).toEqual([]);
      });
    },
  );

  it('verify has it as a finding, with the counters; and the user of sudo is all that is left of root', async () => {
    await withLab('broken-far-end', async () => {
      const points = ['-i', `${name}-h1:eth0`, '-i', `${name}-h2:eth0`];
      const running = new Running([
        process.execPath,
        COMMAND,
        'verify',
        '-T',
        'json',
        ...points,
        '--why',
        '-Z',
        '65534:65534',
      ]);
      await running.capturing();
      const pid = running.child.pid as number;
      const users = execFileSync('ps', ['-L', '-o', 'uid=', '-p', String(pid)], { encoding: 'utf8' });
      expect(new Set(users.trim().split(/\s+/))).toEqual(new Set(['65534']));
      await runCommand(pingWords(findLab(name), { count: 3, interval: 0.2 }));
      await running.end('SIGINT');
      const { findings } = JSON.parse(running.stdout) as Verdict;
      expect(findings).toContainEqual(
        expect.objectContaining({
          ...{ code: 'kernel-dropped', severity: 'error', certainty: 'certain' },
          ...{ reason: 'NO_SOCKET', device: 'eth0', namespace: `${name}-h2` },
          message: expect.stringMatching(/^the kernel dropped 3 requests at \S+-h2:eth0, as nothing listens/),
        }),
      );
      // As the kernel's own file has it: one of these for each request, and more where others send there too.
      const counters = findings.find(({ code }) => code === 'kernel-counters')?.message;
      expect(counters).toMatch(new RegExp(`${name}-h2: .*Udp NoPorts \\+3`));
      const snmp = execFileSync('ip', ['netns', 'exec', `${name}-h2`, 'cat', '/proc/net/snmp'], {
        encoding: 'utf8',
      });
      expect(snmp).toMatch(/^Udp: \d+ 3 /m);
    });
  });
});
