/** `tunnelscope verify` as a user runs it: exit code, table and JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/verdict/verdict.ts';
import { COMMAND, tunnelscope } from '../../support/command.ts';
import { Running } from '../../support/running.ts';

const capture = (name: string) => `fixtures/${name}.pcap`;

describe('the exit code says whether every request was answered', () => {
  it.each([
    ['socat', 0, /^PASS {2}4 of 4 requests answered/m],
    ['socat-nopi', 0, /^PASS {2}4 of 4 requests answered/m],
    ['socat-tap', 0, /^PASS {2}4 of 4 requests answered/m],
    ['ipip', 0, /^PASS {2}4 of 4 requests answered/m],
    ['vxlan', 0, /^PASS {2}4 of 4 requests answered/m],
    ['flannel', 0, /^PASS {2}4 of 4 requests answered/m],
    ['route', 0, /^PASS {2}4 of 4 requests answered/m],
    ['half', 1, /^FAIL {2}0 of 4 requests answered, 4 lost/m],
    ['socat-mixed', 1, /^FAIL {2}0 of 4 requests answered, 4 lost/m],
  ])('%s: %i', (name, code, line) => {
    const { status, stdout, stderr } = tunnelscope(['verify', '-r', capture(name)]);
    expect(stdout).toMatch(line);
    expect(stderr).toBe('');
    expect(status).toBe(code);
  });
});

describe('-T json', () => {
  it('is one object on one line, with what the verdict promises', () => {
    const { status, stdout } = tunnelscope(['verify', '-r', capture('vxlan'), '-T', 'json']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[^\n]+\n$/);
    const verdict = JSON.parse(stdout) as Verdict;
    expect(Object.keys(verdict)).toEqual([
      ...['verdict', 'capture', 'requests', 'answered', 'unanswered', 'undelivered', 'duplicates', 'rtt'],
      ...['paths', 'expectations', 'findings'],
    ]);
    expect(Object.keys(verdict.rtt ?? {})).toEqual(['min', 'average', 'max', 'stddev', 'p50', 'p95']);
    // Frames 1 and 8 as tcpdump prints them: 17:10:32.100405 and 17:10:32.711364.
    expect(verdict.capture).toMatchObject({ packets: 8, truncated: 0, malformed: 0 });
    expect(verdict.capture.firstTime).toMatch(/\.100405000$/);
    expect(verdict.capture.lastTime).toMatch(/\.711364000$/);
  });

  it('a failure exits with 1 there too, with its findings', () => {
    const { status, stdout } = tunnelscope(['verify', '-r', capture('half'), '-T', 'json']);
    expect(status).toBe(1);
    expect((JSON.parse(stdout) as Verdict).findings[0]).toMatchObject({ code: 'outer-port-unreachable' });
  });
});

it('--json-lines: each ping as it happens, and the verdict as the last', () => {
  const { status, stdout } = tunnelscope(['verify', '-r', capture('vxlan'), '--json-lines']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ event }) => event)).toEqual([
    ...['request', 'reply', 'request', 'reply', 'request', 'reply', 'request', 'reply'],
    'verdict',
  ]);
  expect(lines.at(-1)).toMatchObject({ verdict: 'pass', requests: 4, answered: 4 });
  expect(status).toBe(0);
});

it('--json-lines: what becomes of connections and queries, too', () => {
  const { stdout } = tunnelscope(['verify', '@only-ping', '--json-lines']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  // What tshark calls no retransmission: the SYN in packet 20, the queries in 34 and 36.
  expect(lines.filter(({ event }) => event === 'exchange')).toMatchObject([
    { kind: 'tcp', outcome: 'unanswered', request: 20, port: 8000 },
    { kind: 'dns', outcome: 'unanswered', request: 34, port: 53 },
    { kind: 'dns', outcome: 'unanswered', request: 36, port: 53 },
  ]);
  expect(lines.at(-1)).toMatchObject({ event: 'verdict' });
});

describe('a capture of which no packet can be read: the reason, and no other advice', () => {
  const whole = readFileSync(capture('vxlan'));
  /** As a terminal has it: 0d before every 0a. */
  const typed = Buffer.from(whole.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  it.each([
    ['cut in its first packet', whole.subarray(0, 60), /breaks off at byte 60.*once its capture has ended/],
    ['from a terminal', typed, /came through a terminal.*: leave -t out .*not in this verdict$/],
  ])('%s', (_, bytes, reason) => {
    const { stdout } = tunnelscope(['verify', '-r', '-', '-T', 'json'], bytes);
    expect(JSON.parse(stdout).findings).toMatchObject([
      {
        code: 'no-echo-request',
        message: 'no packet of the capture could be read (see the other finding)',
      },
      { code: 'capture-broken-off', message: expect.stringMatching(reason) },
    ]);
  });

  it('one without packets is whole, and told to be empty', () => {
    const { stdout } = tunnelscope(['verify', '-r', '-', '-T', 'json'], whole.subarray(0, 24));
    expect(JSON.parse(stdout).findings).toMatchObject([
      { message: expect.stringMatching(/^the capture has no packets: check interface/) },
    ]);
  });
});

