/** Specification files: what they say, and where they are wrong. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pingsSchema } from '../../scripts/pings-schema.ts';
import { compileSpecification } from '../../src/verdict/specification.ts';

const GOOD = readFileSync('test/verdict/pings.yaml', 'utf8');

describe('a specification', () => {
  it('has an expectation for each check', () => {
    const { expectations, timeoutMilliseconds, packet } = compileSpecification(GOOD, 'pings.yaml');
    expect(expectations).toHaveLength(4);
    expect(timeoutMilliseconds).toBe(1000);
    expect(packet).toBeDefined();
  });

  it('needs no packets looked at where no check is about packets', () => {
    const text = 'checks: [{name: x, no-findings: error}]';
    expect(compileSpecification(text, 'x.yaml').packet).toBeUndefined();
  });

  it('says where its expectations stand', () => {
    const { expectations } = compileSpecification(GOOD, 'pings.yaml');
    const places = expectations.map((one) => one.judge({ paths: [], exchanges: [], findings: [] }).place);
    expect(places).toEqual([4, 13, 19, 21].map((line) => ({ file: 'pings.yaml', line })));
  });

  it('may fold a name', () => {
    const text = 'checks:\n  - name: >\n      two\n      words\n    no-findings: error\n';
    const [one] = compileSpecification(text, 'x.yaml').expectations;
    expect(one?.judge({ paths: [], exchanges: [], findings: [] })).toMatchObject({
      name: 'two words',
      met: true,
    });
  });

  it('may be JSON', () => {
    const text = JSON.stringify({ checks: [{ name: 'x', assert: 'count(icmp) > 0' }] });
    expect(compileSpecification(text, 'x.json').expectations).toHaveLength(1);
  });
});

describe('what is wrong is said in one line, with the line in the file', () => {
  // Lines of pings.yaml are replaced.
  it.each<[what: string, from: string | RegExp, to: string, message: RegExp]>([
    [
      'an unknown key of pings',
      'tunnel: vxlan',
      'tunel: vxlan',
      /^pings.yaml:6: unknown key "tunel"; did you mean tunnel\?$/,
    ],
    ['of a check', 'assert:', 'asert:', /^pings.yaml:20: unknown key "asert"; did you mean assert\?$/],
    ['of the whole', 'checks:', 'cheks:', /^pings.yaml:3: unknown key "cheks"; did you mean checks\?$/],
    [
      'a key twice',
      'vni: 42\n      outer',
      'vni: 42\n      vni: 43\n      outer',
      /^pings.yaml:8: not YAML: .*unique/,
    ],
    [
      'a number for a duration',
      '5ms',
      '5',
      /^pings.yaml:12: checks.0.pings.max-rtt: received 5; expected a duration above 0, such as 5ms/,
    ],
    ['no share', '0%', 'none', /^pings.yaml:11: .*received "none"; expected a share from 0% to 100%/],
    ['no address', '[172.16.0.2, ', '[web, ', /^pings.yaml:9: .*expected an address/],
    [
      'one address',
      '[10.1.0.10, 10.2.0.10]',
      '10.1.0.10',
      /^pings.yaml:8: .*expected a source and a destination/,
    ],
    ['a VNI past 24 bits', 'vni: 42\n      outer', 'vni: 16777216\n      outer', /^pings.yaml:7: .*vni/],
    ['an unknown field', 'vxlan.vni: 42', 'vxlan.vnix: 42', /^pings.yaml:18: .*did you mean vxlan.vni\?/],
    [
      'a value that the field can’t have',
      'vxlan.vni: 42',
      'vxlan.vni: x',
      /^pings.yaml:18: .*expected a number/,
    ],
    [
      'an unknown layer',
      'icmp, data',
      'icmpp, data',
      /^pings.yaml:15: "icmpp" is not the name of a layer; did you mean icmp\?$/,
    ],
    [
      'a bad filter',
      'packet: icmp.type == 8',
      'packet: icmp.typ == 8',
      /^pings.yaml:14: display filter: "icmp.typ"/,
    ],
    [
      'a packet number of 0',
      'packet: icmp.type == 8',
      'packet: 0',
      /^pings.yaml:14: .*received 0; expected a packet number from 1 on/,
    ],
    ['a bad count', '== 4', '= 4', /^pings.yaml:20: .*expected count\(DISPLAY FILTER\) == NUMBER$/],
    [
      'a bad severity',
      'warning',
      'info',
      /^pings.yaml:22: .*received "info"; expected one of error, warning$/,
    ],
    [
      'layers without a packet',
      '    packet: icmp.type == 8\n',
      '',
      /^pings.yaml:13: .*layers or fields without packet/,
    ],
    ['a check of nothing', '    no-findings: warning\n', '', /^pings.yaml:21: .*nothing is checked/],
    [
      'a kind of tunnel that there is not',
      'tunnel: vxlan',
      'tunnel: vxlam',
      /^pings.yaml:6: .*received "vxlam"; expected a kind of tunnel \(.*\); did you mean vxlan\?$/,
    ],
    [
      'a VNI of what has none',
      'tunnel: vxlan',
      'tunnel: ipip',
      /^pings.yaml:7: .*tunnel ipip has none; expected it without vni/,
    ],
    ['more than all', '0%', '101%', /^pings.yaml:11: .*received "101%"; expected a share from 0% to 100%/],
    ['no time at all', '5ms', '0ms', /^pings.yaml:12: .*expected a duration above 0/],
    ['two IP versions', '[172.16.0.2, ', '["fd00::1", ', /^pings.yaml:9: .*two addresses of one IP version/],
    [
      'no fields',
      'fields:\n      ip.src#2: 172.16.0.2\n      vxlan.vni: 42',
      'fields: {}',
      /^pings.yaml:16: .*received {}; expected at least one field/,
    ],
    [
      'no layers',
      '[eth, ip, udp, vxlan, eth, ip, icmp, data]',
      '[]',
      /^pings.yaml:15: .*received \[\]; expected at least one layer/,
    ],
    [
      'layers that are any at all',
      '[eth, ip, udp, vxlan, eth, ip, icmp, data]',
      '[...]',
      /^pings.yaml:15: .*received \["\.\.\."\]; expected at least one layer besides \.\.\./,
    ],
    [
      'a time limit of nothing',
      'timeout: 1s',
      'timeout: 0s',
      /^pings.yaml:2: timeout: received "0s"; .* above 0/,
    ],
    [
      'a second document',
      /$/,
      '\n---\nchecks: []',
      /^pings.yaml:\d+: a second document begins here; expected one/,
    ],
    [
      'a check without a name',
      '  - name: nothing odd\n    no',
      '  - no',
      /^pings.yaml:21: checks.3.name: missing; expected a name/,
    ],
    ['an empty name', 'nothing odd', '" "', /^pings.yaml:21: .*expected a name of one line/],
    [
      'a name of two lines',
      'nothing odd',
      '"nothing\\nodd"',
      /^pings.yaml:21: .*received "nothing\\nodd"; expected a name of one line/,
    ],
    [
      'a name twice',
      'nothing odd',
      'four requests',
      /^pings.yaml:21: .*"four requests" is also the name of check 3; /,
    ],
    [
      'no checks',
      /checks:[\s\S]*/,
      'checks: []',
      /^pings.yaml:3: checks: received \[\]; expected a list of checks, at least one/,
    ],
    ['no check', /checks:[\s\S]*/, 'checks: [7]', /^pings.yaml:3: checks.0: received 7; expected a check/],
    ['broken YAML', '  - name: encap', ' - name: encap', /^pings.yaml:1[23]: not YAML/],
  ])('%s', (_, from, to, message) => {
    const text = GOOD.replace(from, to);
    expect(text).not.toBe(GOOD);
    expect(() => compileSpecification(text, 'pings.yaml')).toThrow(message);
    try {
      compileSpecification(text, 'pings.yaml');
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it.each(['', '[]', 'checks: []', 'null', '"', 'checks: {}', '- a'])('%j is refused', (text) => {
    expect(() => compileSpecification(text, 'x.yaml')).toThrow(/^x\.yaml:1: /);
  });

  it('an alias inside what it stands for', () => {
    const text = 'checks: &all\n  - { name: x, pings: {} }\n  - *all';
    expect(() => compileSpecification(text, 'x.yaml')).toThrow(
      /^x\.yaml:3: the alias \*all is inside what it refers to; .*$/,
    );
    const twice = 'checks:\n  - { name: x, pings: &pings { vni: 42 } }\n  - { name: y, pings: *pings }';
    expect(() => compileSpecification(twice, 'x.yaml')).not.toThrow();
  });

  it('aliases that would grow without end', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++) {
      const [name, before] = [i, i - 1].map((n) => String.fromCharCode(97 + n));
      lines.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`);
    }
    expect(() => compileSpecification(lines.join('\n'), 'x.yaml')).toThrow(/^x\.yaml:1: .*alias/);
  });
});

it('schema/pings.schema.json is what the description says now (npm run schema makes it anew)', () => {
  expect(readFileSync('schema/pings.schema.json', 'utf8')).toBe(pingsSchema());
});

const PYTHON = '/usr/bin/python3';
const hasJsonschema = spawnSync(PYTHON, ['-c', 'import jsonschema']).status === 0;

describe.skipIf(!hasJsonschema)('the schema, by python3-jsonschema (skipped where that is missing)', () => {
  const program = `
import json, sys, jsonschema
schema = json.load(open("schema/pings.schema.json"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
print(json.dumps([validator.is_valid(one) for one in json.load(sys.stdin)]))`;
  const good = parse(GOOD);
  const check = (more: object) => ({ checks: [{ name: 'x', ...more }] });
  const CASES: readonly (readonly [what: string, document: unknown, isValid: boolean])[] = [
    ['pings.yaml', good, true],
    ['with where the schema is', { $schema: './pings.schema.json', ...good }, true],
    ['no tunnel', check({ pings: { tunnel: 'none' } }), true],
    ['packet with fields', check({ packet: 1, fields: { 'ip.ttl': 64 } }), true],
    ['no checks', { checks: [] }, false],
    ['an unknown key', { ...good, cheks: [] }, false],
    ['an unknown demand', check({ pings: { tunel: 'vxlan' } }), false],
    ['an unknown tunnel', check({ pings: { tunnel: 'vxlam' } }), false],
    ['a VNI past 24 bits', check({ pings: { vni: 2 ** 24 } }), false],
    ['one address', check({ pings: { inner: ['172.16.0.2'] } }), false],
    ['a number for a share', check({ pings: { 'max-loss': 5 } }), false],
    ['a time without a unit', check({ pings: { 'max-rtt': '5' } }), false],
    ['layers without a packet', check({ layers: ['ip'] }), false],
    ['a packet alone', check({ packet: 1 }), false],
    ['nothing to check', check({}), false],
    ['no name', { checks: [{ pings: {} }] }, false],
  ];

  it('says of each what the command says', () => {
    const { stdout, stderr } = spawnSync(PYTHON, ['-c', program], {
      input: JSON.stringify(CASES.map(([, document]) => document)),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const valid = JSON.parse(stdout) as boolean[];
    for (const [i, [what, document, isValid]] of CASES.entries()) {
      expect([what, valid[i]]).toEqual([what, isValid]);
      const compile = () => compileSpecification(JSON.stringify(document), 'x.json');
      if (isValid) expect(compile, what).not.toThrow();
      else expect(compile, what).toThrow(/^x\.json:1: /);
    }
  });
});
