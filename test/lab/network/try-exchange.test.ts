/** TCP connections and DNS queries through a lab, against the kernel's own counters and other clients. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedIdentity } from '../../../src/host/namespace.ts';
import { bringDown } from '../../../src/lab/network/down.ts';
import type { Lab } from '../../../src/lab/network/labs.ts';
import { loadNetwork, namespaceName } from '../../../src/lab/network/network.ts';
import { processesIn } from '../../../src/lab/network/processes.ts';
import { nodeWords } from '../../../src/lab/network/run.ts';
import { type Exchange, tryExchanges } from '../../../src/lab/network/try-exchange.ts';
import { bringUp } from '../../../src/lab/network/up.ts';
import { missingForNamespaces, skipNote } from '../../support/lab.ts';
import { labName } from '../../support/networks.ts';

const missing = missingForNamespaces('nft', 'socat', 'ss', 'dig', 'dnsmasq', 'ethtool', 'nstat', 'sysctl');

describe.skipIf(missing !== undefined)(`exchanges in a lab${skipNote(missing)}`, () => {
  let lab: Lab;
  const servers = () =>
    processesIn(new Set([namedIdentity(namespaceName(lab.name, 'h2-ns1'))?.inode ?? 0])).length;
  const counter = (node: string, name: string): number => {
    const [program = '', ...args] = nodeWords(lab, node, ['nstat', '-asz', name]);
    const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
    return Number(new RegExp(`${name}\\s+(\\d+)`).exec(stdout)?.[1]);
  };
  beforeAll(async () => {
    lab = await bringUp(loadNetwork('broken-offload'), { name: labName('x') });
  });
  afterAll(() => bringDown(lab.name));

  it('a connection whose checksums are spoiled is not answered; the kernel counts each SYN, and resends', async () => {
    const before = counter('h2-ns1', 'TcpInCsumErrors');
    expect(await tryExchanges(lab, { tcp: 80 }, { count: 1 })).toEqual({ tried: 1, answered: 0 });
    const dropped = counter('h2-ns1', 'TcpInCsumErrors') - before;
    expect(dropped).toBeGreaterThanOrEqual(1);
    expect(counter('h1-ns1', 'TcpRetransSegs')).toBe(dropped - 1);
  });

  it.each<[what: string, exchange: Exchange, to: string | undefined, answered: number, text: RegExp]>([
    ['a query', { dns: 'lab.test' }, undefined, 2, /^dns lab\.test at 172\.16\.1\.2: 172\.16\.1\.2$/],
    [
      'a query to a name in capitals',
      { dns: 'LAB.test' },
      undefined,
      2,
      /^dns LAB\.test at 172\.16\.1\.2: 172\.16\.1\.2$/,
    ],
    [
      'a connection on one host, which nothing spoils',
      { tcp: 81 },
      'h1-ns2',
      2,
      /^tcp 172\.16\.0\.3:81: connected, 3000 bytes came back$/,
    ],
    [
      'a connection to an address, where nobody listens and nothing is started',
      { tcp: 81 },
      '172.16.0.3',
      0,
      /^tcp 172\.16\.0\.3:81: Connection refused$/,
    ],
  ])('%s', async (_, exchange, to, answered, text) => {
    const before = servers();
    const said: string[] = [];
    const options = { to, count: 2, interval: 0, size: 3000, onText: (line: string) => said.push(line) };
    expect(await tryExchanges(lab, exchange, options)).toEqual({ tried: 2, answered });
    expect(said).toEqual([
      expect.stringContaining(`ip netns exec ${lab.name}-h1-ns1 sh -c`),
      expect.stringMatching(text),
      expect.stringMatching(text),
    ]);
    expect(servers()).toBe(before);
  });

  it('ends where it is told to, and its server with it', async () => {
    const before = servers();
    const ending = new AbortController();
    const trying = tryExchanges(
      lab,
      { tcp: 82 },
      { count: 1000, signal: ending.signal, onText: () => ending.abort() },
    );
    expect((await trying).answered).toBe(0);
    expect(servers()).toBe(before);
  });

  it('an unknown node is said', async () => {
    await expect(tryExchanges(lab, { tcp: 80 }, { to: 'h3' })).rejects.toThrow(/no node h3/);
  });
});
