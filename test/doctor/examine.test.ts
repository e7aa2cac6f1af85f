/** Kinds of tunnels, and faults, that not every kernel has: set up as data. What is said of real ones is in faults.test.ts. */
import { describe, expect, it } from 'vitest';
import { examine } from '../../src/doctor/examine.ts';
import type { HostFacts, LinkFacts, NamespaceFacts } from '../../src/host/facts/facts.ts';
import { type End, linkFacts, namespaceFacts, routeFacts, twoHosts } from '../support/host-facts.ts';

const lines = (...hosts: HostFacts[]) =>
  examine(hosts).problems.map(({ severity, check, namespace, device }) =>
    [severity, check, namespace, ...(device === undefined ? [] : [device])].join(' '),
  );

type Details = LinkFacts['details'];

/** A device of a kind with its details; MTU and others as told. */
function tunnel(kind: string, details: Details, more: Partial<LinkFacts> = {}): End {
  return { link: { kind, details, ...more } };
}

const TO = { local: '10.0.0.1', remote: '10.0.0.2' };
const BACK = { local: '10.0.0.2', remote: '10.0.0.1' };
const TO6 = { local: 'fd00::1', remote: 'fd00::2' };
const BACK6 = { local: 'fd00::2', remote: 'fd00::1' };
const GENEVE = { vni: 42, port: 6081 };
const VXLAN = { vni: 42, port: 4789 };
const MTU = (mtu: number) => ({ mtu });

const CASES: Readonly<Record<string, readonly [h1: End, h2: End, expected: readonly string[]]>> = {
  // The largest that fits into 1500 bytes: RFC 2003 20, RFC 2784 24, RFC 2890 28, RFC 7348 and RFC 8926 50, and 20 more over IPv6.
  'ipip, all well': [tunnel('ipip', TO, MTU(1480)), tunnel('ipip', BACK, MTU(1480)), []],
  'gre, all well': [tunnel('gre', TO, MTU(1476)), tunnel('gre', BACK, MTU(1476)), []],
  'gretap, all well': [tunnel('gretap', TO, MTU(1462)), tunnel('gretap', BACK, MTU(1462)), []],
  'sit, all well': [tunnel('sit', TO, MTU(1480)), tunnel('sit', BACK, MTU(1480)), []],
  'ip6tnl, all well': [tunnel('ip6tnl', TO6, MTU(1460)), tunnel('ip6tnl', BACK6, MTU(1460)), []],
  'geneve, all well': [
    tunnel('geneve', { ...GENEVE, remote: '10.0.0.2' }, MTU(1450)),
    tunnel('geneve', { ...GENEVE, remote: '10.0.0.1' }, MTU(1450)),
    [],
  ],
  'vxlan over IPv6, all well': [
    tunnel('vxlan', { ...VXLAN, ...TO6 }, MTU(1430)),
    tunnel('vxlan', { ...VXLAN, ...BACK6 }, MTU(1430)),
    [],
  ],
  'gre with a key has less room': [
    tunnel('gre', { ...TO, ikey: 5, okey: 5 }, MTU(1476)),
    tunnel('gre', { ...BACK, ikey: 5, okey: 5 }, MTU(1472)),
    ['error outer-mtu h1 tunnel0', 'warning mtu-differs h1 tunnel0'],
  ],
  'ipip that may be fragmented': [
    tunnel('ipip', { ...TO, pmtudisc: false }),
    tunnel('ipip', BACK),
    ['error outer-mtu h2 tunnel0', 'warning outer-mtu h1 tunnel0'],
  ],
  'geneve with another VNI': [
    tunnel('geneve', { ...GENEVE, remote: '10.0.0.2' }, MTU(1450)),
    tunnel('geneve', { ...GENEVE, vni: 43, remote: '10.0.0.1' }, MTU(1450)),
    ['error vni-differs h2 tunnel0'],
  ],
  'geneve on another port': [
    tunnel('geneve', { ...GENEVE, remote: '10.0.0.2' }, MTU(1450)),
    tunnel('geneve', { ...GENEVE, port: 6082, remote: '10.0.0.1' }, MTU(1450)),
    ['error far-end h2', 'error far-end h1'],
  ],
  'gre towards ipip': [
    tunnel('gre', TO, MTU(1476)),
    tunnel('ipip', BACK, MTU(1480)),
    ['error far-end h2', 'error far-end h1'],
  ],
  'the other end sends elsewhere': [
    tunnel('gre', TO, MTU(1476)),
    tunnel('gre', { ...BACK, remote: '10.0.0.9' }, MTU(1476)),
    ['error no-neighbor h2 eth0', 'error remote-differs h2 tunnel0'],
  ],
  'UDP over IPv6 without checksums, which the other end does not take': [
    tunnel('vxlan', { ...VXLAN, ...TO6, udp6zerocsumtx: true }, MTU(1430)),
    tunnel('vxlan', { ...VXLAN, ...BACK6 }, MTU(1430)),
    ['error zero-checksum h2 tunnel0'],
  ],
  'and which it takes': [
    tunnel('vxlan', { ...VXLAN, ...TO6, udp6zerocsumtx: true }, MTU(1430)),
    tunnel('vxlan', { ...VXLAN, ...BACK6, udp6zerocsumrx: true }, MTU(1430)),
    [],
  ],
  'a card of vmxnet3': [
    {
      ...tunnel('geneve', { ...GENEVE, remote: '10.0.0.2' }, MTU(1450)),
      underlay: { offload: { driver: 'vmxnet3', on: ['tx-udp_tnl-segmentation'] } },
    },
    tunnel('geneve', { ...GENEVE, remote: '10.0.0.1' }, MTU(1450)),
    ['warning checksum-offload h1 eth0'],
  ],
  'a module’s own device, which nobody uses': [
    tunnel('ipip', TO, MTU(1480)),
    {
      ...tunnel('ipip', BACK, MTU(1480)),
      namespace: {
        links: [
          linkFacts(2, 'eth0', {
            kind: 'veth',
            addresses: ['10.0.0.2/24'],
            other: { namespace: 1, index: 2 },
          }),
          linkFacts(3, 'tunnel0', { kind: 'ipip', details: BACK, mtu: 1480 }),
          linkFacts(4, 'tunl0', { kind: 'ipip', isUp: false }),
        ],
      },
    },
    [],
  ],
  'ipip without an end of its own, as Calico has it: the routes say which': [
    { ...tunnel('ipip', {}, MTU(1480)), namespace: { routes: calico('10.0.0.2', '172.16.2.0/24') } },
    { ...tunnel('ipip', {}, MTU(1480)), namespace: { routes: calico('10.0.0.7', '172.16.1.0/24') } },
    ['error no-neighbor h2 eth0', 'error remote-differs h2 tunnel0'],
  ],
};

