/** Who the command is once it captures: root is there to open, and gone before a packet is decoded. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../support/command.ts';
import { Lab, missingForLiveCapture, missingForOtherUsers, NOBODY, skipNote } from '../support/lab.ts';
import { keepingCapabilities, withoutNodesCalls } from '../support/preloads.ts';
import { childrenOf } from '../support/processes.ts';
import { Running } from '../support/running.ts';
import { hasTmux, TmuxTerminal } from '../tui/support/tmux.ts';

const missing = missingForLiveCapture();
const missingForOthers = missingForOtherUsers();

/** A process's identity as the kernel has it, on all its threads. */
function identity(pid: number | undefined) {
  const keys = ['Uid', 'Gid', 'Groups', 'CapPrm', 'CapEff'];
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return keys.map((key) => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim()).join('; ');
  });
  return [...new Set(threads)];
}

const NONE = '0000000000000000';
const as = (uid: number, gid: number, groups: string) =>
  `${Array(4).fill(uid).join('\t')}; ${Array(4).fill(gid).join('\t')}; ${groups}; ${NONE}; ${NONE}`;

describe.skipIf(missing !== undefined)(`privileges of a live capture${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-privileges-'));
  const lab = new Lab(`tp${process.pid}`);
  /** Where anybody may write. */
  const open = join(folder, 'open');
  const inHost = lab.on('h1');

  beforeAll(async () => {
    spawnSync('chmod', ['755', folder]);
    mkdirSync(open);
    spawnSync('chmod', ['777', open]);
    await lab.up();
    await lab.tunnel('socat');
    lab.ping(1);
  });
  afterAll(async () => {
    await lab.down();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (environment: NodeJS.ProcessEnv, ...args: string[]) =>
    new Running([...inHost, process.execPath, COMMAND, ...args], { ...process.env, ...environment });

  it.each<
    [title: string, environment: NodeJS.ProcessEnv, args: string[], uid: number, gid: number, groups: string]
  >([
    ['the user who called sudo', { SUDO_UID: '54321', SUDO_GID: '54322' }, [], 54321, 54322, '54322'],
    ['--user by name', {}, ['--user', 'nobody'], 65534, 65534, '65534'],
    ['--user by numbers', {}, ['--user', '54321:54323'], 54321, 54323, '54323'],
    ['npm cap, and its process too', {}, ['--user', 'nobody', '--engine', 'cap'], 65534, 65534, '65534'],
    ['--user wins', { SUDO_UID: '54321', SUDO_GID: '54322' }, ['--user', 'nobody'], 65534, 65534, '65534'],
  ])(
    '%s: all threads, nothing kept, and packets keep coming',
    async (_, environment, args, uid, gid, groups) => {
      const file = join(open, `${Math.random()}.pcap`);
      const command = run(
        environment,
        '-i',
        'eth0',
        '-w',
        file,
        '-P',
        '-T',
        'line',
        ...args,
        'udp port 9000',
      );
      await command.capturing();
      lab.ping(1);
      const count = () => command.stdout.split('\n').length - 1;
      await command.until(() => count() >= 2);
      expect(command.stderr).toMatch(/^tunnelscope: capturing on eth0$/m);
      for (const pid of [command.child.pid, ...childrenOf(command.child.pid)]) {
        expect(identity(pid)).toEqual([as(uid, gid, groups)]);
      }
      lab.ping(2);
      await command.until(() => count() >= 6);
      expect(await command.end('SIGINT')).toBe(0);
      expect(command.stderr).toMatch(/^6 packets captured$/m);
      expect(command.stderr).toMatch(/^\d+ packets dropped|^packets dropped by the kernel/m);
      expect(statSync(file)).toMatchObject({ uid, gid });
      expect(spawnSync('tcpdump', ['-r', file, '-n']).stdout.toString().trimEnd().split('\n')).toHaveLength(
        6,
      );
    },
  );

  it('a Node that has disabled its own calls, as Debian 13’s has: libc’s do the same', async () => {
    const command = new Running([
      ...[...inHost, process.execPath, '--import', withoutNodesCalls, COMMAND],
      ...['-i', 'eth0', '-T', 'line', '--user', '54321:54323'],
    ]);
    await command.capturing();
    expect(identity(command.child.pid)).toEqual([as(54321, 54323, '54323')]);
    expect(await command.end('SIGINT')).toBe(0);
  });

  it('a user’s own groups come along: those of the user database', () => {
    // No package makes a user with more than one group; bin, of base-passwd, is given one for as long as this takes.
    const groups = join(open, 'group');
    writeFileSync(groups, `${readFileSync('/etc/group', 'utf8')}tunnelscope-test:x:54399:bin\n`);
    const script = [
      'mount --bind "$0" /etc/group',
      'exec "$@" -r fixtures/socat.pcap -T line -c 1 --user bin',
    ].join(' && ');
    const printGroups = `data:text/javascript,process.on('exit', () => console.log(process.getgroups().join()))`;
    const words = ['-m', 'bash', '-c', script, groups, process.execPath, '--import', printGroups, COMMAND];
    const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n').at(-1)?.split(',').map(Number).sort()).toEqual([2, 54399]);
  });

  it('a thread that keeps capabilities is found, and nothing is read', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        keepingCapabilities(),
        COMMAND,
        '-r',
        'fixtures/socat.pcap',
        '-T',
        'line',
        '--user',
        '54321:54323',
      ],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^tunnelscope: could not give up root for user 54321: thread \d+ kept capabilities; nothing is captured\n$/,
    );
    expect(status).toBe(2);
  });

  it.each<[environment: NodeJS.ProcessEnv, args: string[], isOffered: boolean]>([
    [{}, [], true],
    [{ SUDO_UID: '0', SUDO_GID: '0' }, [], true],
    [{ SUDO_UID: '54321', SUDO_GID: '54322' }, ['--user', 'root'], false],
  ])('root stays root with %j %j; another user is offered: %j', async (environment, args, isOffered) => {
    const command = run(environment, '-i', 'eth0', '-T', 'line', ...args);
    await command.until(({ stderr }) => stderr.includes('\n'));
    expect(/^tunnelscope: capturing on eth0, .*--user nobody/.test(command.stderr)).toBe(isOffered);
    expect(identity(command.child.pid)[0]).toMatch(/^0\t0\t0\t0; 0\t0\t0\t0; /);
    expect(await command.end('SIGINT')).toBe(0);
  });

  it('files are opened as that user: one that only root may write is refused, and is not there', async () => {
    const file = join(folder, 'refused.pcap');
    const command = run({}, '-i', 'eth0', '--user', 'nobody', '-w', file);
    expect(await command.end()).toBe(2);
    expect(command.stderr).toMatch(/refused\.pcap: can't be written to: no permission.*--user/);
    expect(command.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(readdirSync(folder)).not.toContain('refused.pcap');
  });

  it.skipIf(missingForOthers !== undefined)(
    `whoever has no rights gets one line with three ways to have them${skipNote(missingForOthers)}`,
    () => {
      const [program, ...args] = [...NOBODY, process.execPath, COMMAND, '-i', 'lo', '-T', 'line'];
      const { status, stdout, stderr } = spawnSync(program as string, args, { encoding: 'utf8' });
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).toMatch(/no permission to capture on lo; .*sudo.*setcap.*--cap-add NET_RAW/);
    },
  );

  it.skipIf(missingForOthers !== undefined)(
    `a copy of node with capabilities captures for anybody; the thread that decodes gives them up${skipNote(missingForOthers)}`,
    async () => {
      const node = join(open, 'node-capture');
      cpSync(process.execPath, node);
      expect(spawnSync('setcap', ['cap_net_raw=ep', node]).status).toBe(0);
      const command = new Running([
        ...inHost,
        ...NOBODY,
        node,
        COMMAND,
        '-i',
        'eth0',
        '-T',
        'line',
        'udp port 9000',
      ]);
      await command.capturing();
      const { pid } = command.child;
      expect(readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8')).toMatch(
        /^CapPrm:\t0{16}\nCapEff:\t0{16}$/m,
      );
      lab.ping(1);
      await command.until(({ stdout }) => stdout.split('\n').length > 2);
      expect(await command.end('SIGINT')).toBe(0);
    },
  );

  it.each<[environment: NodeJS.ProcessEnv, args: string[], line: RegExp]>([
    [{}, ['--user', 'no-such-user'], /--user no-such-user: there is no such user; expected NAME or UID/],
    [{}, ['--user', 'nobody:users'], /--user nobody:users: not understood; .*:GID/],
    [{}, ['--user', '54321'], /--user 54321: .*group is not known; expected UID:GID/],
    [{}, ['--user', '4294967295:0'], /4294967295:0: there is no such user/],
    [{ SUDO_UID: 'x', SUDO_GID: '1' }, [], /SUDO_UID "x".*--user/],
    [{ SUDO_UID: '54321', SUDO_GID: undefined }, [], /SUDO_GID "".*--user/],
  ])('%j %j is refused before anything is opened', async (environment, args, line) => {
    const command = run(environment, '-i', 'eth0', '-T', 'line', ...args);
    expect(await command.end()).toBe(2);
    expect(command.stderr).toMatch(line);
    expect(command.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  describe('installed where only root can read', () => {
    const hidden = join(folder, 'hidden');
    const command = join(hidden, 'dist', 'cli.js');
    beforeAll(() => {
      mkdirSync(hidden, { mode: 0o700 });
      cpSync(resolve('dist'), join(hidden, 'dist'), { recursive: true });
      cpSync(resolve('package.json'), join(hidden, 'package.json'));
      symlinkSync(resolve('node_modules'), join(hidden, 'node_modules'));
      cpSync(resolve('fixtures/socat.pcap'), file);
      cpSync(resolve('fixtures/vxlan.pcap'), other);
    });
    const file = join(hidden, 'socat.pcap');
    const other = join(hidden, 'vxlan.pcap');

    it.each<[args: string[], printed: RegExp]>([
      [['-T', 'line'], /172\.16\.0\.2 > 172\.16\.1\.2/],
      [['-T', 'tree', '-x'], /Internet Protocol|IPv4/],
      [['-T', 'json', '-Y', 'icmp'], /"protocol":"icmp"/],
      [['-T', 'fields', '-e', 'icmp.seq'], /^1$/m],
      [['-w', join(open, 'copy.pcapng'), '-P', 'udp port 9000'], /172\.16\.0\.2 > 172\.16\.1\.2/],
    ])('%j prints after the change', (args, printed) => {
      const given = [command, '-r', file, '--user', 'nobody', ...args];
      const { stdout, stderr, status } = spawnSync(process.execPath, given, { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout).toMatch(printed);
      expect(status).toBe(0);
    });

    it.each<[args: string[], printed: RegExp]>([
      [['verify', '-r', file], /PASS {2}4 of 4 requests answered/],
      [['verify', '-T', 'tap', '-r', file], /^ok 1/m],
      [['verify', '--junit', join(open, 'report.xml'), '-r', file], /PASS/],
      [['path', '-r', file, '-r', other], /8 answered/],
      [['explain', '-r', file], /172\.16\.0\.2/],
      [['explain', '-r', file, '--html', join(open, 'page.html'), '--svg', join(open, 'page.svg')], /^$/],
    ])('%j', (args, printed) => {
      const given = [command, ...args, '--user', 'nobody'];
      const { stdout, stderr, status } = spawnSync(process.execPath, given, { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout).toMatch(printed);
      expect(status).toBe(0);
    });

    it('a live capture has all that it needs', async () => {
      const nobody = new Running([
        ...[...inHost, process.execPath, command, '-i', 'eth0', '-T', 'json'],
        ...['--user', 'nobody', '-Y', 'icmp', 'udp port 9000'],
      ]);
      await nobody.capturing();
      lab.ping(1);
      await nobody.until(({ stdout }) => stdout.split('\n').length > 2);
      expect(await nobody.end('SIGINT')).toBe(0);
    });

    it.skipIf(!hasTmux)(`the screen${hasTmux ? '' : ' (SKIPPED: needs tmux)'}`, async () => {
      const terminal = await TmuxTerminal.open(120, 40);
      try {
        terminal.type(`${process.execPath} ${command} ${file} --user nobody`);
        await terminal.shows('pings answered 4 of 4', 'INNER ─ 172.16.0.2 → 172.16.1.2');
        terminal.press('Down');
        await terminal.shows('INNER ─ 172.16.1.2 → 172.16.0.2');
        terminal.press('q');
      } finally {
        terminal.close();
      }
    });
  });
});
