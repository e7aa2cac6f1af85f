/** Verdicts for continuous integration, read back by parsers that are not ours. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { formatGithub, formatJunit, formatTap } from '../../src/assert/ci-reports.ts';
import { expectPings } from '../../src/assert/ping-expectation.ts';
import { echo, inVxlan, judge } from '../support/pings.ts';

const NASTY = 'a <b> & "c" \'d\' ]]> é\u0007 # \\ 100%, x:y\nz';

const packets = [
  { bytes: inVxlan(echo({ seq: 1 }), 42), time: 0 },
  { bytes: inVxlan(echo({ seq: 2 }), 42), time: 1e6 },
];
const expectations = [expectPings(NASTY, { minAnswered: 1 }), expectPings('way', { maxLoss: 100, vni: 42 })];
const unmet = judge(packets, { expectations });
const plain = judge(packets);

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)('JUnit, by Python’s XML parser (skipped where there is no python3)', () => {
  const program = `
import sys, json, xml.etree.ElementTree as e
root = e.fromstring(sys.stdin.buffer.read())
print(json.dumps([root.attrib, [[c.attrib["name"], [[f.attrib["message"], f.text] for f in c]] for c in root.iter("testcase")], [o.text for o in root.iter("system-out")]]))`;
  const parse = (xml: string) =>
    JSON.parse(spawnSync('python3', ['-c', program], { input: xml, encoding: 'utf8' }).stdout);

  it('a test case for each expectation, with what was expected and received', () => {
    const [counts, cases, output] = parse(formatJunit(unmet, 'x & y.pcap'));
    expect(counts).toEqual({ tests: '2', failures: '1', errors: '0', skipped: '0' });
    const name = 'a <b> & "c" \'d\' ]]> é\\x07 # \\ 100%, x:y\\x0az';
    const message = 'expected at least 1 answered; received 0 of 2 answered';
    expect(cases).toEqual([
      [name, [[message, `${message} (packets 1, 2)`]]],
      ['way', []],
    ]);
    expect(output[0]).toMatch(/^error no-reply \(packets 1, 2\): none of 2 requests/);
  });

  it('without expectations: one test case, that every request is answered', () => {
    const [counts, cases] = parse(formatJunit(plain, 'x.pcap'));
    expect(counts).toMatchObject({ tests: '1', failures: '1' });
    expect(cases[0][0]).toBe('every request answered');
  });
});

it('TAP: a test point for each, diagnostics in YAML, findings as comments', () => {
  const lines = formatTap(unmet).split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'TAP version 14',
    '1..2',
    'not ok 1 - a <b> & "c" \'d\' ]]> é\\\\x07 \\# \\\\ 100%, x:y\\\\x0az',
  ]);
  expect(lines.slice(3, 9)).toEqual([
    '  ---',
    '  expected: "at least 1 answered"',
    '  received: "0 of 2 answered"',
    '  packets: [1,2]',
    '  ...',
    'ok 2 - way',
  ]);
  expect(lines[9]).toMatch(/^# error no-reply \(packets 1, 2\): none of 2/);
});

it('GitHub: an annotation for each that is not met and each finding, escaped as its runner reads them', () => {
  const [first, second, ...rest] = formatGithub(unmet).split('\n');
  expect(first).toMatch(
    /^::error title=a <b> & "c" .* 100%25%2C x%3Ay\\x0az::expected at least 1 answered; received 0/,
  );
  expect(second).toMatch(/^::error title=no-reply::none of 2 requests .* \(packets 1, 2\)$/);
  expect(rest).toEqual(['']);
});