function calico(via: string, subnet: string) {
  return [routeFacts('10.0.0.0/24', 2), routeFacts(subnet, 3, { via })];
}

it.each(Object.entries(CASES))('%s', (_, [h1, h2, expected]) => {
  expect(lines(twoHosts(h1, h2))).toEqual(expected);
});

/** A container as Calico plugs it in: its gateway is nobody's address, and the host's end of the pair answers for it (proxy ARP). */
function proxied(proxyArp: boolean): HostFacts {
  const facts = twoHosts(tunnel('ipip', TO, MTU(1480)), tunnel('ipip', BACK, MTU(1480)));
  const [h1, h2] = facts.namespaces as [NamespaceFacts, NamespaceFacts];
  const settings = { ...linkFacts(0, '').settings, proxyArp };
  const plug = linkFacts(4, 'cali1', { kind: 'veth', other: { namespace: 3, index: 2 }, settings });
  const own = linkFacts(2, 'eth0', {
    ...{ kind: 'veth', addresses: ['172.16.1.5/32'], other: { namespace: 1, index: 4 }, mtu: 1480 },
    settings: { ...settings, forwarding: false, forwarding6: false, proxyArp: false },
  });
  const container = namespaceFacts(3, {
    name: 'c1',
    links: [own],
    routes: [routeFacts('169.254.1.1/32', 2), routeFacts('0.0.0.0/0', 2, { via: '169.254.1.1' })],
  });
  const routes = [
    ...h1.routes,
    routeFacts('172.16.1.5/32', 4),
    routeFacts('0.0.0.0/0', 2, { via: '10.0.0.2' }),
  ];
  return { ...facts, namespaces: [{ ...h1, links: [...h1.links, plug], routes }, h2, container] };
}

it.each([
  [true, []],
  [false, ['error no-neighbor c1 eth0']],
])('a gateway that a host answers for by proxy ARP: %s', (proxyArp, expected) => {
  expect(lines(proxied(proxyArp))).toEqual(expected);
});

describe('checksums that a VXLAN device leaves to the one below', () => {
  const on = { mtu: 1450, offload: { driver: 'vxlan', on: ['tx-checksum-ip-generic'] } };
  it.each([
    ['4.19.0-26-amd64', true],
    ['5.6.19', true],
    ['5.7.0', false],
    ['5.10.0-28-amd64', false],
    ['6.1.0', false],
  ])('Linux %s: %s', (kernel, isTold) => {
    const facts = twoHosts(
      tunnel('vxlan', { ...VXLAN, ...TO }, on),
      tunnel('vxlan', { ...VXLAN, ...BACK }, MTU(1450)),
      kernel,
    );
    expect(lines(facts)).toEqual(isTold ? ['warning checksum-offload h1 tunnel0'] : []);
  });
});

