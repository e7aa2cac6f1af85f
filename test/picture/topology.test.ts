/** How devices hang together, drawn: a lab's, as the kernel has it. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { svgDocument, textWidth } from '../../src/drawing/svg.ts';
import { type Survey, surveyNamespaces } from '../../src/host/survey.ts';
import { bringDown } from '../../src/lab/network/down.ts';
import { loadNetwork } from '../../src/lab/network/network.ts';
import { bringUp } from '../../src/lab/network/up.ts';
import type { PathPing, PathPoint, Sighting } from '../../src/path/path-view.ts';
import { createTopology, marksOf, type Topology } from '../../src/picture/topology.ts';
import { topologyDrawing } from '../../src/picture/topology-svg.ts';
import { topologyDot, topologyMermaid } from '../../src/picture/topology-text.ts';
import { missingForLiveCapture, missingForNamespaces, skipNote } from '../support/lab.ts';
import { labName } from '../support/networks.ts';

const missing = missingForLiveCapture() ?? missingForNamespaces('sysctl');
const withoutDot = spawnSync('which', ['dot']).status !== 0;

describe.skipIf(missing !== undefined)(`topology of a lab${skipNote(missing)}`, () => {
  const name = labName('g');
  let survey: Survey;
  let topology: Topology;
  beforeAll(async () => {
    await bringUp(loadNetwork('vxlan-learning'), { name });
    const all = surveyNamespaces();
    survey = { ...all, namespaces: all.namespaces.filter((one) => one.boundName?.startsWith(`${name}-`)) };
    topology = createTopology(survey);
  });
  afterAll(() => bringDown(name));

  it('has each namespace, ports below their bridge', () => {
    const h1 = topology.boxes.find(({ title }) => title === `${name}-h1`);
    expect(topology.boxes).toHaveLength(7);
    expect(h1?.devices.map((device) => `${device.isPort ? '└ ' : ''}${device.name}`)).toEqual([
      'br0',
      '└ veth1',
      '└ veth2',
      'eth0',
      'vxlan0',
    ]);
  });

  it('has each cable once, as `ip link` pairs them, and the tunnel', () => {
    const cables = topology.edges.filter(({ kind }) => kind === 'pair');
    expect(cables).toHaveLength(6);
    for (const { from, to } of cables) {
      const [namespace = '', device = ''] = from.split(':');
      const { stdout } = spawnSync('ip', ['-n', namespace, '-j', 'link', 'show', 'dev', device], {
        encoding: 'utf8',
      });
      const [{ link_index: peer }] = JSON.parse(stdout);
      const [otherNamespace = '', otherDevice = ''] = to.split(':');
      const other = spawnSync('ip', ['-n', otherNamespace, '-j', 'link', 'show', 'dev', otherDevice], {
        encoding: 'utf8',
      });
      expect(JSON.parse(other.stdout)[0].ifindex).toBe(peer);
    }
    expect(topology.edges.filter(({ kind }) => kind === 'tunnel')).toEqual([
      { from: `${name}-h1:vxlan0`, to: `${name}-h2:vxlan0`, kind: 'tunnel', label: 'vxlan 42' },
    ]);
  });

  it('as SVG that an XML parser reads, with the way and the end of a ping', () => {
    const marks = new Map([
      [`${name}-h1-ns1:eth0`, 'passed'],
      [`${name}-h1:veth1`, 'last'],
    ] as const);
    const svg = svgDocument('x', topologyDrawing(topology, marks));
    const script =
      'import sys,xml.dom.minidom as m;d=m.parseString(sys.stdin.buffer.read());print(*[sum(1 for e in d.getElementsByTagName(t) if e.getAttribute("class")==c) for t,c in (("rect","box"),("path","way"),("path","tunnelline dash"))])';
    const { stdout, stderr } = spawnSync('python3', ['-c', script], { input: svg, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '7 1 1\n', stderr: '' });
    expect(svg).toContain('veth1 ✕');
  });

  it.skipIf(withoutDot)(`as DOT that Graphviz reads${withoutDot ? ' (SKIPPED: needs dot)' : ''}`, () => {
    const { stdout, stderr } = spawnSync('dot', ['-Tplain'], {
      input: topologyDot(topology),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const devices = topology.boxes.flatMap((box) => box.devices).length;
    expect(stdout.match(/^node /gm)).toHaveLength(devices);
    expect(stdout.match(/^edge /gm)).toHaveLength(topology.edges.length);
  });

  it('hostile names stay text', () => {
    const hostile = 'x"]\\n<b>&\u001b';
    const [box] = topology.boxes;
    const bad: Topology = {
      boxes: [
        { title: hostile, devices: (box?.devices ?? []).map((device) => ({ ...device, name: hostile })) },
      ],
      edges: [],
    };
    const read = spawnSync(
      'python3',
      ['-c', 'import sys,xml.dom.minidom as m;m.parseString(sys.stdin.buffer.read())'],
      {
        input: svgDocument(hostile, topologyDrawing(bad)),
        encoding: 'utf8',
      },
    );
    expect(read.stderr).toBe('');
    for (const line of topologyMermaid(bad)
      .split('\n')
      .filter((one) => one.includes('["'))) {
      expect(line.replace(/^\s*(subgraph )?\w+\["|"\]$/g, '').replaceAll('<br>', '')).not.toMatch(
        /["<>\p{Cc}\]]/u,
      );
    }
    if (withoutDot) return;
    const drawn = spawnSync('dot', ['-Tplain'], { input: topologyDot(bad), encoding: 'utf8' });
    expect([drawn.status, drawn.stderr]).toEqual([0, '']);
  });
});

describe('is read from the left', () => {
  const box = (title: string) => ({
    title,
    devices: [
      { id: title, name: 'eth0', what: '', addresses: [], isUp: true, isPort: false, isTunnel: false },
    ],
  });
  const edges = ['ab', 'bc'].map(([from = '', to = '']) => ({ from, to, kind: 'pair' as const, label: '' }));
  it.each([
    ['from the first name', 'abc', [], 'a b c'],
    ['in whatever order they are found', 'cba', [], 'a b c'],
    ['from where the way begins', 'abc', ['c', 'b'], 'c b a'],
    ['from where the way begins, in any order', 'cba', ['c', 'b'], 'c b a'],
  ])('%s', (_, order, way, expected) => {
    const marks = new Map(way.map((id) => [id, 'passed'] as const));
    const { picture } = topologyDrawing({ boxes: [...order].map(box), edges }, marks);
    const titles = [...picture.text.matchAll(/<text x="(\d+)"[^>]*class="h">(.)</g)];
    const read = titles.sort((one, other) => Number(one[1]) - Number(other[1])).map(([, , title]) => title);
    expect(read.join(' ')).toBe(expected);
  });
});

it('the words of a tunnel stay inside, also where its line is short and far right', () => {
  const box = (title: string) => ({
    title,
    devices: [
      { id: title, name: 'eth0', what: '', addresses: [], isUp: true, isPort: false, isTunnel: true },
    ],
  });
  const label = `vxlan vni 42 ${'2001:db8:1111:2222:3333:4444:5555:6666'} → ${'2001:db8:1111:2222:3333:4444:5555:7777'} udp 4789`;
  const pairs = ['ab', 'bc', 'cd'].map(([from = '', to = '']) => ({
    ...{ from, to, kind: 'pair' as const, label: '' },
  }));
  const { picture, width } = topologyDrawing({
    boxes: [...'abcd'].map(box),
    edges: [...pairs, { from: 'c', to: 'd', kind: 'tunnel', label }],
  });
  const [, x] = picture.text.match(/<text x="([\d.]+)"[^>]*class="t">vxlan/) ?? [];
  expect(Number(x)).toBeGreaterThan(0);
  expect(Number(x) + textWidth(label)).toBeLessThan(width);
});

describe('a GRE tunnel with a key for each direction', () => {
  const end = (name: string, ikey: number, okey: number, local: string, remote: string) => ({
    name,
    interfaces: [
      {
        link: {
          ...{ name: 'gre1', kind: 'gre', isUp: true, isLoopback: false, mtu: 1476 },
          ...{ addresses: [`${local}/24`], details: { remote, ikey, okey } },
        },
        ...{ ports: [], holders: [] },
      },
      {
        link: { name: 'eth0', isUp: true, isLoopback: false, mtu: 1500, addresses: [], details: {} },
        ...{ ports: [], holders: [] },
      },
    ],
  });
  it.each([
    ['what one sends is what the other takes', 2, 1, 1],
    ['both send with the same, and take another', 1, 2, 0],
  ])('%s', (_, ikey, okey, count) => {
    const namespaces = [
      end('h1', 1, 2, '10.0.0.1', '10.0.0.2'),
      end('h2', ikey, okey, '10.0.0.2', '10.0.0.1'),
    ];
    const { edges } = createTopology({ namespaces } as unknown as Survey);
    expect(edges).toHaveLength(count);
  });
});

// Pings that a router drops after r1, and one that was under way when the capture began or ended.
describe('where pings are lost', () => {
  const points = ['h1:eth0', 'rt:r1', 'h2:eth0'].map((name) => ({ name }) as PathPoint);
  const ping = (seen: number[], answered = false) =>
    ({
      way: 0,
      answered,
      request: seen.map((point) => ({ point }) as Sighting),
      reply: [],
      lastSeen: answered ? null : { direction: 'request', point: seen.at(-1) as number },
    }) as unknown as PathPing;
  it.each([
    [
      'is where most are',
      [
        [0, 1],
        [0, 1, 2],
        [0, 1, 2],
      ],
      'h2:eth0',
    ],
    [
      'is not as far as one alone came',
      [
        [0, 1],
        [0, 1],
        [0, 1, 2],
      ],
      'rt:r1',
    ],
    [
      'is where one came farthest, of two',
      [
        [0, 1],
        [0, 1, 2],
      ],
      'h2:eth0',
    ],
    ['is where the only one was seen last', [[0, 1]], 'rt:r1'],
  ])('%s', (_, seen, last) => {
    const marks = marksOf({ points, rows: [ping([0, 1, 2], true), ...seen.map((one) => ping(one))] });
    expect([...marks].filter(([, mark]) => mark === 'last')).toEqual([[last, 'last']]);
  });
  it('is nowhere, if none was', () => {
    expect([...marksOf({ points, rows: [ping([0, 1], true)] }).values()]).toEqual(['passed', 'passed']);
  });
});
