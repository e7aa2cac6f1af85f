import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedIdentity } from '../../../src/host/namespace.ts';
import { processesIn } from '../../../src/lab/network/processes.ts';
import { missingForLiveCapture, skipNote } from '../../support/lab.ts';
import { labName } from '../../support/networks.ts';

const missing = missingForLiveCapture();

/** Node's own first thread goes into the namespace and stays there; its other threads are where they were. */
const VISITOR = `
const libc = require('koffi').load(null);
const descriptor = require('fs').openSync('/var/run/netns/' + process.argv[1]);
if (libc.func('int setns(int, int)')(descriptor, 0x40000000) !== 0) process.exit(1);
console.log('inside');
setInterval(() => {}, 1000);
`;

describe.skipIf(missing !== undefined)(`processes in a namespace${skipNote(missing)}`, () => {
  const namespace = labName('v');
  const children: ChildProcess[] = [];
  const start = async (words: readonly [string, ...string[]]) => {
    const [program, ...args] = words;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await once(child.stdout, 'data');
    return child.pid;
  };

  beforeAll(() => {
    spawnSync('ip', ['netns', 'add', namespace]);
  });
  afterAll(async () => {
    for (const child of children) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    spawnSync('ip', ['netns', 'del', namespace]);
  });

  it('are those that live there, also with several threads, and not who looks in with one of them', async () => {
    const { execPath } = process;
    const inside = ['ip', 'netns', 'exec', namespace] as const;
    const visitor = await start([execPath, '-e', VISITOR, namespace]);
    const resident = await start([...inside, 'sh', '-c', 'echo here; exec sleep 600']);
    const threaded = await start([...inside, execPath, '-e', 'console.log(1); setInterval(() => {}, 1000)']);
    const found = processesIn(new Set([namedIdentity(namespace)?.inode ?? 0]));
    expect(found).toEqual(expect.arrayContaining([resident, threaded]));
    expect(found).not.toContain(visitor);
  });
});
