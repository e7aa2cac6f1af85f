/** `tunnelscope doctor` as people use it: its outputs, what several hosts said, hostile names, no rights, many namespaces. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../../src/doctor/checks.ts';
import { namedNamespaces } from '../../../src/host/namespace.ts';
import { COMMAND, type Result, tunnelscope } from '../../support/command.ts';
import { Lab, missingForNamespaces, missingForOtherUsers, NOBODY, skipNote } from '../../support/lab.ts';
import { labName } from '../../support/networks.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-doctor-'));
const file = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

function doctor(...words: readonly string[]): Result {
  return tunnelscope(['doctor', ...words]);
}

function refused(message: string) {
  return { status: 2, stdout: '', stderr: `tunnelscope: ${message}\n` };
}

describe('what is refused, in one line', () => {
  const bad = (name: string, text: string) => {
    writeFileSync(file(name), text);
    return file(name);
  };
  const expected = 'expected the output of doctor -T json';
  it.each([
    ['no such file', () => [file('none.json')], `${file('none.json')} can't be read (ENOENT)`],
    ['no JSON', () => [bad('a.json', '<')], `${file('a.json')} is not a doctor report; ${expected}`],
    ['other JSON', () => [bad('b.json', 'null')], `${file('b.json')} is not a doctor report; ${expected}`],
    [
      'a report with something else in it',
      () => [bad('c.json', '{"facts":{"host":1,"kernel":"6","namespaces":[],"unseen":[]}}')],
      `${file('c.json')} is not a doctor report (at facts.host); ${expected}`,
    ],
  ])('--from %s', (_, files, message) => {
    expect(doctor('--from', ...files())).toEqual(refused(message));
  });

  it('names of namespaces beside --from, and a name that no namespace has', () => {
    expect(doctor('--from', 'x.json', 'h1')).toEqual(
      refused('both --from and names of network namespaces were given; expected one of them'),
    );
    expect(doctor('no\u001bsuch')).toEqual(
      refused('no such network namespace: no\\x1bsuch; list them with: tunnelscope interfaces'),
    );
  });

  it('says so in JUnit XML, too', () => {
    doctor('--from', file('none.json'), '--junit', file('failure.xml'));
    expect(readFileSync(file('failure.xml'), 'utf8')).toMatch(/errors="1".*<error .*can&apos;t be read/s);
  });
});

const missing = missingForNamespaces('socat', 'sysctl');

describe.skipIf(missing !== undefined)(`doctor in a lab${skipNote(missing)}`, () => {
  const name = labName('dc');
  const lab = new Lab(name);
  beforeAll(() => lab.up('broken-vni'));
  afterAll(() => lab.down());

  it('the table names the fault, the command and the lesson, in 80 columns but for commands', () => {
    const { status, stdout } = doctor(`${name}-*`);
    expect(status).toBe(1);
    expect(stdout).toContain(`error    vni-differs  ${name}-h2 vxlan0\n`);
    expect(stdout).toMatch(/^ {9}\$ ip -n \S+-h2 link del vxlan0$/m);
    expect(stdout).toContain('lesson: tunnelscope lab lesson fault-3');
    expect(stdout).toMatch(
      /\nFAIL {2}1 error, 2 warnings; \d+ checks of 2 tunnels and 4 containers in 7 network\n/,
    );
    expect(stdout.split('\n').filter((line) => line.length > 80 && !line.includes('$ '))).toEqual([]);
  });

  it('JSON has every check, what is wrong, and what was read', () => {
    const { status, stdout } = doctor(`${name}-*`, '-T', 'json');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^[ -~]+\n$/);
    const said = JSON.parse(stdout);
    expect(said).toMatchObject({ verdict: 'fail', namespaces: 7, tunnels: 2, containers: 4 });
    expect(said.checks.map((check: { name: string }) => check.name)).toEqual(Object.keys(CHECKS));
    const [one] = said.checks.find((check: { name: string }) => check.name === 'vni-differs').problems;
    expect(one).toMatchObject({ severity: 'error', namespace: `${name}-h2`, device: 'vxlan0' });
    expect(said.facts.namespaces).toHaveLength(7);
  });

  it('JUnit XML: a test case for each check', () => {
    doctor(`${name}-*`, '--junit', file('report.xml'));
    const program = `
import sys, json, xml.etree.ElementTree as e
suite = e.parse(sys.argv[1]).getroot()[0]
print(json.dumps([dict(suite.attrib), [[c.get('name'), [f.tag for f in c]] for c in suite.iter('testcase')]]))`;
    const parsed = execFileSync('python3', ['-c', program, file('report.xml')], { encoding: 'utf8' });
    const [attributes, cases] = JSON.parse(parsed);
    expect(attributes).toMatchObject({
      tests: String(Object.keys(CHECKS).length),
      failures: '1',
      errors: '0',
    });
    expect(cases).toEqual(
      Object.keys(CHECKS).map((check) => [check, check === 'vni-differs' ? ['failure'] : []]),
    );
  });

  it('what each host says alone has no fault, and what both say has', () => {
    for (const host of ['h1', 'h2']) {
      const { status, stdout } = doctor(`${name}-${host}*`, '-T', 'json');
      expect(status).toBe(0);
      writeFileSync(file(`${host}.json`), stdout);
    }
    expect(doctor('--from', file('h1.json')).status).toBe(0);
    const { status, stdout } = doctor('--from', file('h1.json'), '--from', file('h2.json'));
    expect(status).toBe(1);
    expect(stdout).toContain(`error    vni-differs  h2/${name}-h2 vxlan0\n`);
    expect(stdout).toContain('of 2 hosts\n');
  });

  it('changes nothing, and sends nothing', () => {
    const state = () =>
      ['h1', 'h2', 'rt'].map(
        (node) =>
          spawnSync(
            lab.on(node)[0] as string,
            [
              ...lab.on(node).slice(1),
              'sh',
              '-c',
              'ip -s link; ip addr; ip route show table all; ip neigh; bridge fdb; cat /proc/net/snmp',
            ],
            { encoding: 'utf8' },
          ).stdout,
      );
    const before = state();
    doctor(`${name}-*`);
    // Even the counters of every device and protocol.
    expect(state()).toEqual(before);
  });

  it.skipIf(missingForOtherUsers() !== undefined)(
    `without rights: one line for what can't be entered${skipNote(missingForOtherUsers())}`,
    () => {
      const run = (...words: string[]) => {
        const [program, ...args] = [...NOBODY, process.execPath, COMMAND, 'doctor', ...words];
        return spawnSync(program as string, args, { encoding: 'utf8' });
      };
      expect(run(`${name}-h1`)).toMatchObject({
        status: 2,
        stderr: `tunnelscope: network namespace ${name}-h1 can't be entered; run with sudo\n`,
      });
      const { status, stdout, stderr } = run();
      expect([0, 1]).toContain(status);
      expect(stdout).toMatch(/^(PASS|FAIL) /m);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(/^tunnelscope: not seen: .*; sudo shows more\n$/);
    },
  );
});

describe.skipIf(missing !== undefined)(`hostile names${skipNote(missing)}`, () => {
  // No shell, terminal or report reads anything into these.
  const HOSTILE = `d${process.pid}\u001b[31m;$(id)'<&>`;
  const DEVICE = `v\u009b\u001b[2J'&<>`;
  let child: ReturnType<typeof spawn>;

  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', HOSTILE]);
    const vxlan = ['type', 'vxlan', 'id', '5', 'dstport', '4789', 'nolearning'];
    execFileSync('ip', ['-n', HOSTILE, 'link', 'add', 'name', DEVICE, ...vxlan]);
    const words = ['netns', 'exec', HOSTILE, 'bash', '-c', `exec -a $'so\\e]0;x\\acat' socat "$@"`, 'bash'];
    const tunnel = ['TUN:10.9.2.1/24,tun-name=tun0,up', 'UDP-DATAGRAM:127.0.0.1:9000,bind=127.0.0.1:9001'];
    execFileSync('ip', ['-n', HOSTILE, 'link', 'set', 'lo', 'up']);
    const quiet = ['netns', 'exec', HOSTILE, 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1'];
    execFileSync('ip', quiet);
    child = spawn('ip', [...words, ...tunnel], { stdio: 'ignore' });
    while (spawnSync('ip', ['-n', HOSTILE, 'link', 'show', 'tun0', 'up']).stdout.length === 0);
  });
  afterAll(() => {
    child.kill('SIGKILL');
    spawnSync('ip', ['netns', 'del', HOSTILE]);
  });

  it('are escaped in every output, and whole in JSON', () => {
    const { stdout, stderr, status } = doctor(HOSTILE, '--junit', file('hostile.xml'));
    expect(status).toBe(1);
    for (const text of [stdout, stderr, readFileSync(file('hostile.xml'), 'utf8')])
      expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(stdout).toContain(`error    device-down  d${process.pid}\\x1b[31m;$(id)'<&> v\\x9b\\x1b[2J'&<>\n`);
    const said = JSON.parse(doctor(HOSTILE, '-T', 'json').stdout);
    const tun = said.facts.namespaces[0].links.find((link: { name: string }) => link.name === 'tun0');
    expect(tun.programs[0].command[0]).toBe('so\u001b]0;x\u0007cat');
    expect(said.facts.namespaces[0].name).toBe(HOSTILE);
  });

  it('the command that is printed does what it says', () => {
    const { stdout } = doctor(HOSTILE);
    const command = /^ {9}\$ (ip -n .* up)$/m.exec(stdout)?.[1] ?? '';
    expect(command).toMatch(
      /^ip -n \$'d\d+\\x1b\[31m;\$\(id\)\\x27<&>' link set \$'v\\xc2\\x9b\\x1b\[2J\\x27&<>' up$/,
    );
    expect(spawnSync('bash', ['-c', command], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(doctor(HOSTILE).stdout).not.toContain('device-down');
  });
});

const withoutStrace = missingForNamespaces('strace');

describe.skipIf(withoutStrace !== undefined)(`400 network namespaces${skipNote(withoutStrace)}`, () => {
  const prefix = `dm${process.pid}-`;
  const names = (count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const batch = (lines: readonly string[]) =>
    execFileSync('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
  beforeAll(() => {
    batch(names(400).map((name) => `netns add ${name}`));
  });
  afterAll(() => {
    batch(
      namedNamespaces()
        .filter((name) => name.startsWith(prefix))
        .map((name) => `netns del ${name}`),
    );
  });

  /** System calls of a run on so many of them: all, and those that start a process. */
  function calls(pattern: string) {
    const report = file('calls');
    const words = ['-f', '-c', '-o', report, process.execPath, COMMAND, 'doctor', pattern];
    const { status } = spawnSync('strace', words, { encoding: 'utf8' });
    expect(status).toBe(0);
    const counts = new Map(
      readFileSync(report, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .map((words) => [words.at(-1) as string, Number(words[3])]),
    );
    const of = (...some: string[]) => some.reduce((sum, call) => sum + (counts.get(call) ?? 0), 0);
    return {
      entered: of('setns'),
      started: of('fork', 'vfork', 'clone', 'execve'),
      done: of('setns', 'socket', 'write', 'read', 'openat', 'close', 'ioctl', 'readlink', 'getdents64'),
    };
  }

  it('are each entered once, with the same few calls, and no process is started', () => {
    // 11 and 111 of them: 0 … 9 stand before both.
    const few = calls(`${prefix}1*`);
    const all = calls(`${prefix}*`);
    const each = (all.done - few.done) / (400 - 111);
    expect(all.entered - few.entered).toBe(2 * (400 - 111));
    expect(all.started).toBe(few.started);
    expect(each).toBeLessThan(70);
  });
});
