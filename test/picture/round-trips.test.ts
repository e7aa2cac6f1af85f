/** Round trips over time: what is drawn is what tshark computes; and nothing is lost when cells are put together. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { svgDocument } from '../../src/drawing/svg.ts';
import type { PingEvent } from '../../src/exchange/ping/ping-events.ts';
import { millisecondsAt, ROWS, recordRoundTrips } from '../../src/picture/round-trips.ts';
import { roundTripsDrawing } from '../../src/picture/round-trips-svg.ts';
import { createPingTracker } from '../../src/verdict/verify.ts';

async function gathered(file: string) {
  const recorder = recordRoundTrips();
  const source = await openCaptureFile(file);
  const tracker = createPingTracker({ onEvent: recorder.tell, wants: recorder.wants });
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    tracker.batch(batch, source.interfaces);
  }
  tracker.tick(Number.POSITIVE_INFINITY);
  await source.close();
  return recorder.roundTrips();
}

const withoutTshark = spawnSync('which', ['tshark']).status !== 0;

describe.skipIf(withoutTshark)(
  `as tshark's icmp.resptime${withoutTshark ? ' (SKIPPED: needs tshark)' : ''}`,
  () => {
    it.each(['fixtures/vxlan.pcap', 'fixtures/ipip.pcap'])('%s', async (file) => {
      const { rows } = await gathered(file);
      const { stdout } = spawnSync(
        'tshark',
        ['-r', file, '-Y', 'icmp.resptime', '-T', 'fields', '-e', 'icmp.resptime'],
        {
          encoding: 'utf8',
        },
      );
      const expected = stdout.trim().split('\n').map(Number);
      const drawn = rows.flatMap(({ dots }) => dots ?? []).map(({ rtt }) => rtt as number);
      expect(drawn.map((rtt) => rtt.toFixed(3))).toEqual(expected.map((rtt) => rtt.toFixed(3)));
    });
  },
);

it('a lost one has no round trip, and a cross on the axis', async () => {
  const found = await gathered('fixtures/half.pcap');
  expect(found.rows[0]).toMatchObject({ name: '172.16.0.2 → 172.16.1.2', answered: 0, unanswered: 4 });
  expect(found.rows[0]?.dots?.map(({ rtt }) => rtt)).toEqual([null, null, null, null]);
  const svg = svgDocument('x', roundTripsDrawing([{ roundTrips: found }]));
  expect(svg.match(/class="lostway"/g)).toHaveLength(4);
});

it('of two captures: each has its name, and its findings where their first packet is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-trips-'));
  const svg = join(folder, 'trips.svg');
  const files = ['fixtures/vxlan.pcap', 'fixtures/half.pcap'];
  const run = spawnSync(process.execPath, ['dist/cli.js', 'verify', ...files, '--svg', svg], {
    encoding: 'utf8',
  });
  const text = readFileSync(svg, 'utf8');
  rmSync(folder, { recursive: true });
  expect({ stderr: run.stderr, status: run.status }).toEqual({ stderr: '', status: 1 });
  const titles = [...text.matchAll(/class="h">([^<]*)</g)].map(([, title]) => title);
  expect(titles).toEqual([
    '172.16.0.2 → 172.16.1.2 in vxlan.pcap: 4 answered, 0 lost',
    '172.16.0.2 → 172.16.1.2 in half.pcap: 0 answered, 4 lost',
  ]);
  expect(text).toContain('>outer-port-unreachable (packet 2)</text>');
});

// Before: 0.2 ms, for ten seconds. After: 20 ms, for five; and another pair of addresses, of which one ping is lost.
describe('before and after', () => {
  const [before, after] = [recordRoundTrips(), recordRoundTrips()];
  for (let i = 0; i <= 10; i++) before.tell(event(i, 1000 + i, 0.2));
  for (let i = 0; i <= 5; i++) after.tell(event(i, 5000 + i, 20));
  after.tell(event(9, 5001, undefined, '10.0.0.9'));
  const drawing = roundTripsDrawing([
    { roundTrips: before.roundTrips(), name: 'before' },
    { roundTrips: after.roundTrips(), name: 'after' },
  ]);
  const plots = drawing.picture.text.split('<g transform').slice(1);

  it('stand below each other, by their addresses', () => {
    expect(plots.map((plot) => /class="h">([^<]*)</.exec(plot)?.[1])).toEqual([
      '10.0.0.1 → 10.0.0.2 in before: 11 answered, 0 lost',
      '10.0.0.1 → 10.0.0.2 in after: 6 answered, 0 lost',
      '10.0.0.9 → 10.0.0.2 in after: 0 answered, 1 lost',
    ]);
  });

  it('have one scale: the same marks on both axes, and a second is as wide', () => {
    const scales = plots.map((plot) =>
      [...plot.matchAll(/class="q [em]">([^<]*)</g)].map(([, words]) => words),
    );
    expect(scales[0]).toEqual(['100 µs', '1 ms', '10 ms', '100 ms', '0', '2 s', '4 s', '6 s', '8 s', '10 s']);
    expect(scales.slice(1)).toEqual([scales[0], scales[0]]);
    const places = plots.map((plot) => [...plot.matchAll(/<circle[^>]* cx="([\d.]+)"/g)].map(([, x]) => x));
    expect(places[1]).toEqual(places[0]?.slice(0, 6));
  });

  it('the longer round trip is higher, by two factors of ten of three', () => {
    const [[low], [high]] = plots
      .slice(0, 2)
      .map((plot) => [...plot.matchAll(/ cy="([\d.]+)"/g)].map(([, y]) => Number(y))) as [[number], [number]];
    expect((low as number) - (high as number)).toBeCloseTo((150 * 2) / 3, 0);
  });
});

// 192.0.2.1 sends at 100, 101 and 102 s; the first is lost, which is known only after the others were answered.
it('a lost ping that was sent before all that were answered stands first', () => {
  const recorder = recordRoundTrips();
  recorder.tell(event(1, 101, 1));
  recorder.tell(event(2, 102, 1));
  recorder.tell(event(0, 100, undefined));
  const found = recorder.roundTrips();
  const { dots = [], cells, lost } = found.rows[0] as (typeof found.rows)[0];
  expect(dots.map(({ at }) => (at + found.first).toFixed(3))).toEqual(['101.000', '102.000', '100.000']);
  expect(found.first).toBeLessThanOrEqual(100);
  const column = (seconds: number) =>
    Math.floor(((seconds - found.first) / found.span) * (cells.length / ROWS));
  expect([lost[column(100)], lost.reduce((sum, one) => sum + one, 0)]).toEqual([1, 1]);
  const filled = [...cells].flatMap((count, i) => (count > 0 ? [Math.floor(i / ROWS)] : []));
  // Seconds are added up in floating point: a neighbour is as good.
  expect(filled.map((one, i) => Math.abs(one - column(101 + i)) <= 1)).toEqual([true, true]);
});

it('any order of telling keeps each ping', () => {
  const recorder = recordRoundTrips();
  for (let i = 0; i < 4000; i++) {
    const place = (i * 1237) % 4000;
    recorder.tell(event(place, 1000 + place * 3, place % 5 === 0 ? undefined : 1));
  }
  const found = recorder.roundTrips();
  const sum = (list: Iterable<number> = []) => [...list].reduce((before, one) => before + one, 0);
  expect([sum(found.rows[0]?.cells), sum(found.rows[0]?.lost)]).toEqual([3200, 800]);
  expect(found.first).toBeLessThanOrEqual(1000);
  expect(found.first + found.span).toBeGreaterThan(1000 + 3999 * 3);
});

/** @param at seconds */
function event(request: number, at: number, rtt: number | undefined, src = '10.0.0.1'): PingEvent {
  const time = (at + (rtt ?? 0) / 1000).toFixed(9);
  return {
    event: rtt === undefined ? 'unanswered' : 'reply',
    number: request + 1,
    time,
    request,
    tunnels: [],
    inner: { src, dst: '10.0.0.2' },
    ident: 1,
    seq: request & 0xffff,
    ...(rtt !== undefined && { rtt }),
  };
}

