/** Our own instances of the kernel's tracing: removed however we end, apart from each other, and from everybody else's. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDevicePlaces } from '../../../src/host/drops/device-places.ts';
import { openDropWatch } from '../../../src/host/drops/drop-watch.ts';
import { TracingUnavailableError } from '../../../src/host/drops/tracefs.ts';
import { COMMAND, inProcess } from '../../support/command.ts';
import { missingForNamespaces, NOBODY, skipNote } from '../../support/lab.ts';
import { PATIENCE } from '../../support/patience.ts';
import { instances, missingForTracing, withTracing } from '../../support/raw-trace.ts';
import { Running } from '../../support/running.ts';

const missing = missingForNamespaces('unshare') ?? missingForTracing();
const NAMESPACE = `ti${process.pid}`;

const start = () => new Running([process.execPath, COMMAND, 'path', '-i', `${NAMESPACE}:lo`, '--why']);
const of = ({ child }: Running) => instances().filter((name) => name.startsWith(`tunnelscope-${child.pid}-`));

/** Numbers of the processes that it has started. */
function children({ child }: Running): number[] {
  return execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)
    .map(Number);
}

/** What somebody else may have set: the machine's own buffer and events. */
const EVERYTHING =
  'cat trace_clock tracing_on buffer_size_kb current_tracer set_event events/enable options/hash-ptr options/sym-offset trace_options';

describe.skipIf(missing !== undefined)(`instances of the kernel’s tracing${skipNote(missing)}`, () => {
  beforeAll(() => {
    execFileSync('ip', ['netns', 'add', NAMESPACE]);
    execFileSync('ip', ['-n', NAMESPACE, 'link', 'set', 'lo', 'up']);
  });
  afterAll(() => execFileSync('ip', ['netns', 'del', NAMESPACE]));

  it('two while it runs, none when it has ended', async () => {
    const running = start();
    await running.capturing();
    expect(of(running)).toHaveLength(2);
    await running.end('SIGINT');
    expect(of(running)).toEqual([]);
  });

  it('kill -9: none is left', async () => {
    const running = start();
    await running.capturing();
    await running.end('SIGKILL');
    await expect.poll(() => of(running), { timeout: PATIENCE }).toEqual([]);
  });

  it('kill -9 of what removes them as well: the next start does, and leaves alone what is in use or another’s', async () => {
    const foreign = ['tunnelscope', 'tunnelscope-1-x', `other-${process.pid}`];
    const inUse = start();
    const running = start();
    await Promise.all([inUse.capturing(), running.capturing()]);
    expect(withTracing(foreign.map((name) => `mkdir instances/${name}`).join('\n')).status).toBe(0);
    try {
      for (const pid of children(running)) process.kill(pid, 'SIGKILL');
      await running.end('SIGKILL');
      expect(of(running)).toHaveLength(2);
      const next = start();
      await next.capturing();
      expect(of(running)).toEqual([]);
      expect(of(inUse)).toHaveLength(2);
      expect(of(next)).toHaveLength(2);
      expect(instances()).toEqual(expect.arrayContaining(foreign));
      await Promise.all([next.end('SIGINT'), inUse.end('SIGINT')]);
    } finally {
      withTracing(foreign.map((name) => `rmdir instances/${name}`).join('\n'));
    }
  });

  it('somebody else’s tracing goes on as it was', async () => {
    const event = 'events/net/net_dev_queue/enable';
    expect(withTracing(`echo 1 > ${event}`).status).toBe(0);
    try {
      const before = withTracing(EVERYTHING).stdout;
      const [one, other] = [start(), start()];
      await Promise.all([one.capturing(), other.capturing()]);
      expect(withTracing(EVERYTHING).stdout).toBe(before);
      execFileSync('ip', ['netns', 'exec', NAMESPACE, 'ping', '-c', '1', '127.0.0.1']);
      await one.end('SIGINT');
      await other.end('SIGKILL');
      await expect.poll(() => of(other), { timeout: PATIENCE }).toEqual([]);
      expect(withTracing(EVERYTHING).stdout).toBe(before);
      expect(withTracing(`cat ${event}`).stdout).toBe('1\n');
      // And the packet that was sent meanwhile is in it.
      expect(withTracing('cat trace').stdout).toMatch(/net_dev_queue: dev=lo/);
    } finally {
      withTracing(`echo 0 > ${event}`);
    }
  });
});

const FORMAT = (more: string) => `name: kfree_skb
ID: 7
format:
\tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;
${more}
print fmt: ""
`;

describe('kernels that do not tell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tracing-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function open(events: Readonly<Record<string, string>>): unknown {
    rmSync(folder, { recursive: true });
    mkdirSync(join(folder, 'instances'), { recursive: true });
    for (const [event, format] of Object.entries(events)) {
      mkdirSync(join(folder, 'events', event), { recursive: true });
      writeFileSync(join(folder, 'events', event, 'format'), format);
    }
    return openDropWatch(createDevicePlaces({ namespaces: [], unseen: [] }), [folder]);
  }

  const REASON = '\tfield:enum skb_drop_reason reason;\toffset:36;\tsize:4;\tsigned:0;';
  it.each<[what: string, events: Record<string, string>, message: RegExp]>([
    ['no such event', {}, /^this kernel has no trace event skb\/kfree_skb$/],
    [
      'before Linux 5.17: no reasons',
      { 'skb/kfree_skb': FORMAT('') },
      /^this kernel gives no reasons for drops: they need Linux 5\.17 or later$/,
    ],
    [
      'no events of devices',
      { 'skb/kfree_skb': FORMAT(REASON) },
      /^this kernel has no trace event net\/netif_receive_skb$/,
    ],
  ])('%s: one line', (_, events, message) => {
    expect(() => open(events)).toThrow(TracingUnavailableError);
    expect(() => open(events)).toThrow(message);
  });
});

const missingOther = missing ?? (process.getuid?.() === 0 ? undefined : 'needs root');
describe.skipIf(missingOther !== undefined)(`without rights${skipNote(missingOther)}`, () => {
  it('drops: one line, and the exit code of what could not be carried out', () => {
    const [program = '', ...words] = [...NOBODY, process.execPath, COMMAND, 'drops'];
    const running = new Running([program, ...words]);
    return running.end().then((status) => {
      expect(status).toBe(2);
      expect(running.stdout).toBe('');
      expect(running.stderr).toMatch(
        /^tunnelscope: no reasons for drops from the kernel: only root can read them: run with sudo.*\n$/,
      );
    });
  });

  it.each([
    [['path', '-r', 'fixtures/socat.pcap', '--why'], /--why is for live capture; use it with -i/],
    [['-i', 'lo', '-T', 'line', '--why'], /--why is for lost pings; use it with path, verify/],
    [['drops', '-i', 'no-such-device'], /no such interface: no-such-device \(available: /],
    [['drops', '-i', ''], /^tunnelscope: "" is not an interface name \(available: /],
  ])('%j is refused in one line', (words, message) => {
    const { status, stderr } = inProcess(words);
    expect(status).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(message);
  });
});
