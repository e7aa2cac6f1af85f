/** Interfaces by their pod and their container: as `interfaces` lists them, `-i` takes them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNamedInterface } from '../../../src/host/containers/named-interface.ts';
import { setHostRoot } from '../../../src/host/host-root.ts';
import { type Survey, surveyNamespaces } from '../../../src/host/survey.ts';
import { COMMAND, tunnelscope } from '../../support/command.ts';
import { cniResult, makeHost, processFiles } from '../../support/host-folders.ts';
import { missingForNamespaces, skipNote } from '../../support/lab.ts';
import { Running } from '../../support/running.ts';
import { hasTshark, TSHARK } from '../../support/tshark.ts';

const missing = missingForNamespaces('ip');
const PREFIX = `tc${process.pid}`;
const [POD, CONTAINER, TWO, TWIN] = ['pod', 'container', 'two', 'twin'].map(
  (part) => `${PREFIX}-${part}`,
) as [string, string, string, string];
const ID = '0401d1f79b2500112233445566778899aabbccddeeff00112233445566778899';
/** No other run's: what a killed one left behind would be called the same. */
const MAC = `02:00:${process.pid
  .toString(16)
  .padStart(8, '0')
  .replace(/..(?=.)/g, '$&:')}`;
let root = '';
let surveyed: Survey | undefined;

/** All namespaces of this machine are looked at, which others may have many of: once. */
function parse(text: string) {
  return parseNamedInterface(text, () => (surveyed ??= surveyNamespaces()));
}

