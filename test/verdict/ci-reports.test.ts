/** Verdicts for continuous integration, read back by parsers that are not ours. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type CaptureReport, formatGithub, formatJunit, formatTap } from '../../src/verdict/ci-reports.ts';
import { expectPings } from '../../src/verdict/ping-expectation.ts';
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
    const [counts, cases, output] = parse(formatJunit([{ capture: 'x & y.pcap', verdict: unmet }]));
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
    const [counts, cases] = parse(formatJunit([{ capture: 'x.pcap', verdict: plain }]));
    expect(counts).toMatchObject({ tests: '1', failures: '1' });
    expect(cases[0][0]).toBe('every request answered');
  });
});

const several = [
  { capture: 'a.pcap', verdict: unmet },
  { capture: 'b.pcap', error: 'b.pcap: no such file; check the path' },
  { capture: 'c.pcap', verdict: plain, error: 'c.pcap: packet 6 <claims> too much' },
];

describe.skipIf(!hasPython)('several captures, and what could not be carried out', () => {
  it('JUnit: a suite for each, errors apart from failures', () => {
    const program = `
import sys, json, xml.etree.ElementTree as e
root = e.fromstring(sys.stdin.buffer.read())
count = lambda n: [int(n.attrib[k]) for k in ("tests", "failures", "errors")]
print(json.dumps([count(root), [[s.attrib["name"], count(s), [[c.attrib["classname"], [[x.tag, x.attrib["message"]] for x in c]] for c in s.iter("testcase")]] for s in root]]))`;
    const { stdout } = spawnSync('python3', ['-c', program], {
      input: formatJunit(several),
      encoding: 'utf8',
    });
    const [counts, suites] = JSON.parse(stdout);
    expect(counts).toEqual([5, 2, 2]);
    expect(suites.map(([name, own]: [string, number[]]) => [name, own])).toEqual([
      ['tunnelscope verify a.pcap', [2, 1, 0]],
      ['tunnelscope verify b.pcap', [1, 0, 1]],
      ['tunnelscope verify c.pcap', [2, 1, 1]],
    ]);
    expect(suites[1][2]).toEqual([['b.pcap', [['error', 'b.pcap: no such file; check the path']]]]);
    expect(suites[2][2][1]).toEqual(['c.pcap', [['error', 'c.pcap: packet 6 <claims> too much']]]);
  });
});

const hasProve = spawnSync('prove', ['--version']).status === 0;
describe.skipIf(!hasProve)('TAP, by Perl’s harness (skipped where there is no prove)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-tap-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each<[what: string, reports: readonly CaptureReport[], says: RegExp]>([
    ['met and unmet', [{ capture: 'x.pcap', verdict: unmet }], /Failed 1\/2 subtests/],
    ['several captures', several, /Failed 4\/5 subtests/],
    ['nothing', [{ capture: 'b.pcap', error: 'no such file' }], /Bailout called.*no such file/],
  ])('%s', (what, reports, says) => {
    const file = join(folder, `${what}.tap`);
    writeFileSync(file, formatTap(reports));
    const { stdout, stderr, status } = spawnSync('prove', ['--exec', 'cat', file], { encoding: 'utf8' });
    expect(`${stdout}${stderr}`).toMatch(says);
    expect(status).not.toBe(0);
  });
});

it('a check of a file is annotated where it stands in it', () => {
  const place = { file: 'ci/pings.yaml', line: 7 };
  const judgement = { expected: 'x', received: 'y', message: 'z', packets: [], name: 'n', met: false, place };
  const verdict = { ...plain, expectations: [judgement], findings: [] };
  expect(formatGithub([{ capture: 'x.pcap', verdict }])).toBe(
    '::error file=ci/pings.yaml,line=7,title=n::z\n',
  );
  expect(formatJunit([{ capture: 'x.pcap', verdict }])).toContain('name="n" file="ci/pings.yaml" line="7">');
});

it('TAP: a test point for each, diagnostics in YAML, findings as comments', () => {
  const lines = formatTap([{ capture: 'x.pcap', verdict: unmet }]).split('\n');
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
  const [first, second, ...rest] = formatGithub([
    { capture: 'x.pcap', file: 'x,1.pcap', verdict: unmet },
  ]).split('\n');
  expect(first).toMatch(
    /^::error file=x%2C1.pcap,title=a <b> & "c" .* 100%25%2C x%3Ay\\x0az::expected at least 1 answered; received 0/,
  );
  expect(second).toMatch(/^::error file=x%2C1.pcap,title=no-reply::none of 2 requests .* \(packets 1, 2\)$/);
  expect(rest).toEqual(['']);
});