describe('a file that breaks off in the middle: all whole packets count, and every output says so', () => {
  // Of eight packets the last is not whole: three pings remain, and a request.
  const bytes = readFileSync(capture('vxlan')).subarray(0, -10);
  const at = bytes.length;
  const says = new RegExp(`breaks off at byte ${at} of its content, in the middle of packet 8`);

  it.each<[args: string[], shows: RegExp]>([
    [[], /^warning {2}capture-broken-off$/m],
    [['-T', 'json'], /"brokenOff":true.*"code":"capture-broken-off","severity":"warning"/],
    [['--json-lines'], /"event":"verdict".*"code":"capture-broken-off"/],
    [['-T', 'tap'], /^# warning capture-broken-off: /m],
    [['-T', 'github'], /^::warning title=capture-broken-off::/m],
  ])('%j', (args, shows) => {
    const { status, stdout, stderr } = tunnelscope(
      ['verify', '-r', '-', '--min-answered', '3', ...args],
      bytes,
    );
    expect(stdout).toMatch(shows);
    expect(stdout.replace(/\n +/g, ' ')).toMatch(says);
    expect(stderr).toMatch(says);
    expect(status).toBe(0);
  });

  it('and a verdict may depend on it', () => {
    const { status, stdout } = tunnelscope(['verify', '-r', '-', '--no-findings', 'warning'], bytes);
    expect(stdout).toContain('capture-broken-off');
    expect(status).toBe(1);
  });

  it('inside its compressed data too, and in JUnit', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-broken-'));
    const report = join(folder, 'report.xml');
    try {
      const zipped = gzipSync(readFileSync(capture('vxlan'))).subarray(0, -4);
      const { status } = tunnelscope(['verify', '-r', '-', '--min-answered', '1', '--junit', report], zipped);
      expect(readFileSync(report, 'utf8')).toMatch(
        /<system-out>[^<]*inside its compressed data, after packet 8/,
      );
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('pings that come through standard input are told as they come', async () => {
  const child = spawn(process.execPath, [COMMAND, 'verify', '-r', '-'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let stdout = '';
  const isTold = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (stdout.includes('seq 4: ')) resolve();
    });
  });
  child.stdin.write(readFileSync(capture('socat')));
  await isTold;
  expect(stdout).not.toContain('PASS');
  child.stdin.end();
  await once(child, 'close');
  expect(
    stdout.match(/^\d\d:\d\d:\d\d\.\d{6} 172\.16\.0\.2 → 172\.16\.1\.2 id \d+ seq [1-4]: .* in tunpi .*$/gm),
  ).toHaveLength(4);
  expect(stdout).toMatch(/\n\npath .*PASS {2}4 of 4 requests answered/s);
});

it('reads standard input', () => {
  const { status, stdout } = tunnelscope(['verify', '-r', '-'], readFileSync(capture('socat')));
  expect(stdout).toContain('tunpi 10.1.0.10 → 10.2.0.10');
  expect(status).toBe(0);
});

it('-d: a tunnel read as the user says', () => {
  const args = ['verify', '-r', capture('socat'), '-d', 'udp.port==9000,tun', '-T', 'json'];
  const { stdout } = tunnelscope(args);
  const [path] = (JSON.parse(stdout) as Verdict).paths;
  expect(path?.tunnels).toMatchObject([{ kind: 'tunpi', by: 'user' }]);
});

it('-c: only the first packets', () => {
  const { status, stdout } = tunnelscope(['verify', '-r', capture('socat'), '-c', '3']);
  expect(stdout).toMatch(/^FAIL {2}1 of 2 requests answered, 1 lost/m);
  expect(status).toBe(1);
});

it('-Y: only the packets that match; the numbers in findings stay those of the capture', () => {
  const some = ['verify', '-r', capture('socat'), '-Y', 'inner.icmp.seq <= 2'];
  expect(tunnelscope(some).stdout).toMatch(/^PASS {2}2 of 2 requests answered/m);
  const errors = ['verify', '-r', capture('half'), '-T', 'json', '-Y', 'frame.number > 2'];
  const packets = (JSON.parse(tunnelscope(errors).stdout) as Verdict).findings.flatMap(
    (finding) => finding.packets,
  );
  expect(Math.min(...packets)).toBeGreaterThan(2);
  expect(tunnelscope(['verify', '-r', capture('socat'), '-Y', 'ip.src ==']).status).toBe(2);
});

describe('expectations', () => {
  const spec = ['--spec', 'test/verdict/pings.yaml'];
  const flags = ['--expect', 'tunnel=vxlan,vni=42', '--inner', '172.16.0.2,172.16.1.2'];
  const more = [
    '--outer',
    '10.1.0.10,10.2.0.10',
    '--min-answered',
    '4',
    '--max-loss',
    '0%',
    '--max-rtt',
    '5ms',
  ];
  const all = [...flags, ...more, '--no-findings', 'warning'];

  it.each<[name: string, args: string[], code: number, line: RegExp]>([
    ['vxlan', all, 0, /^PASS {2}5 of 5 expectations met/m],
    ['vxlan', spec, 0, /^PASS {2}4 of 4 expectations met/m],
    ['vxlan', [...flags, ...spec], 0, /^PASS {2}6 of 6 expectations met/m],
    [
      'vxlan',
      ['--expect', 'tunnel=vxlan,vni=43'],
      1,
      /^unmet {4}through vxlan with VNI 43 \(packets 1, 3, 5, 7\)$/m,
    ],
    ['vxlan', ['--max-rtt', '10us'], 1, /^FAIL {2}1 of 2 expectations met/m],
    ['socat', ['--expect', 'tunnel=tunpi,port=9000'], 0, /^PASS/m],
    ['route', ['--expect', 'tunnel=none'], 0, /^PASS/m],
    ['half', spec, 1, /^FAIL {2}0 of 4 expectations met/m],
    ['half', ['--no-findings', 'error'], 1, /^ +received outer-port-unreachable, no-reply$/m],
    ['vxlan-snaplen-96', ['--no-findings', 'warning'], 0, /^PASS/m],
    ['vxlan', ['--timeout', '10us'], 1, /^warning {2}late-replies/m],
    [
      'exchanges/vxlan',
      ['--expect', 'proto=tcp,port=8000,tunnel=vxlan,vni=42'],
      0,
      /^PASS {2}2 of 2 expectations met/m,
    ],
    ['exchanges/vxlan', ['--expect', 'proto=tcp'], 1, /^ +received 3 of 6 answered, 2 refused$/m],
    [
      'exchanges/vxlan',
      ['--expect', 'proto=dns', '--max-loss', '20%', '--max-rtt', '20ms'],
      0,
      /^PASS {2}2 of 2/m,
    ],
    // Of pings too, as one says nothing else; the addresses go for all.
    [
      'exchanges/vxlan',
      ['--expect', 'proto=tcp,port=8000', '--expect', 'vni=42', '--inner', '172.16.0.2,172.16.0.3'],
      0,
      /^PASS {2}3 of 3 expectations met/m,
    ],
    ['vxlan', ['--expect', 'proto=tcp'], 1, /^ +received no TCP connection$/m],
    ['exchanges/udp', ['--expect', 'proto=udp,port=7000', '--no-findings', 'error'], 0, /^PASS {2}2 of 2/m],
    ['exchanges/vxlan', ['--mtu', '1480', '--expect', 'vni=42'], 0, /^warning {2}mss-too-large/m],
    ['findings/tcp-black-hole', ['--expect', 'proto=tcp'], 1, /^ +received 1 of 1 answered, 1 hanging$/m],
  ])('%s %j: exit %i', (name, args, code, line) => {
    const { status, stdout, stderr } = tunnelscope(['verify', '-r', capture(name), ...args]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(line);
    expect(status).toBe(code);
  });

  it('in JSON, with what was expected, what was received, and the packets', () => {
    const { stdout } = tunnelscope(['verify', capture('half'), '--min-answered', '2', '-T', 'json']);
    expect((JSON.parse(stdout) as Verdict).expectations).toEqual([
      {
        name: 'at least 2 answered',
        met: false,
        expected: 'at least 2 answered',
        received: '0 of 4 answered',
        message: 'expected at least 2 answered; received 0 of 4 answered',
        packets: [1, 3, 4, 5],
      },
    ]);
  });

  it('as TAP, as annotations, and as JUnit beside any of them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-verify-'));
    const file = join(folder, 'report.xml');
    try {
      const tap = tunnelscope(['verify', capture('vxlan'), ...spec, '-T', 'tap', '--junit', file]);
      expect(tap.stdout).toMatch(/^TAP version 14\n1\.\.4\nok 1 - pings go through VXLAN 42\n/);
      expect(readFileSync(file, 'utf8')).toContain('<testsuites tests="4" failures="0"');
      const github = tunnelscope(['verify', capture('half'), '-T', 'github']);
      expect(github.stdout).toMatch(/^::error file=fixtures\/half.pcap,title=every request answered::/);
      expect(github.status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each<[args: string[], says: RegExp]>([
    [['--expect', 'tunel=vxlan'], /--expect "tunel=vxlan".*tunnel=vxlan,vni=42/],
    [['--expect', 'tunnel=vxlan,vni=x'], /--expect/],
    [
      ['--inner', '172.16.0.2'],
      /--inner "172.16.0.2" is not understood; expected a source and a destination/,
    ],
    [['--outer', 'a,b'], /"a,b"/],
    [['--max-loss', '5'], /--max-loss "5".*2\.5%/],
    [['--max-loss', '101%'], /--max-loss "101%".*from 0% to 100%/],
    [['--expect', 'tunnel=vxlam'], /: --expect tunnel: received "vxlam"; .*did you mean vxlan\?/],
    [['--expect', 'tunnel=ipip,vni=42'], /: --expect vni: tunnel ipip has none; /],
    [['--expect', 'vni=16777216'], /: --expect vni: received 16777216; expected .* to 16777215$/],
    [['--expect', 'vni=1,vni=2'], /says vni twice/],
    [['--expect', 'proto=icmp'], /: --expect proto: received "icmp"; expected tcp, dns or udp$/],
    [['--expect', 'proto=tcp,port=x'], /--expect "proto=tcp,port=x" is not understood; .*proto=tcp,port=443/],
    [['--expect', 'proto=tcp,proto=dns'], /says proto twice/],
    [
      ['--expect', 'proto=tcp,tunnel=ipip,tunnel-port=4789'],
      /: --expect tunnel-port: tunnel ipip has none; /,
    ],
    [['--expect', 'tunnel-port=4789'], /tunnel-port without proto; expected port=NUMBER/],
    [['--inner', '10.0.0.1,fd00::1'], /: --inner: .*one IP version/],
    [
      ['--expect', 'vni=43', '--expect', 'tunnel=vxlan,vni=42'],
      /--expect "tunnel=vxlan,vni=42" says vni twice/,
    ],
    [['--expect', 'vni=42', '--expect', 'tunnel=ipip'], /: --expect vni: tunnel ipip has none; /],
    [
      ['--inner', '10.0.0.1,10.0.0.2', '--inner', '10.0.0.3,10.0.0.4'],
      /--inner was given more than once \(10\.0\.0\.1,10\.0\.0\.2, 10\.0\.0\.3,10\.0\.0\.4\); expected it once/,
    ],
    [['--outer', '10.0.0.1,10.0.0.2', '--outer', '10.0.0.1,10.0.0.2'], /--outer was given more than once/],
    [['--max-rtt', '0ms'], /--max-rtt "0ms" .*above 0/],
    [['--timeout', '0s'], /--timeout "0s" .*above 0/],
    [['-c', '7', '--min-answered', '4'], /an answered ping is two packets; expected -c 8 or more/],
    [['--json-lines', '-T', 'tap'], /--json-lines prints JSON, and -T tap does not/],
    [['--json-lines', capture('half')], /--json-lines reports on one capture; received 2 files/],
    [[capture('vxlan')], /vxlan\.pcap was given twice/],
    [['-i', 'lo', '-r', capture('half')], /both -r \(a file\) and -i/],
    [['-r', '-', '--spec', '-'], /both read standard input/],
    [['-r', '-', '-r', '-'], /-r - was given twice/],
    [['--max-rtt', '5'], /--max-rtt "5".*5ms/],
    [['--timeout', 'soon'], /--timeout "soon"/],
    [['--no-findings', 'info'], /error, warning/],
    [['--min-answered', '0'], /--min-answered "0"/],
    [['--spec', 'nope.yaml'], /nope\.yaml: can't be read \(ENOENT\)/],
    [['--spec', 'package.json'], /package\.json:2: unknown key "name"/],
    [['--junit', '/nope/x.xml'], /\/nope\/x\.xml/],
  ])('%j can’t be carried out: one line, exit 2', (args, says) => {
    const own = args.includes('-r') ? [] : [capture('vxlan')];
    const { status, stderr } = tunnelscope(['verify', ...own, ...args]);
    expect(stderr.trimEnd()).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(2);
  });
});

it('--expect given twice demands both', () => {
  const args = ['verify', capture('vxlan'), '--expect', 'vni=43', '--expect', 'tunnel=vxlan'];
  const { status, stdout } = tunnelscope(args);
  expect(stdout).toMatch(/^FAIL/m);
  expect(stdout).toContain('through vxlan with VNI 43');
  expect(status).toBe(1);
  expect(tunnelscope(args.map((word) => word.replace('43', '42'))).status).toBe(0);
});

describe('several captures', () => {
  const files = [capture('vxlan'), capture('half')];

  it('each has a verdict of its own, and all must pass', () => {
    const { status, stdout } = tunnelscope(['verify', ...files]);
    expect(stdout.match(/^(fixtures\/.*|PASS.*|FAIL.*)$/gm)).toEqual([
      'fixtures/vxlan.pcap',
      expect.stringMatching(/^PASS {2}4 of 4 requests answered/),
      'fixtures/half.pcap',
      'FAIL  0 of 4 requests answered, 4 lost: 10.2.0.10 answers that nothing listens',
      'FAIL  1 of 2 captures',
    ]);
    expect(status).toBe(1);
    const both = tunnelscope(['verify', '-r', capture('vxlan'), '-r', capture('socat'), 'icmp or udp']);
    expect(both.stdout).toMatch(/^PASS {2}2 of 2 captures$/m);
    expect(both.status).toBe(0);
  });

  it('in JSON, an object a line', () => {
    const { stdout } = tunnelscope(['verify', ...files, '-T', 'json']);
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(verdicts).toMatchObject([
      { file: 'fixtures/vxlan.pcap', verdict: 'pass', answered: 4 },
      { file: 'fixtures/half.pcap', verdict: 'fail', answered: 0 },
    ]);
  });

  it('each is held against checks on packets anew', () => {
    const spec = 'checks: [{ name: four, assert: count(icmp.type == 8) == 4 }]';
    const args = ['verify', '--spec', '-', '-T', 'tap', capture('vxlan'), capture('socat'), capture('ipip')];
    const { stdout, status } = tunnelscope(args, Buffer.from(spec));
    expect(stdout.match(/^ok.*$/gm)).toEqual(
      ['vxlan', 'socat', 'ipip'].map((name, i) => `ok ${i + 1} - fixtures/${name}.pcap: four`),
    );
    expect(status).toBe(0);
  });

  it('one that can’t be read is told, and the others are judged', () => {
    const { status, stdout, stderr } = tunnelscope(['verify', 'nope.pcap', ...files]);
    expect(stderr).toBe('tunnelscope: nope.pcap: no such file; check the path\n');
    expect(stdout).toMatch(/^FAIL {2}1 of 3 captures$/m);
    expect(status).toBe(2);
  });
});

describe('--junit is about this run, however it ends', () => {
  const STALE = '<testsuites tests="1" failures="0" errors="0"/>';
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tunnelscope-junit-'));
    file = join(folder, 'report.xml');
    writeFileSync(file, STALE);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const report = () => readFileSync(file, 'utf8');

  it.each<[what: string, args: string[], says: RegExp]>([
    ['no such file', ['nope.pcap'], /classname="nope.pcap".*nope\.pcap: no such file/],
    ['no capture', ['package.json'], /this is text that begins with/],
    ['a bad specification', [capture('vxlan'), '--spec', 'package.json'], /unknown key &quot;name&quot;/],
    ['a bad flag before it', [capture('vxlan'), '--max-rtt', '5'], /--max-rtt &quot;5&quot;/],
    ['an unknown flag', [capture('vxlan'), '--max-rt', '5ms'], /unknown option/],
    ['a bad filter', [capture('vxlan'), 'icmp and and'], /icmp and and/],
    ['a bad display filter', [capture('vxlan'), '-Y', 'ip.scr'], /ip\.scr/],
    ['no such interface', ['-i', 'no-such-0'], /classname="no-such-0".*no-such-0/],
  ])('%s: an error', (_what, args, says) => {
    const { status } = tunnelscope(['verify', ...args, '--junit', file]);
    expect(status).toBe(2);
    expect(report()).toMatch(/<testsuites tests="1" failures="0" errors="1" skipped="0">/);
    expect(report()).toMatch(/<error type="carried out" message="/);
    expect(report()).toMatch(says);
    expect(tunnelscope(['verify', `--junit=${file}`, ...args]).status).toBe(2);
    expect(readdirSync(folder)).toEqual(['report.xml']);
  });

  it('a capture that is damaged: the verdict on what was read, and the error', () => {
    const damaged = join(folder, 'damaged.pcap');
    writeFileSync(
      damaged,
      Buffer.concat([readFileSync(capture('vxlan')).subarray(0, 24 + 4 * 164), Buffer.alloc(64, 0xff)]),
    );
    const { status, stdout, stderr } = tunnelscope(['verify', damaged, '-T', 'tap', '--junit', file]);
    expect(status).toBe(2);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(report()).toContain('tests="2" failures="0" errors="1"');
    expect(stdout).toMatch(/^ok 1 - every request answered\nnot ok 2 - verification completed$/m);
  });

  it('a run that is killed: an error', async () => {
    const running = new Running([process.execPath, COMMAND, 'verify', '-i', 'lo', '--junit', file]);
    await running.capturing();
    expect(report()).toContain('the run was interrupted before its verdict');
    await running.end('SIGKILL');
    expect(report()).toContain('errors="1"');
  });

  it('TAP and annotations tell it too', () => {
    expect(tunnelscope(['verify', 'nope.pcap', '-T', 'tap']).stdout).toBe(
      'TAP version 14\nBail out! nope.pcap: no such file; check the path\n',
    );
    expect(tunnelscope(['verify', 'nope.pcap', '-T', 'github']).stdout).toBe(
      '::error file=nope.pcap,title=verification completed::nope.pcap: no such file; check the path\n',
    );
  });
});