/** A namespace with a pair of devices that are up. */
function make(name: string, ...devices: string[]): number {
  execFileSync('ip', ['netns', 'add', name]);
  for (const [i, device] of devices.entries()) {
    const lines = [`link add ${device} type veth peer name peer${i}`, `link set ${device} up`];
    execFileSync('ip', ['-n', name, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }
  return statSync(`/var/run/netns/${name}`).ino;
}

describe.skipIf(missing !== undefined)(`pods and containers${skipNote(missing)}`, () => {
  beforeAll(() => {
    make(POD, 'eth0');
    execFileSync('ip', ['-n', POD, 'link', 'set', 'eth0', 'address', MAC]);
    execFileSync('ip', ['-n', POD, 'addr', 'add', '10.77.0.3/16', 'dev', 'eth0']);
    const docker = (pid: number, id: string, namespace: number, name: string) => ({
      ...processFiles({ pid, cgroup: `0::/docker/${id}\n`, namespace }),
      [`/var/lib/docker/containers/${id}/config.v2.json`]: JSON.stringify({ Name: `/${name}` }),
    });
    root = makeHost({
      '/var/lib/cni/results/net-1-eth0': cniResult(
        { K8S_POD_NAMESPACE: 'shop', K8S_POD_NAME: 'web-0' },
        {
          interfaces: [{ name: 'eth0', mac: MAC, sandbox: `/var/run/netns/${POD}` }],
          ips: [{ address: '10.77.0.3/16' }],
        },
      ),
      ...docker(101, ID, make(CONTAINER, 'net7'), 'web-1'),
      ...docker(102, ID.replace('0401', 'aaaa'), make(TWO, 'net1', 'net2'), 'twin'),
      ...docker(103, ID.replace('0401', 'bbbb'), make(TWIN, 'eth0'), 'twin'),
    });
    setHostRoot(root);
  }, 60_000);
  afterAll(() => {
    setHostRoot('/');
    for (const name of [POD, CONTAINER, TWO, TWIN]) spawnSync('ip', ['netns', 'del', name]);
    rmSync(root, { recursive: true, force: true });
  });

  it.each<[text: string, name: string, where: string, device: string]>([
    ['pod:shop/web-0', 'pod:shop/web-0:eth0', POD, 'eth0'],
    ['pod:shop/web-0:any', 'pod:shop/web-0:any', POD, 'any'],
    ['container:web-1', 'container:web-1:net7', CONTAINER, 'net7'],
    ['container:web-1:peer0', 'container:web-1:peer0', CONTAINER, 'peer0'],
    [`container:${ID}`, `container:${ID}:net7`, CONTAINER, 'net7'],
    ['0401d1f79b25:net7', '0401d1f79b25:net7', CONTAINER, 'net7'],
    ['bbbbd1f79b25:eth0', 'bbbbd1f79b25:eth0', TWIN, 'eth0'],
  ])('%s is %s', (text, name, where, device) => {
    const parsed = parse(text);
    expect(parsed).toMatchObject({ name, device });
    expect(statSync(parsed.namespace?.path as string).ino).toBe(statSync(`/var/run/netns/${where}`).ino);
  });

  it.each<[text: string, message: RegExp]>([
    [
      'pod:shop/web-9',
      /^pod:shop\/web-9: no such pod; expected pod:NAMESPACE\/NAME\[:IFACE\] \(available: pod:shop\/web-0\)$/,
    ],
    ['pod:web-0', /no such pod/],
    ['container:\u001b[2J', /^container:\\x1b\[2J: no such container.*available: container:web-1/],
    ['0401d1f79b26:eth0', /no such container/],
    ['container:twin', /is the name of 2 network namespaces; expected one of these/],
    ['aaaad1f79b25:', /several interfaces: net1, net2; expected one of them behind a colon/],
  ])('%j is refused', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('what interfaces lists is what -i takes', async () => {
    const { stdout } = await tunnelscope(['interfaces', '-T', 'json', '--host-root', root]);
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ name, namespace }) => name !== 'lo' && namespace?.name?.startsWith(PREFIX));
    expect(listed.map((one) => one.interface)).toContain('container:web-1:net7');
    // Two of one name have it in their description only.
    expect(listed.map((one) => one.interface)).toContain(`${TWIN}:eth0`);
    for (const { interface: name, namespace } of listed) {
      const { path } = parse(name).namespace as { path: string };
      expect(statSync(path).ino).toBe(namespace.inode);
    }
    const { stdout: table } = await tunnelscope(['interfaces', '--host-root', root]);
    expect(table).toContain(
      `\ncontainer:web-1  (by docker's files, ${CONTAINER}, docker 0401d1f79b25, sleep 101)\n`,
    );
    expect(table).toContain(`\npod:shop/web-0  (by CNI's results, ${POD})\n`);
    expect(table).toContain(`\n${TWIN}  (docker bbbbd1f79b25, twin, sleep 103)\n`);
  });

  it.skipIf(!hasTshark)('--names: lines have them, and Wireshark has them from what -w wrote', async () => {
    execFileSync('ip', [
      '-n',
      TWIN,
      'link',
      'add',
      'b0',
      'type',
      'veth',
      'peer',
      'name',
      'to-twin',
      'netns',
      POD,
    ]);
    for (const [name, device, address] of [
      [POD, 'to-twin', '10.99.0.3/24'],
      [TWIN, 'b0', '10.99.0.4/24'],
    ] as const) {
      const lines = [`addr add ${address} dev ${device}`, `link set ${device} up`];
      execFileSync('ip', ['-n', name, '-batch', '-'], { input: `${lines.join('\n')}\n` });
    }
    const file = join(root, 'names.pcapng');
    const words = ['--names', '--host-root', root, '-i', 'pod:shop/web-0:to-twin', '-c', '2', 'icmp'];
    const running = new Running([process.execPath, COMMAND, ...words, '-w', file, '-P']);
    await running.capturing();
    execFileSync('ip', ['netns', 'exec', POD, 'ping', '-c', '1', '10.99.0.4']);
    expect(await running.end()).toBe(0);
    const lines = running.stdout.trim().split('\n');
    // Two containers are called twin: the namespace's own name is left.
    expect(lines.map((line) => line.slice(line.indexOf('  (')))).toEqual([
      `  (shop/web-0 > ${TWIN})`,
      `  (${TWIN} > shop/web-0)`,
    ]);
    const wireshark = (...args: string[]) =>
      execFileSync(TSHARK, ['-r', file, ...args], { encoding: 'utf8' });
    expect(wireshark('-N', 'n', '-T', 'fields', '-e', '_ws.col.Source')).toBe(`shop/web-0\n${TWIN}\n`);
    const hosts = wireshark('-q', '-z', 'hosts').split('\n');
    expect(hosts).toEqual(expect.arrayContaining([`10.99.0.3\tshop/web-0`, `10.77.0.3\tshop/web-0`]));
    expect(wireshark('-c', '1', '-T', 'fields', '-e', 'frame.interface_description')).toBe(
      "pod:shop/web-0 (by CNI's results)\n",
    );
  });
});
