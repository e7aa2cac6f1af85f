/** Names of interfaces in other network namespaces, and going there: beside `ip`, and by the command as users run it. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inNamespace, linksIn, parseInterfaceName } from '../../src/host/namespace.ts';
import { COMMAND, tunnelscope } from '../support/command.ts';
import { missingForNamespaces, missingForOtherUsers, NOBODY, skipNote } from '../support/lab.ts';
import { Running } from '../support/running.ts';

const missing = missingForNamespaces('ping', 'socat');
const missingForOthers = missingForOtherUsers();
const A = `tn${process.pid}-a`;
const B = `tn${process.pid}-b`;
const own = () => readlinkSync('/proc/thread-self/ns/net');

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'ignore' });
}

describe.skipIf(missing !== undefined)(`network namespaces${skipNote(missing)}`, () => {
  /** Lives in A. */
  let resident: ChildProcess;
  const there = { name: A, path: `/var/run/netns/${A}` };

  beforeAll(async () => {
    for (const name of [A, B]) ip('netns', 'add', name);
    ip('-n', A, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v0', 'netns', B);
    for (const [name, address] of [
      [A, '10.8.0.1/24'],
      [B, '10.8.0.2/24'],
    ] as const) {
      execFileSync('ip', ['netns', 'exec', name, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
      ip('-n', name, 'addr', 'add', address, 'dev', 'v0');
      ip('-n', name, 'link', 'set', 'v0', 'up');
    }
    ip('-n', A, 'link', 'add', 'down0', 'type', 'bridge');
    resident = spawn('ip', ['netns', 'exec', A, 'sh', '-c', 'echo here; exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(resident.stdout as NodeJS.EventEmitter, 'data');
  });
  afterAll(() => {
    resident.kill('SIGKILL');
    for (const name of [A, B]) spawnSync('ip', ['netns', 'del', name]);
  });

  /** What users may write for A. */
  const spellings: readonly (readonly [what: string, spelling: () => string])[] = [
    ['name', () => A],
    ['process', () => String(resident.pid)],
    ['path', () => `/var/run/netns/${A}`],
    ["process's path", () => `/proc/${resident.pid}/ns/net`],
  ];

  it.each(spellings)('by %s: what is done there is done there, and this thread is back', (_, spelling) => {
    const { namespace, device } = parseInterfaceName(`${spelling()}:v0`);
    expect(device).toBe('v0');
    const before = own();
    const inside = inNamespace(namespace, own);
    expect(inside).toBe(
      `net:[${execFileSync('stat', ['-Lc', '%i', there.path], { encoding: 'utf8' }).trim()}]`,
    );
    expect(inside).not.toBe(before);
    expect(own()).toBe(before);
  });

  it('comes back also where what was to be done fails', () => {
    const before = own();
    expect(() =>
      inNamespace(there, () => {
        throw new Error('in there');
      }),
    ).toThrow('in there');
    expect(own()).toBe(before);
  });

  it('one namespace inside another: back one by one', () => {
    const outer = inNamespace(there, () => {
      const first = own();
      const second = inNamespace({ name: B, path: `/var/run/netns/${B}` }, own);
      return [first, second, own()];
    });
    expect(outer[0]).toBe(outer[2]);
    expect(outer[1]).not.toBe(outer[0]);
  });

  it('its interfaces are those that ip tells', () => {
    const links = JSON.parse(execFileSync('ip', ['-n', A, '-j', 'link'], { encoding: 'utf8' }));
    expect(linksIn(there).map((link) => [link.index, link.name])).toEqual(
      links.map((link: { ifindex: number; ifname: string }) => [link.ifindex, link.ifname]),
    );
  });

  it('names without a namespace, and labels of addresses, are interfaces here', () => {
    expect(parseInterfaceName('lo')).toEqual({ name: 'lo', namespace: undefined, device: 'lo' });
    expect(parseInterfaceName('lo:1')).toEqual({ name: 'lo:1', namespace: undefined, device: 'lo' });
  });

  it.each(spellings)('captures there by %s, and names it as it was named', async (_, spelling) => {
    const name = `${spelling()}:v0`;
    const fields = ['-T', 'json', '-c', '4', 'icmp'];
    const command = new Running([process.execPath, COMMAND, '-i', name, '--user', 'nobody', ...fields]);
    await command.capturing();
    execFileSync('ip', ['netns', 'exec', A, 'ping', '-n', '-c', '2', '-i', '0.05', '10.8.0.2']);
    expect(await command.end()).toBe(0);
    const packets = command.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(packets.map((packet) => packet.interface)).toEqual(Array(4).fill(name));
    expect(packets.map(({ layers }) => layers[1].src)).toEqual([
      '10.8.0.1',
      '10.8.0.2',
      '10.8.0.1',
      '10.8.0.2',
    ]);
  });

  it('both ends of a pair in two namespaces at once: each packet at both', async () => {
    const command = new Running([
      ...[process.execPath, COMMAND, '-T', 'json', '-c', '4'],
      ...['-i', `${A}:v0`, '-i', `${B}:v0`, 'icmp'],
    ]);
    await command.capturing();
    execFileSync('ip', ['netns', 'exec', A, 'ping', '-n', '-c', '1', '10.8.0.2']);
    expect(await command.end()).toBe(0);
    const seen = command.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const at = (name: string) => seen.filter((packet) => packet.interface === name);
    expect([at(`${A}:v0`).length, at(`${B}:v0`).length]).toEqual([2, 2]);
    expect(command.stderr).toMatch(new RegExp(`${A}:v0: 2 received by filter`));
  });

  it.each<[name: string, message: RegExp]>([
    [
      `${A}:nope0`,
      new RegExp(`no such interface: nope0 in network namespace ${A} \\(available: lo, v0, down0, any\\)`),
    ],
    [`${A}:`, new RegExp(`${A}: has no interface name; expected NETNS:IFACE \\(available: lo, v0`)],
    [`${A}x:v0`, new RegExp(`no such network namespace: ${A}x; .*available: .*${A}`)],
    [`${A}:down0`, /down0 is down; bring it up/],
    [':v0', /no such network namespace: /],
    ['..:v0', /no such network namespace: \.\./],
    ['99999999:v0', /no such network namespace: 99999999/],
    ['/no/such:v0', /no such file: \/no\/such; expected NETNS:IFACE/],
    ['/etc/passwd:v0', /\/etc\/passwd is not a network namespace/],
    ['/proc/self/ns/mnt:v0', /\/proc\/self\/ns\/mnt is not a network namespace/],
    ['nope0', /no such interface: nope0 \(available: lo, .*any\)/],
    ['x\u001b[31m:v0', /x\\x1b\[31m/],
  ])('-i %j: one line that says what there is', (name, message) => {
    const { status, stdout, stderr } = tunnelscope(['-i', name, '-T', 'line']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it.skipIf(missingForOthers !== undefined)(
    `without root: no permission${skipNote(missingForOthers)}`,
    () => {
      const [program, ...args] = [...NOBODY, process.execPath, COMMAND, '-i', `${A}:v0`, '-T', 'line'];
      const { status, stderr } = spawnSync(program as string, args, { encoding: 'utf8' });
      expect(stderr).toMatch(new RegExp(`no permission to enter network namespace ${A}; run with sudo`));
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(status).toBe(2);
    },
  );
});
