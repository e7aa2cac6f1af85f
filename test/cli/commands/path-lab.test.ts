/** The lab's path at ten points: pings through a socat tunnel that arrive, and that are lost on purpose. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatPathReport } from '../../../src/path/path-report.ts';
import type { PathPing, PathView } from '../../../src/path/path-view.ts';
import { COMMAND } from '../../support/command.ts';
import { Lab, missingForLiveCapture, skipNote } from '../../support/lab.ts';
import { PATIENCE } from '../../support/patience.ts';

const missing = missingForLiveCapture();

type Point = readonly [node: string, device: string];

/** In the order of the way. */
const POINTS: readonly Point[] = [
  ['h1-ns1', 'eth0'],
  ['h1', 'br0'],
  ['h1', 'tun0'],
  ['h1', 'eth0'],
  ['rt', 'r1'],
  ['rt', 'r2'],
  ['h2', 'eth0'],
  ['h2', 'tun0'],
  ['h2', 'br0'],
  ['h2-ns1', 'eth0'],
];
const nameOf = ([node, device]: Point) => `${node}:${device}`;
const NAMES = POINTS.map(nameOf);

describe.skipIf(missing !== undefined)(`the lab’s path${skipNote(missing)}`, () => {
  const lab = new Lab(`tp${process.pid}`);
  const prefix = `${lab.name}-`;
  const folder = mkdtempSync(join(tmpdir(), 'path-lab-'));

  beforeAll(() => lab.up());
  afterAll(async () => {
    await lab.down();
    rmSync(folder, { recursive: true });
  });

  /** What the command, capturing in all namespaces at once, sees at the points while `run` runs. */
  async function pathWhile(points: readonly Point[], run: () => void, ...more: string[]): Promise<Seen> {
    const interfaces = points.flatMap(([node, device]) => ['-i', `${prefix}${node}:${device}`]);
    const args = [
      COMMAND,
      'path',
      '--engine',
      'ring',
      '-T',
      'json',
      ...interfaces,
      ...more,
      'icmp',
      'or',
      'udp',
    ];
    const command = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(command, 'close');
    let [stdout, stderr] = ['', ''];
    command.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    command.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    while (!stderr.includes('capturing on')) {
      await Promise.race([once(command.stderr, 'data'), ended]);
      if (command.exitCode !== null) throw new Error(`ended early: ${stderr}`);
    }
    run();
    command.kill('SIGINT');
    await ended;
    return new Seen(command.exitCode, JSON.parse(stdout) as PathView, prefix);
  }

  it('four pings through the tunnel: ten points there, ten points back', async () => {
    await lab.tunnel('socat');
    lab.ping(1);
    const { status, view, names, text } = await pathWhile(POINTS, () => {
      expect(lab.ping(4)).toContain('4 received');
    });
    expect(status).toBe(0);
    expect(view).toMatchObject({ verdict: 'pass', pings: 4, answered: 4, notes: [] });
    expect(view.points.map(({ dropped }) => dropped)).toEqual(NAMES.map(() => 0));
    expect(view.rows.map((row) => row.seq)).toEqual([1, 2, 3, 4]);
    for (const row of view.rows) {
      expect(names(row, 'request')).toEqual(NAMES);
      expect(names(row, 'reply')).toEqual(NAMES.toReversed());
      // One clock and one way: no step can take less than no time.
      for (const { elapsed } of [...row.request, ...row.reply].slice(1))
        expect(elapsed).toBeGreaterThanOrEqual(0);
      const changes = row.request.map((sighting) => sighting.changes.join(', '));
      expect(changes).toEqual([
        ...['', '', 'TTL 64→63', '+tunpi 10.1.0.10 → 10.2.0.10 udp 9000 → 9000', '', 'outer TTL 64→63', ''],
        ...['-tunpi', 'TTL 63→62', ''],
      ]);
    }
    expect(text).toContain('PASS  4 of 4 pings answered, at 10 points');
  });

  it('the router drops replies: they were last seen on its far side', async () => {
    await lab.tunnel('socat');
    lab.ping(1);
    const route = [...lab.on('rt'), 'ip', 'route'];
    const change = (...words: string[]) => {
      const [command, ...args] = [...route, ...words, 'blackhole', '10.1.0.10/32'];
      execFileSync(command as string, args);
    };
    change('add');
    try {
      const { status, view, names, text } = await pathWhile(POINTS, () => {
        expect(lab.ping(2)).toContain('0 received');
      });
      expect(status).toBe(1);
      expect(view).toMatchObject({ pings: 2, answered: 0, requestsLost: 0, repliesLost: 2 });
      for (const row of view.rows) {
        expect(names(row, 'request')).toEqual(NAMES);
        expect(names(row, 'reply')).toEqual(['h2-ns1:eth0', 'h2:br0', 'h2:tun0', 'h2:eth0', 'rt:r2']);
        expect(view.points[row.lastSeen?.point as number]?.name).toBe('rt:r2');
      }
      expect(text).toContain('reply last seen at rt:r2');
    } finally {
      change('del');
    }
  });

  it('the far socat is stopped: last seen where its host takes it, and the error that explains it', async () => {
    await lab.tunnel('socat');
    lab.ping(1);
    process.kill(lab.processOf('h2-tunnel') as number);
    const [command, ...args] = [...lab.on('h2'), 'ip', 'link', 'show', 'tun0'];
    await expect.poll(() => canRun(command as string, args), { timeout: PATIENCE }).toBe(false);
    // Without the far end its TUN device is gone too.
    const points = POINTS.filter((point) => nameOf(point) !== 'h2:tun0');
    const drawn = join(folder, 'topology.svg');
    const ping = () => expect(lab.ping(1)).toContain('0 received');
    const { status, view, names, text } = await pathWhile(points, ping, '--topology', drawn);
    expect(status).toBe(1);
    const [row] = view.rows as [PathPing];
    expect(names(row, 'request')).toEqual(NAMES.slice(0, 7));
    expect(view.points[row.lastSeen?.point as number]?.name).toBe('h2:eth0');
    // Drawn over this machine's devices: five passed, and a sixth in red, where it died.
    const devices = [...readFileSync(drawn, 'utf8').matchAll(/class="b( t)?( x)?">[^<]*?(\w+) ([●✕])</g)];
    expect(
      devices.filter(([, , red]) => red !== undefined).map(([, , , name, sign]) => `${name} ${sign}`),
    ).toEqual(['eth0 ✕']);
    expect(
      devices
        .filter(([, , red]) => red === undefined)
        .map(([, , , name]) => name)
        .sort(),
    ).toEqual(['eth0', 'br0', 'tun0', 'eth0', 'r1', 'r2'].sort());
    expect(view.errors[row.error as number]).toMatchObject({ code: 'outer-port-unreachable' });
    expect(text).toContain(
      'request last seen at h2:eth0; 10.2.0.10 answers that nothing listens on UDP 9000: start the tunnel',
    );
  });
});

class Seen {
  readonly status: number | null;
  readonly view: PathView;
  readonly text: string;

  /** @param prefix of the lab's namespaces, which is left out of names */
  constructor(status: number | null, view: PathView, prefix: string) {
    this.status = status;
    this.view = {
      ...view,
      points: view.points.map((point) => ({ ...point, name: point.name.replace(prefix, '') })),
    };
    this.text = formatPathReport(this.view).replace(/\n {4,}/g, ' ');
  }

  names = (ping: PathPing, direction: 'request' | 'reply') =>
    ping[direction].map(({ point }) => this.view.points[point]?.name);
}

function canRun(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
