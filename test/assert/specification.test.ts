/** Specification files: what they say, and where they are wrong. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pingsSchema } from '../../scripts/pings-schema.ts';
import { compileSpecification } from '../../src/assert/specification.ts';

const GOOD = readFileSync('test/assert/pings.yaml', 'utf8');

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

  it('may be JSON', () => {
    const text = JSON.stringify({ checks: [{ name: 'x', assert: 'count(icmp) > 0' }] });
    expect(compileSpecification(text, 'x.json').expectations).toHaveLength(1);
  });
});

describe('what is wrong is said in one line, with the line in the file', () => {
  // Lines of pings.yaml are replaced.
  it.each<[what: string, from: string, to: string, message: RegExp]>([
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
      /^pings.yaml:12: checks.0.pings.max-rtt: expected a duration such as 5ms/,
    ],
    ['no share', '0%', 'none', /^pings.yaml:11: .*expected a share such as 0%/],
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
      /^pings.yaml:15: "icmpp" is no layer's name; did you mean icmp\?$/,
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
      /^pings.yaml:14: .*expected number to be >=1/,
    ],
    ['a bad count', '== 4', '= 4', /^pings.yaml:20: .*expected count\(DISPLAY FILTER\) == NUMBER$/],
    ['a bad severity', 'warning', 'info', /^pings.yaml:22: .*expected one of "error"\|"warning"$/],
    [
      'layers without a packet',
      '    packet: icmp.type == 8\n',
      '',
      /^pings.yaml:13: .*layers or fields without packet/,
    ],
    ['a check of nothing', '    no-findings: warning\n', '', /^pings.yaml:21: .*nothing is checked/],
    ['broken YAML', '  - name: encap', ' - name: encap', /^pings.yaml:1[23]: not YAML/],
  ])('%s', (_, from, to, message) => {
    expect(GOOD).toContain(from);
    const text = GOOD.replace(from, to);
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
