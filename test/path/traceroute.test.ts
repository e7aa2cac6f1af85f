/** Probes of traceroute and mtr on their way: a router where the hops ran out is an answer, where the rule of `verify` says so. */
import { expect, it } from 'vitest';
import { formatPathReport } from '../../src/path/path-report.ts';
import { createPathTracker } from '../../src/path/path-tracker.ts';
import { createLadders } from '../../src/picture/ladder.ts';
import { marksOf } from '../../src/picture/topology.ts';
import { pathOf } from '../support/path-views.ts';
import { decoder, echo, icmpError, sourceOf, type TimedPacket } from '../support/pings.ts';

const [NEAR, FAR] = ['172.16.0.1', '172.20.0.1'];
const MS = 1e6;

/** A request with hops left at two points, and what comes of it: a router beyond the second says that they ran out, or the answer. */
function probe(ident: number, seq: number, ttl: number, from: string | 'answered'): TimedPacket[] {
  const start = seq * 100 * MS + ident * MS;
  const at = (point: number, milliseconds: number, bytes: Uint8Array): TimedPacket => ({
    interfaceIndex: point,
    time: start + milliseconds * MS,
    bytes,
  });
  const there = at(0, 0, echo({ ident, seq, ttl }));
  if (from === NEAR) return [there, at(0, 1, icmpError(NEAR, 11, 0, echo({ ident, seq, ttl })))];
  const further = echo({ ident, seq, ttl: ttl - 1 });
  if (from === FAR) return [there, at(1, 0.1, further), at(1, 1, icmpError(FAR, 11, 0, further))];
  const back = [at(1, 0.5, echo({ ident, seq, reply: true })), at(0, 0.6, echo({ ident, seq, reply: true }))];
  return [there, at(1, 0.1, further), ...back];
}

const TRACE = [
  ...probe(1, 1, 1, NEAR),
  ...probe(1, 2, 2, FAR),
  ...probe(1, 3, 3, 'answered'),
  ...probe(1, 4, 4, 'answered'),
];
/** The same way, and hops that run out as in a loop. */
const LOOP = [...probe(2, 5, 20, FAR), ...probe(2, 6, 3, 'answered')];

it('a router that lets a probe run out answers it', async () => {
  const view = await pathOf(TRACE);
  expect(view).toMatchObject({ verdict: 'pass', pings: 4, answered: 4, requestsLost: 0, repliesLost: 0 });
  expect(view.ways).toMatchObject([{ pings: 4, answered: 4, lost: [] }]);
  expect(view.rows.map(({ hop, answered, lastSeen, error }) => [hop, answered, lastSeen, error])).toEqual([
    [{ ttl: 1, from: NEAR }, true, null, null],
    [{ ttl: 2, from: FAR }, true, null, null],
    [undefined, true, null, null],
    [undefined, true, null, null],
  ]);
});

it('is said where the others’ round trips are, and is not drawn as a loss', async () => {
  const view = await pathOf(TRACE);
  const report = formatPathReport(view);
  expect(report).toContain('  hop 1, 172.16.0.1 answered\n');
  expect(report).toContain('  hop 2, 172.20.0.1 answered\n');
  expect(report).not.toMatch(/LOST|loop/);
  const [ladder] = createLadders(view, 'all', 10);
  expect(
    ladder?.pings.map(({ total, isLost, request, reason }) => [total, isLost, request.isLost, reason]),
  ).toEqual([
    ['hop 1, 172.16.0.1 answered', false, false, ''],
    ['hop 2, 172.20.0.1 answered', false, false, ''],
    ['0.600 ms', false, false, ''],
    ['0.600 ms', false, false, ''],
  ]);
  expect(new Set(marksOf(view).values())).toEqual(new Set(['passed']));
});

it('is lost in a loop on the same way, and in a traceroute that does not arrive', async () => {
  const both = await pathOf([...TRACE, ...LOOP]);
  expect(both).toMatchObject({ verdict: 'fail', pings: 6, answered: 5, requestsLost: 1 });
  expect(both.rows.filter(({ answered }) => !answered)).toMatchObject([
    { ident: 2, seq: 5, lastSeen: { direction: 'request', point: 1 }, error: 1 },
  ]);
  expect(formatPathReport(both)).toMatch(/2\/5 → .* LOST\n {2}request last seen at test1; the TTL/);
  const astray = await pathOf([...probe(1, 1, 1, NEAR), ...probe(1, 2, 2, FAR)]);
  expect(astray).toMatchObject({ verdict: 'fail', pings: 2, answered: 0, requestsLost: 2 });
  expect(astray.rows.every(({ hop }) => hop === undefined)).toBe(true);
});

it('while more come, is known once the destination has answered', async () => {
  const tracker = createPathTracker({ decoder, interfaces: sourceOf(TRACE).interfaces });
  async function hopsAfter(packets: TimedPacket[]) {
    const batch = await sourceOf(packets).next();
    if (batch !== undefined) tracker.batch(batch);
    return tracker.latest(256, 60).rows.map(({ hop, answered }) => hop?.ttl ?? answered);
  }
  expect(await hopsAfter([...probe(1, 1, 1, NEAR), ...probe(1, 2, 2, FAR)])).toEqual([false, false]);
  expect(await hopsAfter(probe(1, 3, 3, 'answered'))).toEqual([1, 2, true]);
  expect(tracker.view(() => undefined)).toMatchObject({ pings: 3, answered: 3 });
});
