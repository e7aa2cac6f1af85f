/** Commands that a shell runs, held against the same ones started by Node. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Run, withShell } from '../../../src/lab/network/command-shell.ts';
import { missingForNamespaces, skipNote } from '../../support/lab.ts';
import { labName } from '../../support/networks.ts';
import { childrenOf } from '../../support/processes.ts';

const missing = missingForNamespaces('ping', 'sysctl');

describe.skipIf(missing !== undefined)(`commands by a shell that stays${skipNote(missing)}`, () => {
  const namespace = labName('s');
  beforeAll(() => {
    spawnSync('ip', ['netns', 'add', namespace]);
  });
  afterAll(() => {
    spawnSync('ip', ['netns', 'del', namespace]);
  });
  const inside = ['ip', 'netns', 'exec', namespace];
  const shellChildren = () => childrenOf(process.pid);

  it.each<readonly string[]>([
    ['ip', '-n', namespace, 'link', 'show', 'lo'],
    ['ip', '-n', namespace, 'link', 'set', 'lo', 'alias', `it's "$(id)"; \\\n* {h1} é`],
    ['ip', '-n', namespace, 'link', 'show', 'lo'],
    ['ip', '-n', namespace, 'link', 'set', 'nosuch', 'up'],
    ['ip', '-n', namespace, 'link', 'set', 'lo', 'mtu', 'x'],
    ['ip', '-n', 'no-such-namespace', 'link'],
    ['ip', 'nosuch'],
    ['ip', '-force', '-batch', '-'],
    [...inside, 'sysctl', 'net.ipv4.ip_forward'],
    [...inside, 'sysctl', '-w', 'net.nosuch=1'],
    [...inside, 'ping', '-c', '1', '-W', '1', 'nosuch.'],
    [...inside, 'sh', '-c', 'echo out; echo err >&2; exit 7'],
    [...inside, 'nosuch'],
  ])('%j answers as it does to Node', async (...words) => {
    const [program = '', ...args] = words;
    const answer = await withShell((run) => run(words));
    const { status, stdout, stderr } = spawnSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    expect(answer).toEqual({ status, stdout, stderr });
  });

  it('one shell for all of them, gone afterwards', async () => {
    const before = shellChildren();
    const during = await withShell(async (run) => {
      const counts: number[] = [];
      for (let i = 0; i < 3; i++) {
        await run(['ip', '-V']);
        counts.push(shellChildren().length - before.length);
      }
      return counts;
    });
    expect(during).toEqual([1, 1, 1]);
    expect(shellChildren()).toEqual(before);
  });

  it('also where what is done with it fails', async () => {
    const before = shellChildren();
    const failing = async (run: Run) => {
      await run(['ip', '-V']);
      throw new Error('so');
    };
    await expect(withShell(failing)).rejects.toThrow('so');
    expect(shellChildren()).toEqual(before);
  });

  it('a command is ended early, and the shell runs the next', async () => {
    const abortion = new AbortController();
    const answers = await withShell(async (run) => {
      await run(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
      // Never ends by itself.
      const pings = run([...inside, 'ping', '-q', '127.0.0.1'], abortion.signal);
      abortion.abort();
      return [await pings, await run(['ip', '-V'])];
    });
    expect(answers.map(({ status }) => status)).toEqual([-1, 0]);
    expect(answers[1]?.stdout).toMatch(/^ip utility/);
  });
});