describe('many pings', () => {
  it.each([
    [5_000, 0.001],
    [5_000, 1],
    [20_000, 60],
  ])('%i of them, one each %f s: a heat map that has each', (count, gap) => {
    const recorder = recordRoundTrips();
    for (let i = 0; i < count; i++)
      recorder.tell(event(i, 1000 + i * gap, i % 10 === 9 ? undefined : 0.2 + (i % 7)));
    const { rows, span } = recorder.roundTrips();
    const [row] = rows;
    expect(row?.dots).toBeUndefined();
    const sum = (list: Uint32Array | undefined) =>
      (list ?? new Uint32Array()).reduce((before, one) => before + one, 0);
    expect([sum(row?.cells), sum(row?.lost)]).toEqual([(count * 9) / 10, count / 10]);
    expect(span).toBeGreaterThanOrEqual((count - 1) * gap);
    expect(span).toBeLessThan(count * gap * 2.1);
    const svg = svgDocument('x', roundTripsDrawing([{ roundTrips: recorder.roundTrips() }]));
    expect(svg.length).toBeLessThan(400_000);
  });

  it('each is in the cell of its round trip', () => {
    for (const rtt of [0.0001, 0.001, 0.0999, 0.1, 1, 9.99, 123, 99_999, 1e9]) {
      const recorder = recordRoundTrips();
      recorder.tell(event(0, 5, rtt));
      const { cells } = recorder.roundTrips().rows[0] as { cells: Uint32Array };
      const row = cells.indexOf(1) % ROWS;
      if (rtt >= 0.001) expect(millisecondsAt(row)).toBeLessThanOrEqual(rtt * 1.000001);
      if (row < ROWS - 1) expect(millisecondsAt(row + 1)).toBeGreaterThan(rtt * 0.999999);
    }
  });

  it('between more addresses than have a row: counted', () => {
    const recorder = recordRoundTrips();
    for (let i = 0; i < 100; i++) recorder.tell(event(i, i, 1, `10.0.1.${i % 20}`));
    expect(recorder.roundTrips()).toMatchObject({ others: 60 });
    expect(recorder.roundTrips().rows).toHaveLength(8);
  });

  it('a reply that turns out to be undelivered is a loss', () => {
    const recorder = recordRoundTrips();
    recorder.tell(event(7, 1, 2));
    recorder.tell({ ...event(7, 1, undefined), event: 'undelivered' });
    expect(recorder.roundTrips().rows[0]?.dots).toEqual([expect.objectContaining({ rtt: null })]);
  });
});

it('what was found long after the last ping is inside of the plot', async () => {
  const roundTrips = await gathered('fixtures/vxlan.pcap');
  const marks = [{ at: roundTrips.span * 3, words: 'late' }];
  const { picture } = roundTripsDrawing([{ roundTrips, marks }]);
  const [, left, width] = picture.text.match(/<rect class="box" x="(\d+)" y="\d+" width="(\d+)"/) ?? [];
  const [, at] = picture.text.match(/class="lostway dash" d="M([\d.]+) /) ?? [];
  expect(Number(at)).toBe(Number(left) + Number(width));
});
