/** What is read through netlink and ioctl beside what ip, bridge, ethtool, ss, sysctl and nft tell of the same namespace. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModel } from '../../../src/doctor/model.ts';
import { findWay } from '../../../src/doctor/route-lookup.ts';
import type { NamespaceFacts } from '../../../src/host/facts/facts.ts';
import { readFacts } from '../../../src/host/facts/read-facts.ts';
import { lookAtNamespaces } from '../../../src/host/survey.ts';
import { missingForNamespaces, skipNote } from '../../support/lab.ts';

const missing = missingForNamespaces('bridge', 'ethtool', 'ss', 'sysctl', 'nft', 'socat');
const A = `tf${process.pid}-a`;
const B = `tf${process.pid}-b`;
const OWN = [A, B];

/** Everything that is read, of the kinds that every kernel with overlays has. */
const SETUP = [
  'link set lo up',
  `link add e0 type veth peer name e0 netns ${B}`,
  `link add e1 type veth peer name e1 netns ${B}`,
  'link add br0 type bridge',
  'link set e1 master br0',
  'link add vx0 address 0e:00:00:00:00:01 mtu 1400 type vxlan id 42 local 10.9.0.1 dstport 4789 nolearning df set dev e0',
  'link add vx1 type vxlan external dstport 4790',
  'link set e0 up',
  'link set e1 up',
  'link set br0 up',
  'link set vx0 up',
  'addr add 10.9.0.1/24 dev e0',
  'addr add fd09::1/64 dev e0 nodad',
  'addr add 10.9.1.1/24 dev br0',
  'route add default via 10.9.0.254',
  'route add 10.8.0.0/16 via 10.9.0.253 mtu 1300 metric 5',
  'route add 10.8.0.0/16 via 10.9.0.252 metric 4',
  'route add 10.8.7.0/24 nexthop via 10.9.0.2 weight 1 nexthop via 10.9.1.2 weight 2',
  'route add blackhole 10.7.0.0/24',
  'route add unreachable 10.7.1.0/24 metric 9',
  'route add prohibit 10.7.2.0/24',
  'route add throw 10.6.0.0/16 table 100',
  'route add 10.6.1.0/24 via 10.9.0.7 table 100',
  'route add 10.6.0.0/16 via 10.9.0.8',
  'route add 172.16.1.0/24 via 172.16.1.0 dev vx0 onlink',
  'rule add from 10.9.1.0/24 lookup 100 pref 1000',
  'rule add to 10.5.0.0/16 blackhole pref 1100',
  'rule add not from 10.0.0.0/8 to 10.4.0.0/16 prohibit pref 1200',
  'rule add iif e0 lookup 100 pref 1300',
  'rule add fwmark 0x1 lookup 100 pref 1400',
  'neigh add 10.9.0.77 lladdr 02:00:00:00:00:77 dev e0 nud permanent',
  'neigh add 10.9.0.78 dev e0 nud failed',
  'neigh add 172.16.1.0 lladdr 0e:00:00:00:00:02 dev vx0 nud permanent',
  'neigh add fd09::77 lladdr 02:00:00:00:00:77 dev e0 nud noarp',
];

const SETUP6 = [
  'route add default via fd09::fe',
  'route add fd08::/32 via fd09::fd',
  'rule add from fd09:1::/64 lookup 100 pref 1500',
];

function run(program: string, ...args: readonly string[]): string {
  return execFileSync('ip', ['netns', 'exec', A, program, ...args], { encoding: 'utf8' });
}

function json(program: string, ...args: readonly string[]): Record<string, unknown>[] {
  return JSON.parse(run(program, '-j', ...args));
}

/** Multicast's come and go by themselves. */
const isGroup = (address: unknown) => /^(224|ff02)/.test(String(address));

const sorted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();

