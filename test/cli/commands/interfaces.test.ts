/** `tunnelscope interfaces` beside what `ip` tells of the same network namespaces. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND, tunnelscope } from '../../support/command.ts';
import { missingForNamespaces, missingForOtherUsers, NOBODY, skipNote } from '../../support/lab.ts';

const missing = missingForNamespaces('socat', 'unshare');
const missingForOthers = missingForOtherUsers();
const A = `ti${process.pid}-a`;
const B = `ti${process.pid}-b`;
/** An interface may have any name without slash, colon and white space. */
const HOSTILE = 'e\u001b[31m\u009b';

/** Devices of every kind that a kernel may have; what it does not have is left out. p0 is one end of a veth pair. */
const DEVICES: readonly (readonly string[])[] = [
  ['br0', 'type', 'bridge'],
  [
    'vx0',
    'type',
    'vxlan',
    'id',
    '42',
    'local',
    '10.9.0.1',
    'remote',
    '10.9.0.2',
    'dstport',
    '4789',
    'dev',
    'p0',
  ],
  ['vx1', 'type', 'vxlan', 'id', '16777215', 'group', '239.1.1.1', 'dstport', '8472', 'dev', 'p0'],
  ['vx2', 'type', 'vxlan', 'external', 'dstport', '4790'],
  ['vx3', 'type', 'vxlan', 'id', '7', 'local', 'fd09::1', 'remote', 'fd09::2', 'dstport', '4791'],
  ['mv0', 'link', 'p0', 'type', 'macvlan', 'mode', 'bridge'],
  ['iv0', 'link', 'p1', 'type', 'ipvlan', 'mode', 'l3'],
  ['vl0', 'link', 'p0', 'type', 'vlan', 'id', '77'],
  ['ge0', 'type', 'geneve', 'id', '9', 'remote', '10.9.0.2'],
  ['gr0', 'type', 'gre', 'local', '10.9.0.1', 'remote', '10.9.0.2', 'key', '5'],
  ['gt0', 'type', 'gretap', 'local', '10.9.0.1', 'remote', '10.9.0.3'],
  ['ip0', 'type', 'ipip', 'local', '10.9.0.1', 'remote', '10.9.0.2'],
  ['si0', 'type', 'sit', 'local', '10.9.0.1', 'remote', '10.9.0.2'],
  ['i60', 'type', 'ip6tnl', 'local', 'fd09::1', 'remote', 'fd09::2'],
  ['wg0', 'type', 'wireguard'],
  ['du0', 'type', 'dummy'],
  ['if0', 'type', 'ifb'],
  ['bo0', 'type', 'bond'],
  ['vr0', 'type', 'vrf', 'table', '10'],
  [HOSTILE, 'type', 'bridge'],
];

/** Our words for what `ip -d` calls otherwise. */
const IP_KEYS: Readonly<Record<string, string>> = { vni: 'id' };

interface IpLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly link_type: string;
  readonly address?: string;
  readonly master?: string;
  readonly link?: string | null;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: Readonly<Record<string, unknown>> };
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}

interface Listed {
  readonly interface: string;
  readonly namespace: {
    readonly name: string;
    readonly inode: number;
    readonly pid?: number;
    readonly process?: string;
  } | null;
  readonly boundName?: string;
  readonly name: string;
  readonly kind?: string;
  readonly peer?: string;
  readonly dev?: string;
  readonly master?: string;
  readonly ports?: readonly string[];
  readonly details?: Readonly<Record<string, unknown>>;
  readonly holders?: readonly { readonly pid: number; readonly process: string }[];
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'ignore' });
}

