/** Reports that somebody made up: whatever passes for one is judged and printed without harm. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { examine } from '../../src/doctor/examine.ts';
import { formatJson, formatJunit, formatTable } from '../../src/doctor/report.ts';
import { type HostFacts, hostFacts } from '../../src/host/facts/facts.ts';
import { twoHosts } from '../support/host-facts.ts';
import { rounds } from '../support/mutations.ts';

const program = {
  pid: 7,
  process: 'socat',
  command: ['socat', 'UDP:10.0.0.2:9000,bind=10.0.0.1:9000', 'TUN:x'],
  sockets: [{ protocol: 'udp' as const, local: '10.0.0.1', port: 9000, inode: 5 }],
};
const vxlan = { vni: 42, port: 4789, local: '10.0.0.1', learning: false };
const statements = [
  {
    match: {
      op: '==',
      left: { payload: { protocol: 'udp', field: 'dport' } },
      right: { set: [4789, { range: [1, 2] }] },
    },
  },
  { match: { op: 'in', left: { ct: { key: 'state' } }, right: ['new'] } },
  { jump: { target: 'input' } },
  { drop: null },
];
const ruleset = [
  { chain: { family: 'inet', table: 't', name: 'input', handle: 1, hook: 'input', prio: 0, policy: 'drop' } },
  { set: { family: 'inet', table: 't', name: 's', elem: [1] } },
  { rule: { family: 'inet', table: 't', chain: 'input', handle: 2, expr: statements } },
];

/** With something of everything in it. */
const WHOLE: HostFacts = twoHosts(
  {
    link: { kind: 'vxlan', details: vxlan, mtu: 1450, address: '0e:00:00:00:00:01' },
    namespace: {
      neighbors: [{ device: 3, address: '172.16.2.0', linkAddress: '0e:00:00:00:00:02', state: 'permanent' }],
      forwarding: [{ device: 3, linkAddress: '0e:00:00:00:00:02', remote: '10.0.0.2', isStatic: true }],
      firewall: { state: 'read', ruleset },
      sockets: program.sockets,
    },
  },
  {
    link: { kind: 'tun', details: { type: 'tun', pi: true }, programs: [program] },
    namespace: { firewall: { state: 'read', ruleset }, pid: 4711, sendsFrom: 1 } as object,
  },
);

const HOSTILE = [
  null,
  true,
  -1,
  0,
  1e300,
  2 ** 31,
  '',
  '\u001b]0;x\u0007\u009b\u202e',
  '\udc80',
  '::',
  '::ffff:1.2.3.4',
  'fe80::1%eth0',
  '10.0.0.1/33',
  '10.0.0.0/-1',
  '0.0.0.0/0',
  'lo',
  `UDP:[${':'.repeat(5000)}`,
  '__proto__',
  [],
  {},
  [null],
  { target: 'input' },
];

/** Every place in a value. */
function paths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))];
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((one, i) => (String(i) === key ? replaced(one, rest, by) : one));
  const inside = (value ?? {}) as Record<string, unknown>;
  return { ...inside, [key]: replaced(inside[key], rest, by) };
}

it('one place or several of a report replaced', () => {
  const places = paths(WHOLE);
  let judged = 0;
  const change = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...HOSTILE));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      const text = JSON.stringify(
        changes.reduce<unknown>((facts, [path, by]) => replaced(facts, path, by), WHOLE),
      );
      const { data } = hostFacts.safeParse(JSON.parse(text));
      if (data === undefined) return;
      judged++;
      const examination = examine([data, { ...data, host: 'other' }]);
      expect(formatTable(examine([data]))).not.toMatch(/[^\P{C}\n]/u);
      expect(formatJunit(examination)).not.toMatch(/[^\P{C}\n]/u);
      expect(formatJson(examination, data)).toMatch(/^[ -~]+\n$/);
    }),
    { numRuns: rounds(500, 20_000), seed: 7 },
  );
  expect(judged).toBeGreaterThan(100);
});
