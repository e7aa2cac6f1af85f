/** `tunnelscope lab` as people use it, and as it goes wrong. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { namedNamespaces } from '../../../src/host/namespace.ts';
import { processName } from '../../../src/host/process-files.ts';
import { networkNames } from '../../../src/lab/network/network.ts';
import { startTimeOf } from '../../../src/lab/network/processes.ts';
import { COMMAND } from '../../support/command.ts';
import { missingForNamespaces, missingForOtherUsers, NOBODY, skipNote } from '../../support/lab.ts';
import { labName } from '../../support/networks.ts';
import { PATIENCE } from '../../support/patience.ts';
import { childrenOf } from '../../support/processes.ts';
import { Running } from '../../support/running.ts';

const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-lab-'));
// Labs that other tests bring up meanwhile are not seen.
const labs = join(folder, 'labs');
const environment = { ...process.env, TUNNELSCOPE_LABS: labs };

function lab(words: readonly string[], prefix: readonly string[] = [], more: NodeJS.ProcessEnv = {}) {
  const [program = '', ...args] = [...prefix, process.execPath, COMMAND, 'lab', ...words];
  const env = { ...environment, ...more };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env, timeout: PATIENCE });
  return { status, stdout, stderr: stderr.replace(/^\$ .*\n/, '') };
}

const NAME = labName('c');
const own = (name = NAME) => namedNamespaces().filter((namespace) => namespace.startsWith(`${name}-`));
const refused = (message: string) => ({ status: 2, stdout: '', stderr: `tunnelscope: ${message}\n` });

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('lab, without root', () => {
  const others = missingForOtherUsers();

  it('lists networks, and prints scripts', () => {
    const { status, stdout } = lab(['list']);
    expect(status).toBe(0);
    for (const name of networkNames()) expect(stdout).toMatch(new RegExp(`^${name} +\\S`, 'm'));
    const script = lab(['up', 'socat', '--dry-run', '--lab', 'mine']);
    expect(script.status).toBe(0);
    expect(script.stdout).toContain('\nip netns add mine-h1\n');
    // The name of --lab before.
    expect(lab(['up', 'socat', '--dry-run', '--as', 'mine'])).toEqual(script);
    expect(spawnSync('bash', ['-n'], { input: script.stdout })).toMatchObject({ status: 0 });
  });

  it.each([
    [['up', 'soct'], 'unknown network "soct"; did you mean socat?'],
    [['up'], 'the network is missing; see tunnelscope lab up --help'],
    [['dwon'], 'unknown command "dwon"; did you mean down?'],
    [
      ['up', 'socat', '--lab', 'My\u001b[2J', '--dry-run'],
      "My\\x1b[2J can't be a lab's name; expected small letters, digits and -, 32 at most, such as my-lab",
    ],
    [['ping', '-c', 'x'], '-c "x" is not understood; expected a whole number of at least 1'],
    [['down', 'one', '--lab', 'two'], 'both the lab one and --lab two were given; expected one of them'],
  ])('%j is refused in one line', (words, message) => {
    expect(lab(words)).toEqual(refused(message));
  });

  it.skipIf(others !== undefined)(`anything else needs root${skipNote(others)}`, () => {
    for (const words of [['up', 'socat'], ['ping'], ['status'], ['down', 'socat']]) {
      expect(lab(words, NOBODY)).toEqual(refused('labs need root; run: sudo tunnelscope lab …'));
    }
  });
});

const missing = missingForNamespaces('socat', 'ping', 'sysctl');

describe.skipIf(missing !== undefined)(`lab${skipNote(missing)}`, () => {
  // Its last step waits for what never comes, so that there is time for something to happen.
  const waiting = join(folder, 'waiting.yaml');
  const wait = '{id: waiting, on: h1, start: sleep 600, until: ip link show dev lo type vxlan, why: Wait.}';
  writeFileSync(
    waiting,
    `name: waiting\ntitle: Waiting\nabout: Waiting.\nextends: socat\nsteps:\n  - ${wait}\n`,
  );
  const startWaiting = async () => {
    const up = new Running([process.execPath, COMMAND, 'lab', 'up', waiting, '--lab', NAME], environment);
    await up.until(({ stdout }) => stdout.includes('sleep 600 &'));
    return up;
  };

  afterEach(() => {
    for (const name of [NAME, `${NAME}2`]) {
      if (existsSync(join(labs, `${name}.json`))) lab(['down', name, '--force']);
    }
    expect(own()).toEqual([]);
  });

  it('comes up step by step, pings, runs, tells its state, and goes', () => {
    expect(lab(['ping'])).toEqual(refused('no lab is up; bring one up with: tunnelscope lab up socat'));
    const up = lab(['up', 'same-subnet', '--lab', NAME]);
    expect(up).toMatchObject({ status: 0, stderr: '' });
    expect(up.stdout).toMatch(/^ 1\/\d+ {2}A network namespace .*\n.*\n {7}\$ ip netns add \S+-h1\n/);
    expect(lab(['list']).stdout).toContain(`\nlabs: ${NAME}\n`);
    expect(lab(['ping', '-c', '2', '-i', '0.1'])).toMatchObject({ status: 0, stderr: '' });
    expect(lab(['ping', 'h1', 'h2', '-c', '1']).stdout).toContain('PING 10.0.0.20 ');
    const sized = lab(['ping', 'h1-ns2', '172.16.0.1', '-c', '1', '--', '-s', '100']);
    expect(sized.stdout).toContain('PING 172.16.0.1 (172.16.0.1) 100(128) bytes of data.');
    expect(lab(['ping', 'h1-ns1', '172.16.1.99', '-c', '1']).status).toBe(1);
    expect(lab(['run', 'h2', '--', 'sh', '-c', 'hostname -I; exit 7'])).toMatchObject({ status: 7 });
    expect(lab(['run', 'h2', 'ip', '-br', 'addr', 'show', 'eth0']).stdout).toContain('10.0.0.20/24');
    expect(lab(['run', 'h3', 'true'])).toEqual(
      refused(`lab ${NAME} has no node h3; there are: h1, h1-ns1, h1-ns2, h2, h2-ns1, h2-ns2`),
    );
    const status = lab(['status']);
    expect(status.status).toBe(0);
    expect(status.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(status.stdout).toContain(
      '│eth0 10.0.0.10/24           ├────────────────────┤eth0 10.0.0.20/24           │',
    );
    expect(lab(['down'])).toMatchObject({
      status: 0,
      stdout: `lab ${NAME} is down: 6 namespaces removed, 0 processes ended\n`,
    });
    expect(lab(['down'])).toEqual(refused('no lab is up: there is nothing to take down'));
  });

  it('stands beside another; a second of the same name, or over foreign namespaces, is refused', () => {
    expect(lab(['up', 'two-hosts', '-q', '--lab', NAME]).status).toBe(0);
    expect(lab(['up', 'two-hosts', '-q', '--lab', NAME]).stderr).toMatch(
      new RegExp(`^tunnelscope: lab ${NAME} is up already; look at it with: .*\n$`),
    );
    expect(lab(['up', 'two-hosts', '-q', '--lab', `${NAME}2`]).status).toBe(0);
    expect(lab(['status'])).toEqual(
      refused(`several labs are up: ${NAME}, ${NAME}2; name one with --lab NAME`),
    );
    expect(lab(['down'])).toEqual(refused(`several labs are up: ${NAME}, ${NAME}2; name one, or use --all`));
    expect(lab(['down', '--all'])).toMatchObject({ status: 0, stderr: '' });
    expect([...own(), ...own(`${NAME}2`)]).toEqual([]);

    spawnSync('ip', ['netns', 'add', `${NAME}-h2`]);
    try {
      expect(lab(['up', 'two-hosts', '--lab', NAME])).toEqual(
        refused(
          `network namespace ${NAME}-h2 already exists, and belongs to no lab; choose another name with: --lab NAME`,
        ),
      );
      expect(own()).toEqual([`${NAME}-h2`]);
    } finally {
      spawnSync('ip', ['netns', 'del', `${NAME}-h2`]);
    }
  });

  it('shows what is missing', () => {
    expect(lab(['up', 'socat', '-q', '--lab', NAME]).status).toBe(0);
    const status = JSON.parse(lab(['status', '-T', 'json']).stdout);
    expect(status.problems).toEqual([]);
    const { pid } = status.processes.find(({ node }: { node: string }) => node === 'h2');
    process.kill(pid);
    // The device goes with who holds it.
    while (spawnSync('ip', ['-n', `${NAME}-h2`, 'link', 'show', 'tun0']).status === 0);
    const after = lab(['status']);
    expect(after.status).toBe(1);
    expect(after.stdout).toContain('│tun0 ✗ missing              │');
    expect(after.stdout).toContain('  h2: device tun0 is missing\n');
  });

  it('a step that fails is told, and what was made is taken down', () => {
    const file = join(folder, 'mine.yaml');
    const head = 'name: mine\ntitle: Mine\nabout: Mine.\nextends: two-hosts\nsteps:\n';
    const cases: [string, string][] = [
      [
        '  - {on: h1, run: ip link set nosuch up, why: So.}\n',
        `ip -n ${NAME}-h1 link set nosuch up: Cannot find device "nosuch"`,
      ],
      [
        '  - {id: it, on: h1, start: "socat UDP:127.0.0.1:1 nosuch:2", until: ip link show dev tun0, why: So.}\n',
        `ip netns exec ${NAME}-h1 socat UDP:127.0.0.1:1 nosuch:2: it has ended (`,
      ],
      [
        '  - {on: h1, run: nosuch, why: So.}\n',
        `ip netns exec ${NAME}-h1 nosuch: exec of "nosuch" failed: No such file or directory`,
      ],
    ];
    for (const [step, message] of cases) {
      writeFileSync(file, head + step);
      const { status, stderr } = lab(['up', file, '-q', '--lab', NAME]);
      expect(status).toBe(2);
      const [first, second, ...rest] = stderr.split('\n');
      expect([first, rest]).toEqual(['tunnelscope: taking down what was made', ['']]);
      expect(second).toContain(`tunnelscope: ${message}`);
      expect(own()).toEqual([]);
      expect(lab(['list']).stdout).not.toContain('labs:');
    }
  });

  it('a namespace that somebody makes meanwhile under a name of the lab’s stays', async () => {
    const file = join(folder, 'late.yaml');
    const go = join(folder, 'go');
    const wait = `sh -c "until [ -e ${go} ]; do sleep 0.02; done"`;
    const steps = [wait, 'ip netns add {h1}'].map((run) => `  - {run: ${JSON.stringify(run)}, why: So.}\n`);
    const nodes = 'nodes: {h1: {kind: host, address: 10.0.0.1}}\nping: {from: h1, to: h1, arrives: true}\n';
    writeFileSync(file, `name: late\ntitle: Late\nabout: Late.\n${nodes}steps:\n${steps.join('')}`);
    const up = new Running([process.execPath, COMMAND, 'lab', 'up', file, '--lab', NAME], environment);
    await up.until(({ stdout }) => stdout.includes('$ sh -c'));
    spawnSync('ip', ['netns', 'add', `${NAME}-h1`]);
    try {
      writeFileSync(go, '');
      expect(await up.end()).toBe(2);
      expect(up.stderr).toContain(`ip netns add ${NAME}-h1: Cannot create namespace file`);
      expect(own()).toEqual([`${NAME}-h1`]);
    } finally {
      spawnSync('ip', ['netns', 'del', `${NAME}-h1`]);
    }

    rmSync(go);
    const killed = new Running([process.execPath, COMMAND, 'lab', 'up', file, '--lab', NAME], environment);
    await killed.until(({ stdout }) => stdout.includes('$ sh -c'));
    await killed.end('SIGKILL');
    writeFileSync(go, '');
    spawnSync('ip', ['netns', 'add', `${NAME}-h1`]);
    try {
      expect(lab(['down', NAME]).stderr).toContain(
        `namespace ${NAME}-h1 was left alone: it does not belong to this lab`,
      );
      expect(own()).toEqual([`${NAME}-h1`]);
    } finally {
      spawnSync('ip', ['netns', 'del', `${NAME}-h1`]);
    }
  });

  it('a step ends when its command does, whatever that leaves running', async () => {
    const file = join(folder, 'left.yaml');
    const run = `sh -c 'sleep 300 & echo hi'`;
    writeFileSync(
      file,
      `name: left\ntitle: Left\nabout: Left.\nextends: two-hosts\nsteps:\n  - {on: h1, run: "${run}", why: So.}\n`,
    );
    expect(lab(['up', file, '-q', '--lab', NAME])).toMatchObject({ status: 0, stderr: '' });
    expect(lab(['down', NAME]).stdout).toContain('1 processes ended');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s in the middle: all is taken down', async (signal) => {
    const up = await startWaiting();
    expect(await up.end(signal)).toBe(2);
    expect(up.stderr).toBe('tunnelscope: taking down what was made\ntunnelscope: interrupted\n');
    expect(own()).toEqual([]);
  });

  it('killed in the middle: the next one says so, and down clears it away, with what the user had running', async () => {
    const up = await startWaiting();
    expect(lab(['down', NAME]).stderr).toMatch(
      /^tunnelscope: lab \S+ is being brought up by process \d+: stop/,
    );
    const shells = childrenOf(up.child.pid).filter((pid) => processName(pid) === 'sh');
    expect(shells).toHaveLength(1);
    await up.end('SIGKILL');
    // Ended by its input's end.
    while (shells.some((pid) => startTimeOf(pid) !== undefined)) await setImmediate();
    const clear = `remove it with: tunnelscope lab down ${NAME}`;
    expect(lab(['ping'])).toEqual(refused(`lab ${NAME} is not up: bringing it up was interrupted; ${clear}`));
    expect(lab(['up', 'socat', '--lab', NAME])).toEqual(
      refused(
        `lab ${NAME}: bringing it up was interrupted; remove it first with: tunnelscope lab down ${NAME}`,
      ),
    );
    const sleeper = new Running([
      'ip',
      'netns',
      'exec',
      `${NAME}-h1`,
      'sh',
      '-c',
      'trap "" TERM; echo; while :; do sleep 1; done',
    ]);
    await sleeper.until(({ stdout }) => stdout !== '');
    expect(lab(['down', NAME])).toMatchObject({ status: 0, stderr: '' });
    expect(own()).toEqual([]);
    expect(await sleeper.end()).toBeNull();
  });

  it('of before the machine’s last start is forgotten; nothing that has its names is touched', () => {
    expect(lab(['up', 'two-hosts', '-q', '--lab', NAME]).status).toBe(0);
    const journal = join(labs, `${NAME}.json`);
    const text = readFileSync(journal, 'utf8');
    writeFileSync(journal, text.replace(/"bootId":"[^"]+"/, '"bootId":"another"'));
    const gone = 'it dates from before the last boot';
    expect(lab(['ping'])).toEqual(
      refused(`lab ${NAME} is not up: ${gone}; remove it with: tunnelscope lab down ${NAME}`),
    );
    expect(lab(['down', NAME])).toMatchObject({
      status: 0,
      stdout: `lab ${NAME} is down: 0 namespaces removed, 0 processes ended\n`,
    });
    expect(own()).toHaveLength(6);
    writeFileSync(journal, text);

    // A namespace that was removed, and made again by somebody else: Linux mostly gives it the same inode, but never the same cookie.
    spawnSync('ip', ['netns', 'del', `${NAME}-h1`]);
    spawnSync('ip', ['netns', 'add', `${NAME}-h1`]);
    try {
      expect(lab(['down', NAME])).toEqual({
        status: 0,
        stdout: `lab ${NAME} is down: 5 namespaces removed, 0 processes ended\n`,
        stderr: `tunnelscope: namespace ${NAME}-h1 was left alone: it does not belong to this lab\n`,
      });
      expect(own()).toEqual([`${NAME}-h1`]);
    } finally {
      spawnSync('ip', ['netns', 'del', `${NAME}-h1`]);
    }
  });

  it('journal: without cookies the inodes have to do, and that is said', () => {
    expect(lab(['up', 'two-hosts', '-q', '--lab', NAME]).status).toBe(0);
    const journal = join(labs, `${NAME}.json`);
    const text = readFileSync(journal, 'utf8');
    expect(text).toMatch(/"cookie":"\d+"/);
    writeFileSync(journal, text.replace(/,"cookie":"\d+"/g, ''));
    expect(lab(['down', NAME])).toEqual({
      status: 0,
      stdout: `lab ${NAME} is down: 6 namespaces removed, 0 processes ended\n`,
      stderr:
        'tunnelscope: namespaces were identified by inode alone: this kernel has no namespace cookies (Linux 5.14)\n',
    });
  });

  it('journal: a link that stands where it is written first is not followed', () => {
    expect(lab(['up', 'broken-vni', '-q', '--lab', NAME]).status).toBe(0);
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'whole');
    symlinkSync(victim, join(labs, `${NAME}.json.new`));
    expect(lab(['mend']).status).toBe(0);
    expect(readFileSync(victim, 'utf8')).toBe('whole');
    expect(JSON.parse(readFileSync(join(labs, `${NAME}.json`), 'utf8'))).toMatchObject({ isMended: true });
    expect(lab(['down', NAME]).status).toBe(0);
  });

  it.each(['{"name":', '{"name":"x"}'])('journal %j is damaged: told, and cleared away by force', (text) => {
    mkdirSync(labs, { recursive: true });
    writeFileSync(join(labs, `${NAME}.json`), text);
    spawnSync('ip', ['netns', 'add', `${NAME}-h1`]);
    const how = `take down every namespace whose name begins with ${NAME}- with: tunnelscope lab down ${NAME} --force`;
    for (const words of [['status'], ['down'], ['up', 'two-hosts', '--lab', NAME]]) {
      expect(lab(words)).toEqual(
        refused(`the journal of lab ${NAME} (${labs}/${NAME}.json) is damaged; ${how}`),
      );
    }
    expect(lab(['down', NAME, '--force'])).toMatchObject({ status: 0, stderr: '' });
    expect(own()).toEqual([]);
    expect(lab(['list']).stdout).not.toContain('labs:');
  });

  it('force takes nothing of another lab whose name begins alike', () => {
    expect(lab(['up', 'two-hosts', '-q', '--lab', `${NAME}-b`]).status).toBe(0);
    writeFileSync(join(labs, `${NAME}.json`), 'x');
    spawnSync('ip', ['netns', 'add', `${NAME}-h1`]);
    try {
      expect(lab(['down', NAME, '--force']).stdout).toContain(': 1 namespaces removed');
      expect(own(`${NAME}-b`)).toHaveLength(6);
    } finally {
      expect(lab(['down', `${NAME}-b`]).status).toBe(0);
    }
  });

  it('mend looks: at what is missing, and whether the ping arrives', () => {
    const anew = `tunnelscope lab down ${NAME}; tunnelscope lab up vxlan-learning --lab ${NAME}`;
    const itself = `lab ${NAME} (network vxlan-learning)`;
    const changed = (...words: string[]) =>
      expect(spawnSync('ip', ['-n', `${NAME}-h1`, ...words]).status).toBe(0);
    expect(lab(['up', 'vxlan-learning', '-q', '--lab', NAME]).status).toBe(0);
    try {
      expect(lab(['mend'])).toEqual(refused(`${itself} needs no repair: its ping arrives`));
      changed('route', 'del', '172.16.1.0/24');
      expect(lab(['mend'])).toEqual(
        refused(
          `${itself} has all its devices and processes, but its ping does not arrive: look for a changed address, route or filter, or recreate it: ${anew}`,
        ),
      );
      changed('link', 'del', 'vxlan0');
      expect(lab(['mend'])).toEqual(
        refused(
          `lab ${NAME} has changed since it was made, and only what is broken on purpose can be repaired: h1: device vxlan0 is missing; recreate it: ${anew}`,
        ),
      );
    } finally {
      expect(lab(['down', NAME]).status).toBe(0);
    }
  });

  it('mend looks before its first step, and not for what its steps start anew', () => {
    const up = (network: string) => expect(lab(['up', network, '-q', '--as', NAME]).status).toBe(0);
    const inHost = (...words: string[]) =>
      expect(spawnSync('ip', ['-n', `${NAME}-h1`, ...words]).status).toBe(0);
    up('broken-inner-mtu');
    try {
      inHost('link', 'del', 'vxlan0');
      expect(lab(['mend'])).toEqual(
        refused(
          `lab ${NAME} has changed since it was made, and only what is broken on purpose can be repaired: h1: device vxlan0 is missing; recreate it: tunnelscope lab down ${NAME}; tunnelscope lab up broken-inner-mtu --lab ${NAME}`,
        ),
      );
    } finally {
      expect(lab(['down', NAME]).status).toBe(0);
    }
    up('broken-packet-information');
    try {
      inHost('link', 'del', 'tun0');
      expect(lab(['mend']).status).toBe(0);
      expect(lab(['ping', '-c', '1']).status).toBe(0);
    } finally {
      expect(lab(['down', NAME]).status).toBe(0);
    }
  });

  it('says --lab where several are up, goes into no other namespace, mends once, and clears what a probe left', () => {
    const { pid } = spawnSync('true');
    spawnSync('ip', ['netns', 'add', `tunnelscope-probe-${pid}-0`]);
    const up = lab(['up', 'broken-far-end', '-q', '--lab', NAME]);
    expect(up.stdout).toContain('sudo tunnelscope lab ping\n');
    expect(namedNamespaces()).not.toContain(`tunnelscope-probe-${pid}-0`);
    expect(lab(['up', 'two-hosts', '-q', '--lab', `${NAME}2`]).stdout).toContain(`lab ping --lab ${NAME}2\n`);
    expect(lab(['down', `${NAME}2`]).status).toBe(0);

    expect(lab(['mend']).status).toBe(0);
    expect(lab(['mend'])).toEqual(
      refused(`lab ${NAME} is already repaired; try it with: tunnelscope lab ping --lab ${NAME}`),
    );
    expect(lab(['status']).status).toBe(0);

    const foreign = `${NAME}-h2-ns2`;
    spawnSync('ip', ['netns', 'del', foreign]);
    spawnSync('ip', ['netns', 'add', 'tunnelscope-keeps-number']);
    spawnSync('ip', ['netns', 'add', foreign]);
    try {
      expect(lab(['run', 'h2-ns2', 'true'])).toEqual(
        refused(
          `the namespace of node h2-ns2 of lab ${NAME} is gone; take the lab down with: tunnelscope lab down ${NAME}`,
        ),
      );
      expect(lab(['down', NAME]).status).toBe(0);
    } finally {
      for (const name of [foreign, 'tunnelscope-keeps-number']) spawnSync('ip', ['netns', 'del', name]);
    }
  });

  it('a full disk, and a node that no step makes, are told in one line, and nothing is left', () => {
    const full = join(folder, 'full');
    mkdirSync(full);
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', full]);
    try {
      writeFileSync(join(full, 'filler'), Buffer.alloc(4096));
      expect(lab(['up', 'two-hosts', '-q', '--lab', NAME], [], { TUNNELSCOPE_LABS: full })).toEqual(
        refused(`${full}/${NAME}.json can't be written (ENOSPC)`),
      );
      expect(existsSync(join(full, `${NAME}.json`))).toBe(false);
    } finally {
      spawnSync('umount', [full]);
    }
    const file = join(folder, 'unmade.yaml');
    writeFileSync(
      file,
      'name: unmade\ntitle: Unmade\nabout: So.\nextends: two-hosts\nnodes: {h3: {kind: router}}\n',
    );
    expect(lab(['up', file, '-q', '--lab', NAME]).stderr).toContain(
      'no step makes the namespace of node h3; expected one with: ip netns add {h3}\n',
    );
  });

  it('what is not installed is named, with its package', () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    for (const program of ['ip', 'ping', 'sysctl']) {
      const path = spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
      symlinkSync(path, join(bin, program));
    }
    expect(lab(['up', 'socat', '--lab', NAME], [], { PATH: bin })).toEqual(
      refused('socat is not installed; run: sudo apt-get install socat'),
    );
  });

  it('where there can be no namespaces, that is said', () => {
    const without = ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-sys_admin'];
    const { status, stderr } = lab(['up', 'two-hosts', '-q', '--lab', NAME], without);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /tunnelscope: can't create network namespaces here \(.+\); in a container this needs --privileged\n$/,
    );
  });

  it('--step waits for keys; q stops, and takes down', () => {
    expect(lab(['up', 'two-hosts', '--step', '--lab', NAME])).toEqual(
      refused('standard input is not a terminal; a terminal is needed to wait for keys'),
    );
    const command = [process.execPath, COMMAND, 'lab', 'up', 'two-hosts', '--step', '--lab', NAME].join(' ');
    const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
      input: '  q',
      encoding: 'utf8',
      env: environment,
      timeout: PATIENCE,
    });
    expect(status).toBe(2);
    expect(stdout).toMatch(/ 3\/\d+ .*interrupted/s);
    expect(stdout).not.toMatch(/ 4\/\d+ /);
    expect(own()).toEqual([]);
  });

  it('from within a node it can’t be taken down', () => {
    expect(lab(['up', 'two-hosts', '-q', '--lab', NAME]).status).toBe(0);
    expect(lab(['down'], ['ip', 'netns', 'exec', `${NAME}-h1`])).toEqual(
      refused(`this shell runs in lab ${NAME}, and would end with it: leave it first (exit)`),
    );
  });
});
