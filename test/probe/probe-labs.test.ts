/** `probe` on each network of the lab: what it says of them, and the largest size that passes, which ping is asked about by hand. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { bringDown } from '../../src/lab/network/down.ts';
import { loadNetwork, namespaceName } from '../../src/lab/network/network.ts';
import { bringUp } from '../../src/lab/network/up.ts';
import type { ProbeResult } from '../../src/probe/probe-result.ts';
import { COMMAND } from '../support/command.ts';
import { Lab, missingForLiveCapture, missingForNamespaces, skipNote } from '../support/lab.ts';
import { labName, makeableNetworks } from '../support/networks.ts';
import { PATIENCE } from '../support/patience.ts';
import { missingForTracing } from '../support/raw-trace.ts';
import { Running } from '../support/running.ts';

const missing = missingForLiveCapture() ?? missingForTracing();
const networks: readonly string[] = missing === undefined ? (await makeableNetworks()).plain : [];

/** What each broken one is said to be broken by, and what it is asked besides pings. */
const BROKEN: Readonly<Record<string, readonly [words: RegExp, ...more: string[]]>> = {
  'broken-crosssubnet': [/nothing passes: reply last seen at \S+h1:eth0.*rp_filter/],
  'broken-far-end': [
    /nothing passes: request last seen at \S+h2:eth0; 10\.2\.0\.10 answers that nothing listens on UDP 9000/,
  ],
  'broken-firewall': [
    /nothing passes: request last seen at \S+h2:eth0.*chain inet lab input of nftables drops UDP port 8472/,
  ],
  'broken-identity': [/nothing passes: request last seen at \S+h2:eth0/],
  'broken-mesh': [/nothing passes: request last seen at \S+h2:br0.*vxlan0 sends frames for all/],
  // That routers forward no multicast is a warning: it may work where one does.
  'broken-multicast': [/nothing passes: request last seen at \S+h1:br0/],
  'broken-offload': [/tcp: no answer.*SYN last seen at \S+h2-ns1:eth0/, '--tcp', '80'],
  'broken-outer-mtu': [/pings pass up to 1350 bytes \(ping -s 1322\) with DF.*rt r2 lets 1400 through/],
  'broken-packet-information': [/nothing passes: request last seen at \S+h2:eth0.*packet information/],
  'broken-policy': [/tcp: no answer.*SYN last seen at \S+h2:flannel\.1/, '--tcp', '80'],
  'broken-remote': [
    /nothing passes: request last seen at \S+rt:r1; 10\.1\.0\.1 can't reach the network.*no route to 10\.3\.0\.10/,
  ],
  'broken-return-forwarding': [
    /nothing passes: reply last seen at \S+rt:r2.*nobody .* has the address 10\.1\.0\.99/,
  ],
  'broken-return-route': [/nothing passes: reply last seen at \S+rt:r2.*replies leave through eth0/],
  'broken-router': [/nothing passes: request last seen at \S+rt:r1.*blackhole/],
  'broken-vni': [/nothing passes: request last seen at \S+h1:br0.*VNI 42/],
  'broken-zero-checksum': [/nothing passes: request last seen at \S+h1:br0.*without checksums/],
  // There is no tunnel yet, and the router does not know the containers.
  'two-subnets': [/nothing passes: request last seen at/],
};
/** Not broken: larger packets are refused, and the sender is told by how much. */
const REFUSES: Readonly<Record<string, RegExp>> = {
  'broken-inner-mtu': /up to 1450 bytes \(ping -s 1422\) with DF; larger ones are refused with MTU 1450/,
};

const missingForExchanges = () => missingForNamespaces('socat', 'dnsmasq', 'ss', 'bash');

const run = promisify(execFile);
const ups: string[] = [];

/** @returns whether ping itself says that one of two came back */
async function pingPasses(namespace: string, address: string, bytes: number): Promise<boolean> {
  const words = ['ping', '-n', '-M', 'do', '-s', String(bytes), '-c', '2', '-i', '0.2', '-W', '1', address];
  const { stdout } = await run('ip', ['netns', 'exec', namespace, ...words]).catch((failed) => failed);
  return !/ 0 received/.test(stdout);
}