describe('several hosts', () => {
  /** One of the two with its wire leading out. */
  const alone = (facts: HostFacts, index: number): HostFacts => {
    const namespace = facts.namespaces[index];
    if (namespace === undefined) throw new Error(`no namespace ${index}`);
    const links = namespace.links.map(({ other, ...link }) => link);
    return { ...facts, host: `host${index + 1}`, namespaces: [{ ...namespace, links }] };
  };

  it('what leaves one arrives at the only other that has the address', () => {
    const facts = twoHosts(
      tunnel('geneve', { ...GENEVE, remote: '10.0.0.2' }, MTU(1450)),
      tunnel('geneve', { ...GENEVE, vni: 43, remote: '10.0.0.1' }, MTU(1450)),
    );
    expect([0, 1].map((index) => lines(alone(facts, index)))).toEqual([[], []]);
    expect(lines(alone(facts, 0), alone(facts, 1))).toEqual(['error vni-differs host2/h2 tunnel0']);
  });

  it('an address that none of them has is told', () => {
    const facts = twoHosts(
      tunnel('ipip', { ...TO, remote: '10.0.0.3' }, MTU(1480)),
      tunnel('ipip', BACK, MTU(1480)),
    );
    expect(lines(alone(facts, 0), alone(facts, 1))).toEqual([
      'error remote-differs host1/h1 tunnel0',
      'warning no-neighbor host1/h1 tunnel0',
    ]);
  });
});

it('a device that was moved sends from where it was made', () => {
  const facts = twoHosts(
    tunnel('vxlan', { ...VXLAN, ...TO }, MTU(1450)),
    tunnel('vxlan', { ...VXLAN, ...BACK }, MTU(1450)),
  );
  const [h1, h2] = facts.namespaces;
  if (h1 === undefined || h2 === undefined) throw new Error('two namespaces');
  const device = h1.links.find(({ name }) => name === 'tunnel0');
  const inside = namespaceFacts(3, {
    name: 'overlay',
    links: [linkFacts(3, 'tunnel0', { ...device, sendsFrom: 1 })],
    routes: [routeFacts('172.16.2.0/24', 3)],
  });
  const outside = { ...h1, links: h1.links.filter((link) => link !== device) };
  const moved = { ...facts, namespaces: [outside, h2, inside] };
  expect(lines(moved)).toEqual([]);
  const wrong = {
    ...inside,
    links: inside.links.map((link) => ({ ...link, details: { ...link.details, vni: 7 } })),
  };
  expect(lines({ ...facts, namespaces: [outside, h2, wrong] })).toEqual([
    'error vni-differs overlay tunnel0',
  ]);
});

it('tunnels that are in themselves come to an end, and are told', () => {
  const inItself = (remote: string) => ({
    ...tunnel('ipip', { remote }, MTU(1480)),
    namespace: { routes: [routeFacts('10.9.0.0/24', 3), routeFacts('0.0.0.0/0', 3)] },
  });
  expect(lines(twoHosts(inItself('10.9.0.1'), inItself('10.9.0.1')))).toEqual([
    'error no-route h1 tunnel0',
    'error no-route h2 tunnel0',
  ]);
});

it('routes in a circle come to an end, and are told', () => {
  const circle = (via: string) => ({
    ...tunnel('ipip', { remote: '10.7.0.1' }, MTU(1480)),
    namespace: {
      routes: [
        routeFacts('10.0.0.0/24', 2),
        routeFacts('10.7.0.0/24', 2, { via }),
        routeFacts('172.16.0.0/16', 3),
      ],
    },
  });
  const said = lines(twoHosts(circle('10.0.0.2'), circle('10.0.0.1')));
  expect(new Set(said)).toEqual(new Set(['error no-route h1', 'error no-route h2'].slice(0, said.length)));
  expect(said.length).toBeGreaterThan(0);
});

it('of a list that was cut, and of what was not seen, it is told', () => {
  const facts = twoHosts(
    { ...tunnel('ipip', TO, MTU(1480)), namespace: { cut: ['routes'] } },
    tunnel('ipip', BACK, MTU(1480)),
  );
  expect(examine([{ ...facts, unseen: ['network namespace x'] }]).unseen).toEqual([
    'network namespace x',
    'routes of h1 beyond those kept',
  ]);
});
