/** SIGUSR1 tells how far a run has come, and opens no debugger: in no process of ours, and from its first moment on. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../support/command.ts';
import { Lab, missingForLiveCapture, skipNote } from '../support/lab.ts';
import { childrenOf, handling, listeningPorts } from '../support/processes.ts';
import { Running } from '../support/running.ts';

const missing = missingForLiveCapture();
const LINES = ['-T', 'line'];

it('the signal is taken before the command’s script is read', () => {
  const start = readFileSync(COMMAND, 'utf8');
  const taken = start.indexOf('process.on("SIGUSR1"');
  expect(taken).toBeGreaterThan(0);
  expect(start.indexOf('.Script(')).toBeGreaterThan(taken);
  // Node reads nothing else of ours before: no file but this short one.
  expect(start).not.toMatch(/require\("\./);
  expect(start.length).toBeLessThan(4000);
});

describe.skipIf(missing !== undefined)(`SIGUSR1 on a live capture${skipNote(missing)}`, () => {
  const lab = new Lab(`tu${process.pid}`);
  const run = (...args: string[]) => new Running([...lab.on('h1'), process.execPath, COMMAND, ...args]);
  /** Of the processes that ip netns exec has become, and those that it has started. */
  const processesOf = ({ child }: Running) => [child.pid as number, ...childrenOf(child.pid)];

  beforeAll(async () => {
    await lab.up();
    await lab.tunnel('socat');
    lab.ping(1);
  });
  afterAll(() => lab.down());

  it.each<[args: string[], kept: RegExp]>([
    [LINES, /^tunnelscope: 2 packets captured, 2 packets received by filter, 0 packets dropped by kernel$/m],
    [
      [...LINES, '--engine', 'cap'],
      /^tunnelscope: 2 packets captured, packets dropped by the kernel: not known \(.*\)$/m,
    ],
  ])('%j: the counts so far, as tcpdump has them, and packets keep coming', async (args, counts) => {
    const command = run('-i', 'eth0', ...args, 'udp port 9000');
    await command.capturing();
    lab.ping(1);
    await command.until(({ stdout }) => stdout.split('\n').length > 2);
    command.child.kill('SIGUSR1');
    await command.until(({ stderr }) => counts.test(stderr));
    lab.ping(1);
    await command.until(({ stdout }) => stdout.split('\n').length > 4);
    expect(await command.end('SIGINT')).toBe(0);
    expect(command.stderr).toMatch(/^4 packets captured$/m);
  });

  it.each([
    [['-i', 'eth0', ...LINES]],
    [['-i', 'eth0', '-T', 'json', '--engine', 'cap']],
    [['verify', '-i', 'eth0']],
    [['path', '-i', 'eth0', '-i', 'tun0']],
    [['explain', '-i', 'lo', '-Y', 'tcp']],
    [['snapshot', '-i', 'lo']],
  ])('%j: no process of it listens', async (args) => {
    const command = run(...args);
    await command.capturing();
    for (const pid of processesOf(command)) process.kill(pid, 'SIGUSR1');
    await command.until(({ stderr }) => /packets captured, /.test(stderr));
    for (const pid of processesOf(command)) expect(listeningPorts(pid)).toEqual([]);
    command.child.kill('SIGINT');
    await command.end('SIGINT');
    expect(command.stderr).not.toContain('Debugger');
  });

  it.each([[[]], [['--engine', 'cap']]])(
    'signalled while it starts %j: nothing listens once it captures',
    async (args) => {
      const command = run('-i', 'eth0', ...LINES, ...args);
      // From when Node has installed its handler: before, the signal ends a process.
      await handling(command.child.pid, 'SIGUSR1');
      command.child.kill('SIGUSR1');
      await command.capturing();
      for (const pid of processesOf(command)) expect(listeningPorts(pid)).toEqual([]);
      expect(await command.end('SIGINT')).toBe(0);
    },
  );
});