describe.skipIf(missing !== undefined)(`probe in the lab${skipNote(missing)}`, () => {
  afterAll(async () => {
    for (const name of ups) await bringDown(name).catch(() => undefined);
  });

  it.concurrent.each(networks.map((network, i) => [network, i] as const))('%s', async (network, i) => {
    const name = labName(`p${i}`);
    const loaded = loadNetwork(network);
    ups.push(name);
    await bringUp(loaded, { name });
    const [from, to] = [loaded.ping.from, loaded.ping.to].map((node) => namespaceName(name, node)) as [
      string,
      string,
    ];
    const [words = REFUSES[network] ?? /^pings pass up to \d+ bytes/, ...more] = BROKEN[network] ?? [];
    const { stdout, stderr } = await run(process.execPath, [
      COMMAND,
      'probe',
      from,
      to,
      '--json',
      ...more,
    ]).catch((failed) => failed as { stdout: string; stderr: string });
    if (stdout === '') throw new Error(stderr);
    const result: ProbeResult = JSON.parse(stdout);
    expect(result.conclusion).toMatch(words);
    expect(result.verdict).toBe(network in BROKEN ? 'fail' : 'pass');
    const sent = result.pings.reduce((sum, one) => sum + one.sent, 0);
    expect(stderr).toContain(`sent ${sent} pings`);
    expect(sent).toBeLessThanOrEqual(Number(/at most (\d+) pings/.exec(stderr)?.[1]));
    const { largest, address, limit } = result;
    if (largest !== undefined) {
      expect(await pingPasses(from, address, largest - 28)).toBe(true);
      if (largest < limit) expect(await pingPasses(from, address, largest - 27)).toBe(false);
    } else expect(await pingPasses(from, address, 56)).toBe(false);
    await bringDown(name);
  });

  it.skipIf(missingForExchanges() !== undefined)('a connection and a query that are answered', async () => {
    const lab = new Lab(labName('px'));
    await lab.up('routed');
    const server = lab.on('h2-ns1');
    const names = [
      'dnsmasq',
      '--no-resolv',
      '--no-hosts',
      '--conf-file=/dev/null',
      '--pid-file=',
      '--user=root',
    ];
    // A label of ten letters: its length is a newline.
    const zone = [
      '--bind-interfaces',
      '--listen-address=172.16.1.2',
      '--address=/tenletters.example/172.16.1.2',
    ];
    const children = [
      new Running([...server, 'socat', 'TCP-LISTEN:80,fork,reuseaddr', 'PIPE']),
      new Running([...server, ...names, '--keep-in-foreground', ...zone]),
    ];
    try {
      const ready =
        'until ss -Hltn sport = 80 | grep -q . && ss -Hlun sport = 53 | grep -q .; do sleep 0.02; done';
      await run('ip', [...server.slice(1), 'sh', '-c', ready], { timeout: PATIENCE });
      const [from, to] = ['h1-ns1', 'h2-ns1'].map((node) => namespaceName(lab.name, node)) as [
        string,
        string,
      ];
      const words = [COMMAND, 'probe', from, to, '--json', '--tcp', '80', '--dns', 'tenletters.example'];
      const { stdout } = await run(process.execPath, words);
      const { tcp, dns, checks }: ProbeResult = JSON.parse(stdout);
      expect(tcp).toEqual({ port: 80, answered: true, words: 'connected' });
      expect(dns).toEqual({ name: 'tenletters.example', answered: true, words: 'no error, 1 record' });
      expect(checks.map(({ name, met }) => [name, met])).toEqual(
        ['pings', 'size', 'fragments', 'tcp', 'dns'].map((name) => [name, true]),
      );
    } finally {
      for (const one of children) await one.end('SIGTERM');
      await lab.down();
    }
  });
});