describe.skipIf(missing !== undefined)(`facts of a namespace${skipNote(missing)}`, () => {
  let facts: NamespaceFacts;
  const children: ReturnType<typeof spawn>[] = [];
  const indexOf = (name: unknown) => facts.links.find((link) => link.name === name)?.index;

  beforeAll(() => {
    for (const name of OWN) execFileSync('ip', ['netns', 'add', name]);
    const [both, more] = [SETUP.slice(0, 3), SETUP.slice(3)].map((lines) => `${lines.join('\n')}\n`);
    execFileSync('ip', ['-n', A, '-batch', '-'], { input: both });
    // Routes hide behind a device without a link.
    execFileSync('ip', ['-n', B, '-batch', '-'], { input: 'link set e0 up\nlink set e1 up\n' });
    execFileSync('ip', ['-n', A, '-batch', '-'], { input: more });
    execFileSync('ip', ['-6', '-n', A, '-batch', '-'], { input: `${SETUP6.join('\n')}\n` });
    for (const [address, remote] of [
      ['00:00:00:00:00:00', '10.9.0.3'],
      ['00:00:00:00:00:00', '10.9.0.4'],
      ['0e:00:00:00:00:02', '10.9.0.2'],
    ] as const)
      run('bridge', 'fdb', 'append', address, 'dev', 'vx0', 'dst', remote);
    run(
      'bridge',
      'fdb',
      'add',
      '0e:00:00:00:00:03',
      'dev',
      'vx0',
      'dst',
      '10.9.0.5',
      'port',
      '8472',
      'vni',
      '7',
    );
    run('bridge', 'fdb', 'add', '02:00:00:00:00:99', 'dev', 'e1', 'master', 'static');
    run(
      'sysctl',
      '-qw',
      'net.ipv4.ip_forward=1',
      'net.ipv4.conf.e0.rp_filter=2',
      'net.ipv4.conf.e1.accept_local=1',
    );
    run(
      'sysctl',
      '-qw',
      'net.ipv6.conf.e0.forwarding=1',
      'net.ipv4.conf.all.rp_filter=1',
      'net.ipv4.conf.br0.forwarding=0',
    );
    run('ethtool', '-K', 'e0', 'tx-checksum-ip-generic', 'off', 'gro', 'on');
    run('nft', 'add', 'table', 'inet', 'x');
    const listen = ['netns', 'exec', A, 'socat', '-u', 'UDP-RECV:4999,bind=10.9.0.1', '/dev/null'];
    children.push(spawn('ip', listen, { stdio: 'ignore' }));
    while (!run('ss', '-Huln').includes('10.9.0.1:4999'));
    facts = readFacts((name) => name === A).namespaces[0] as NamespaceFacts;
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    for (const name of OWN) spawnSync('ip', ['netns', 'del', name]);
  });

  it('routes of all tables, beside ip route', () => {
    const tables: Record<string, number> = { main: 254, local: 255, default: 253 };
    const theirs = ['-4', '-6'].flatMap((family) =>
      json('ip', family, 'route', 'show', 'table', 'all').map((route) => {
        const { dst, type = 'unicast', table = 'main', metric = 0, gateway, dev, nexthops, metrics } = route;
        const any = family === '-4' ? '0.0.0.0/0' : '::/0';
        const width = family === '-4' ? 32 : 128;
        const ways = (nexthops as { gateway?: string; dev: string }[] | undefined) ?? [{ gateway, dev }];
        const mtu = (metrics as { mtu?: number }[] | undefined)?.[0]?.mtu;
        return {
          to: dst === 'default' ? any : String(dst).includes('/') ? dst : `${dst}/${width}`,
          table: tables[table as string] ?? Number(table),
          type,
          metric,
          ways: ways.map((way) => ({ gateway: way.gateway, device: indexOf(way.dev) })),
          mtu,
        };
      }),
    );
    const ours = facts.routes.map(({ to, table, type, metric, ways, mtu }) => {
      const some = ways.map(({ gateway, device }) => ({ gateway, device }));
      return { to, table, type, metric, ways: some, mtu };
    });
    expect(theirs.length).toBeGreaterThan(20);
    // Blackholes of IPv6 lead to lo, which ip leaves unsaid; there is none here.
    // Those of link-local addresses come when duplicate address detection is done.
    const lasting = (routes: readonly { to: unknown }[]) =>
      sorted(routes.filter(({ to }) => !/^f[ef]/.test(String(to))));
    expect(lasting(ours)).toEqual(lasting(theirs));
  });

  it('which way packets take, beside ip route get', () => {
    const [namespace] = createModel([{ host: 'a', kernel: '6', namespaces: [facts], unseen: [] }]).namespaces;
    if (namespace === undefined) throw new Error('no namespace');
    const iif = namespace.devices.find(({ name }) => name === 'e0');
    for (const [to, from, isIn] of [
      ['10.9.0.9'],
      ['10.9.0.1'],
      ['10.9.0.255'],
      ['127.0.0.5'],
      ['8.8.8.8'],
      ['10.8.1.1'],
      ['10.7.0.1'],
      ['10.7.1.1'],
      ['10.7.2.1'],
      ['10.6.1.1'],
      ['10.6.1.1', '10.9.1.1'],
      ['10.6.2.1', '10.9.1.1'],
      ['10.5.1.1'],
      ['10.4.1.1', '10.9.0.1'],
      ['172.16.1.9'],
      ['10.6.1.1', '10.9.0.50', true],
      ['10.6.2.1', '10.9.0.50', true],
      ['fd09::5'],
      ['fd08::1'],
      ['fd09::1'],
      ['2001:db8::1'],
    ] as const) {
      const words = ['route', 'get', to, ...(from === undefined ? [] : ['from', from])];
      const asked = spawnSync('ip', ['-n', A, '-j', ...words, ...(isIn ? ['iif', 'e0'] : [])], {
        encoding: 'utf8',
      });
      const way = findWay(namespace, { to, from, iif: isIn ? iif : undefined });
      const ours =
        way.kind === 'out'
          ? { dev: way.device.name, gateway: way.gateway }
          : way.kind === 'local'
            ? { local: true }
            : { refused: true };
      const [route] = asked.status === 0 ? JSON.parse(asked.stdout) : [undefined];
      const theirs =
        route === undefined
          ? { refused: true }
          : route.type === 'local' || route.type === 'broadcast'
            ? { local: true }
            : { dev: route.dev, gateway: route.gateway };
      expect({ to, from, ...ours }).toEqual({ to, from, ...theirs });
    }
  });

  it('rules, beside ip rule', () => {
    const tables: Record<string, number> = { main: 254, local: 255, default: 253, unspec: 0 };
    const prefix = (address: unknown, length: unknown, family: string) =>
      address === 'all' || address === undefined
        ? undefined
        : `${address}/${length ?? (family === '-4' ? 32 : 128)}`;
    const theirs = ['-4', '-6'].flatMap((family) =>
      json('ip', family, 'rule').map((rule) => ({
        family: family === '-4' ? 'ip' : 'ip6',
        priority: rule.priority,
        action: rule.action ?? 'table',
        table: rule.table === undefined ? 0 : (tables[rule.table as string] ?? Number(rule.table)),
        from: prefix(rule.src, rule.srclen, family),
        to: prefix(rule.dst, rule.dstlen, family),
        iif: rule.iif,
        isInverted: 'not' in rule,
        isMarked: 'fwmark' in rule,
        hasMore: false,
      })),
    );
    const ours = facts.rules.map(
      ({ family, priority, action, table, from, to, iif, isInverted, isMarked, hasMore }) => {
        return { family, priority, action, table, from, to, iif, isInverted, isMarked, hasMore };
      },
    );
    expect(theirs.length).toBeGreaterThan(8);
    expect(sorted(ours)).toEqual(sorted(theirs));
  });

  it('neighbours, beside ip neigh', () => {
    const theirs = json('ip', 'neigh', 'show', 'nud', 'all')
      .filter(({ dst }) => !isGroup(dst))
      .map(({ dst, dev, lladdr, state }) => ({
        address: dst,
        device: indexOf(dev),
        linkAddress: lladdr,
        state: String(state).toLowerCase(),
      }));
    const ours = facts.neighbors
      .filter(({ address }) => !isGroup(address))
      .map(({ address, device, linkAddress, state }) => ({
        address,
        device,
        linkAddress,
        state,
      }));
    expect(ours.filter(({ state }) => state === 'permanent' || state === 'failed').length).toBeGreaterThan(2);
    expect(sorted(ours)).toEqual(sorted(theirs));
  });

  it('forwarding entries, beside bridge fdb', () => {
    const theirs = json('bridge', 'fdb')
      .filter(({ mac, dst }) => dst !== undefined || (Number.parseInt(String(mac), 16) & 1) === 0)
      .map(({ mac, ifname, dst, vni, port, state }) => ({
        linkAddress: mac,
        device: indexOf(ifname),
        remote: dst,
        vni,
        port: port === undefined ? undefined : Number(port),
        isStatic: state === 'permanent' || state === 'static',
      }));
    const ours = facts.forwarding.map(({ linkAddress, device, remote, vni, port, isStatic }) => {
      return { linkAddress, device, remote, vni, port, isStatic };
    });
    expect(ours.filter(({ remote }) => remote !== undefined)).toHaveLength(4);
    // What a bridge learns comes at any time.
    const written = (entries: readonly { isStatic: boolean }[]) =>
      sorted(entries.filter(({ isStatic }) => isStatic));
    expect(written(ours)).toEqual(written(theirs));
  });

  it('settings of devices, beside sysctl', () => {
    for (const { name, settings } of facts.links) {
      const read = (setting: string) => Number(run('sysctl', '-n', `net.${setting.replace('NAME', name)}`));
      expect({ name, ...settings, portState: undefined }).toEqual({
        name,
        forwarding: read('ipv4.conf.NAME.forwarding') === 1,
        forwarding6: read('ipv6.conf.NAME.forwarding') === 1,
        rpFilter: read('ipv4.conf.NAME.rp_filter'),
        acceptLocal: read('ipv4.conf.NAME.accept_local') === 1,
        proxyArp: read('ipv4.conf.NAME.proxy_arp') === 1,
        portState: undefined,
      });
    }
    expect(facts.rpFilter).toBe(1);
    expect(new Set(facts.links.map(({ settings }) => settings.rpFilter)).size).toBeGreaterThan(1);
    const state = () => json('bridge', '-d', 'link', 'show', 'dev', 'e1')[0]?.state;
    const before = state();
    const [again] = readFacts((name) => name === A).namespaces;
    expect([before, state()]).toContain(again?.links.find(({ name }) => name === 'e1')?.settings.portState);
  });

  it('features and drivers, beside ethtool -k and -i', () => {
    for (const { name, offload } of facts.links) {
      const lines = run('ethtool', '-k', name).split('\n');
      // ethtool has names of its own for groups of them; the kernel's names are those with more than one dash, mostly.
      const theirs = new Map(
        lines.flatMap((line) => {
          const [, feature, value] = /^\t?([\w-]+): (on|off)/.exec(line) ?? [];
          return feature === undefined ? [] : [[feature, value === 'on'] as const];
        }),
      );
      const on = new Set(offload?.on);
      for (const feature of [
        'tx-checksum-ip-generic',
        'tx-udp_tnl-segmentation',
        'tx-udp_tnl-csum-segmentation',
        'tx-gre-segmentation',
        'rx-udp_tunnel-port-offload',
        'tx-nocache-copy',
      ])
        expect({ name, feature, on: on.has(feature) }).toEqual({ name, feature, on: theirs.get(feature) });
      const driver =
        /^driver: (.*)$/m.exec(
          spawnSync('ip', ['netns', 'exec', A, 'ethtool', '-i', name], { encoding: 'utf8' }).stdout,
        )?.[1] ?? '';
      expect({ name, driver: offload?.driver }).toEqual({ name, driver });
    }
    const at = (name: string) => facts.links.find((link) => link.name === name)?.offload?.on;
    expect(at('e1')).toContain('tx-checksum-ip-generic');
    expect(at('e0')).not.toContain('tx-checksum-ip-generic');
  });

  it('sockets with who holds them, the kernel’s own among them; the packet filter', () => {
    const udp = facts.sockets.filter(({ protocol }) => protocol === 'udp');
    const theirs = run('ss', '-Huan')
      .trim()
      .split('\n')
      .map((line) => Number(/:(\d+) /.exec(line)?.[1]));
    expect(udp.map(({ port }) => port).sort()).toEqual(theirs.sort());
    expect(udp.find(({ port }) => port === 4999)).toMatchObject({ local: '10.9.0.1' });
    expect(udp.find(({ port }) => port === 4789)).not.toHaveProperty('holder');
    expect(facts.firewall).toMatchObject({
      state: 'read',
      ruleset: expect.arrayContaining([{ table: expect.objectContaining({ name: 'x' }) }]),
    });
    const [other] = readFacts((name) => name === B).namespaces;
    expect(other?.firewall).toEqual({ state: 'none' });
  });

  it('details of a tunnel, and where one sends from that was moved', () => {
    expect(facts.links.find(({ name }) => name === 'vx0')?.details).toMatchObject({
      learning: false,
      df: 'set',
    });
    execFileSync('ip', ['-n', A, 'link', 'add', 'vm0', 'type', 'vxlan', 'id', '9', 'dstport', '4791']);
    execFileSync('ip', ['-n', A, 'link', 'set', 'vm0', 'netns', B]);
    const both = readFacts((name) => name === A || name === B).namespaces;
    const moved = both.flatMap(({ links }) => links).find(({ name }) => name === 'vm0');
    expect(moved?.sendsFrom).toBe(facts.inode);
    const [alone] = readFacts((name) => name === B).namespaces;
    expect(alone?.links.find(({ name }) => name === 'vm0')?.sendsFrom).toBe(0);
  });

  it('a namespace, and a device, that vanish in the middle are left out', () => {
    const gone = `tf${process.pid}-z`;
    execFileSync('ip', ['netns', 'add', gone]);
    execFileSync('ip', ['-n', A, 'link', 'add', 'gone0', 'type', 'bridge']);
    const seen = lookAtNamespaces(
      (name) => name === A || name === gone,
      (_, links) => {
        spawnSync('ip', ['netns', 'del', gone]);
        spawnSync('ip', ['-n', A, 'link', 'del', 'gone0']);
        return links.length;
      },
    );
    expect(seen.namespaces.map(({ name }) => name)).toEqual([A]);
    expect(seen.unseen.filter((words) => words.includes(gone))).toEqual([]);
  });
});