function list(...prefix: readonly string[]): Listed[] {
  const [program, ...args] = [...prefix, process.execPath, COMMAND, 'interfaces', '-T', 'json'];
  const text = execFileSync(program as string, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** What `ip` tells of a device, in our words. */
function inOurWords(link: IpLink) {
  const { info_kind: kind, info_data: data } = link.linkinfo ?? {};
  return {
    name: link.ifname,
    index: link.ifindex,
    up: link.flags.includes('UP'),
    mtu: link.mtu,
    hardwareType: link.link_type,
    address: link.address,
    addresses: link.addr_info.map((one) => `${one.local}/${one.prefixlen}`),
    kind: kind === 'tun' ? data?.type : kind,
    master: link.master,
    dev: kind === 'veth' ? undefined : (link.link ?? data?.link ?? undefined),
  };
}

describe.skipIf(missing !== undefined)(
  `interfaces in network namespaces, beside ip${skipNote(missing)}`,
  () => {
    const children: ChildProcess[] = [];
    const kinds = new Set<string>();
    let listed: Listed[];

    beforeAll(() => {
      for (const name of [A, B]) ip('netns', 'add', name);
      ip('-n', A, 'link', 'add', 'p0', 'type', 'veth', 'peer', 'name', 'p0', 'netns', B);
      ip('-n', A, 'link', 'add', 'p1', 'type', 'veth', 'peer', 'name', 'p2');
      ip('-n', A, 'link', 'set', 'lo', 'up');
      ip('-n', A, 'link', 'set', 'p0', 'up');
      ip('-n', A, 'addr', 'add', '10.9.0.1/24', 'dev', 'p0');
      ip('-n', A, 'addr', 'add', 'fd09::1/64', 'dev', 'p0', 'nodad');
      ip('-n', A, 'addr', 'add', '10.9.1.1', 'peer', '10.9.1.2/32', 'dev', 'p1');
      for (const [name, ...rest] of DEVICES) {
        const { status } = spawnSync('ip', ['-n', A, 'link', 'add', 'name', name as string, ...rest]);
        if (status === 0) kinds.add(rest[rest.indexOf('type') + 1] as string);
      }
      ip('-n', A, 'link', 'set', 'p2', 'master', 'br0');
      ip('-n', A, 'link', 'add', 'name', 'mvb', 'link', 'p0', 'type', 'macvlan');
      ip('-n', A, 'link', 'set', 'mvb', 'netns', B);
      ip('-n', A, 'tuntap', 'add', 'tap7', 'mode', 'tap');
      const socat = ['netns', 'exec', A, 'socat', 'TUN:10.9.2.1/24,tun-name=tunh,up', 'PIPE'];
      children.push(spawn('ip', socat, { stdio: 'ignore' }));
      while (spawnSync('ip', ['-n', A, 'link', 'show', 'tunh', 'up']).stdout.length === 0);
      children.push(spawn('unshare', ['-n', 'sleep', '1000'], { stdio: 'ignore' }));
      while (readFileSync(`/proc/${children[1]?.pid}/comm`, 'utf8') !== 'sleep\n');
      listed = list();
    });
    afterAll(() => {
      for (const child of children) child.kill('SIGKILL');
      for (const name of [A, B]) spawnSync('ip', ['netns', 'del', name]);
    });

    const find = (name: string) => listed.find((one) => one.interface === name);

    it('makes what this kernel has, the least that overlays are made of among it', () => {
      expect([...kinds]).toEqual(expect.arrayContaining(['bridge', 'vxlan']));
    });

    it.each([A, B])('%s: each device with what it is and its addresses', (namespace) => {
      const text = execFileSync('ip', ['-n', namespace, '-j', '-d', 'addr'], { encoding: 'utf8' });
      // iproute2 does not escape names in its JSON.
      const escaped = text.replace(/(?!\n)\p{Cc}/gu, (one) => JSON.stringify(one).slice(1, -1));
      const links = JSON.parse(escaped) as IpLink[];
      const ours = listed.filter((one) => one.namespace?.name === namespace);
      expect(ours.map((one) => one.name)).toEqual(links.map((link) => link.ifname));
      for (const [index, link] of links.entries()) {
        const { details = {}, ...one } = ours[index] as Listed;
        const expected = inOurWords(link);
        // What ip has by number alone is in another namespace; its name is checked below.
        if (expected.dev === undefined && one.dev?.includes(':')) expected.dev = one.dev;
        for (const [key, value] of Object.entries(expected))
          expect({ name: link.ifname, [key]: one[key as keyof typeof one] }).toEqual({
            name: link.ifname,
            [key]: value,
          });
        const data = link.linkinfo?.info_data ?? {};
        for (const [key, value] of Object.entries(details)) {
          const theirs = data[IP_KEYS[key] ?? key] ?? data[`${key}6`];
          expect({
            [key]:
              value === true ? theirs !== undefined : value === false ? theirs : String(theirs).toLowerCase(),
          }).toEqual({
            [key]: typeof value === 'boolean' ? value : String(value).toLowerCase(),
          });
        }
      }
    });

    it('details of a VXLAN device, of a port, of a bridge', () => {
      expect(find(`${A}:vx0`)).toMatchObject({
        kind: 'vxlan',
        dev: 'p0',
        details: { vni: 42, port: 4789, local: '10.9.0.1', remote: '10.9.0.2' },
      });
      expect(find(`${A}:vx1`)?.details).toMatchObject({ vni: 16777215, port: 8472, group: '239.1.1.1' });
      expect(find(`${A}:vx2`)?.details).toMatchObject({ external: true, port: 4790 });
      expect(find(`${A}:vx3`)?.details).toMatchObject({ local: 'fd09::1', remote: 'fd09::2' });
      expect(find(`${A}:p2`)).toMatchObject({
        kind: 'veth',
        peer: `${A}:p1`.slice(A.length + 1),
        master: 'br0',
      });
      expect(find(`${A}:br0`)).toMatchObject({ kind: 'bridge', ports: ['p2'] });
    });

    it('the other end in another namespace, also where both have the same index and name', () => {
      expect(find(`${A}:p0`)).toMatchObject({ kind: 'veth', peer: `${B}:p0` });
      expect(find(`${B}:p0`)).toMatchObject({ kind: 'veth', peer: `${A}:p0` });
      expect(find(`${B}:mvb`)).toMatchObject({ kind: 'macvlan', dev: `${A}:p0` });
    });

    it('the process that holds a tun device', () => {
      const { pid } = children[0] as ChildProcess;
      expect(find(`${A}:tunh`)).toMatchObject({ kind: 'tun', holders: [{ pid, process: 'socat' }] });
      expect(find(`${A}:tap7`)).toMatchObject({ kind: 'tap', details: { persist: true } });
      expect(find(`${A}:tap7`)).not.toHaveProperty('holders');
    });

    it('a namespace without a name, by its process', () => {
      const { pid } = children[1] as ChildProcess;
      expect(find(`${pid}:lo`)).toMatchObject({ namespace: { name: String(pid), pid, process: 'sleep' } });
    });

    it('in a namespace: its interfaces bear no prefix, and it is not listed twice', () => {
      const inside = list('ip', 'netns', 'exec', A);
      const own = inside.filter((one) => one.namespace === null);
      expect(own.find((one) => one.name === 'p0')).toMatchObject({
        interface: 'p0',
        boundName: A,
        peer: `${B}:p0`,
      });
      expect(own.at(-1)).toMatchObject({ interface: 'any' });
      expect(inside.filter((one) => one.namespace?.name === A)).toEqual([]);
      expect(inside.find((one) => one.interface === `${B}:mvb`)).toMatchObject({ dev: 'p0' });
    });

    it('the table: names can’t send control characters, and -D is the same', () => {
      const { stdout, status } = tunnelscope(['interfaces']);
      expect(status).toBe(0);
      expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
      expect(stdout).toContain('e\\x1b[31m\\x9b');
      const part = stdout.split(/\n(?! )/).find((lines) => lines.startsWith(A));
      for (const line of part?.split('\n') ?? []) expect(line.length).toBeLessThanOrEqual(80);
      expect(part).toMatch(
        /^ {2}vx0 +down +\d+ +ethernet +vxlan vni 42 port 4789\s+local 10\.9\.0\.1\s+remote 10\.9\.0\.2\s+dev p0$/m,
      );
      expect(part).toMatch(/^ {2}p0 +no link +.*veth to \S+:p0 +10\.9\.0\.1\/24\s+fd09::1\/64/m);
      expect(part).toMatch(/tun pi +held by socat \d+\s+10\.9\.2\.1\/24/);
      expect(tunnelscope(['-D']).stdout).toContain(`veth to ${B}:p0`);
    });

    it('JSON is printable ASCII, whatever names hold', () => {
      const { stdout } = tunnelscope(['-D', '-T', 'json']);
      expect(stdout).toMatch(/^[ -~\n]+$/);
      expect(find(`${A}:${HOSTILE}`)).toMatchObject({ kind: 'bridge' });
    });

    it.skipIf(missingForOthers !== undefined)(
      `without root: shows its own namespace, and says in one line what it could not see${skipNote(missingForOthers)}`,
      () => {
        const [program, ...args] = [...NOBODY, process.execPath, COMMAND, 'interfaces'];
        const { stdout, stderr, status } = spawnSync(program as string, args, { encoding: 'utf8' });
        expect(status).toBe(0);
        expect(stdout).toMatch(/^lo +up/m);
        expect(stderr.trimEnd().split('\n')).toHaveLength(1);
        expect(stderr).toMatch(
          new RegExp(`not seen, for lack of permission: .*${A}, ${B}.* of \\d+ processes; sudo`),
        );
      },
    );
  },
);
