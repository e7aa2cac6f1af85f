/** Pings that were under way when the capture ended, in real pings cut off there; and what is said of them. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { formatPathReport } from '../../src/path/path-report.ts';
import { createPathTracker } from '../../src/path/path-tracker.ts';
import type { PathView } from '../../src/path/path-view.ts';
import { createLadders } from '../../src/picture/ladder.ts';
import { ladderMermaid } from '../../src/picture/ladder-mermaid.ts';
import { ladderDrawing } from '../../src/picture/ladder-svg.ts';
import { ladderLines } from '../../src/picture/ladder-text.ts';
import { marksOf } from '../../src/picture/topology.ts';

/** Four pings, each seen 20 times: at ten points there, and back. Three that are lost at the tunnel's far end. */
const ANSWERED = 'fixtures/socat-points.pcapng';
const LOST = 'fixtures/path/far-end-missing.pcapng';

/** @param count packets after which the capture ends. @param ended when, as far as that is known */
async function viewOf(file: string, count: number, ended?: number): Promise<PathView> {
  const source = await openCaptureFile(file);
  try {
    const tracker = createPathTracker({ interfaces: source.interfaces });
    const batch = await source.next();
    if (batch !== undefined) tracker.batch(batch, count);
    return tracker.view(
      () => undefined,
      false,
      undefined,
      () => ended,
    );
  } finally {
    await source.close();
  }
}

const endsOf = ({ rows }: PathView) => rows.map(({ endedAfter }) => endedAfter);

describe('a ping was under way', () => {
  it.each([
    ['as a file ended sooner than answers came', 25, undefined, [undefined, 0]],
    ['as that many packets were asked for', 5, 0, [0]],
    ['on its way back', 15, 0, [0]],
  ])('%s', async (_, count, ended, ends) => {
    expect(endsOf(await viewOf(ANSWERED, count, ended))).toEqual(ends);
  });

  it('as a capture was stopped within a second after it', async () => {
    const { rows } = await viewOf(ANSWERED, 5);
    const [last] = rows[0]?.request.slice(-1) ?? [];
    const at = (milliseconds: number) => viewOf(ANSWERED, 5, Number(last?.time) + milliseconds / 1000);
    const [soon, late] = [endsOf(await at(900)), endsOf(await at(1100))];
    expect(soon).toEqual([expect.closeTo(900, 0)]);
    expect(late).toEqual([undefined]);
  });
});

describe('a ping was not under way', () => {
  it.each([
    ['where an ICMP error says why it was lost', LOST, 1000],
    ['where all were answered', ANSWERED, 1000],
  ])('%s', async (_, file, count) => {
    expect(new Set(endsOf(await viewOf(file, count)))).toEqual(new Set([undefined]));
  });
});

it('a ping alone at the end of a file that does not say when it ended: a note says so', async () => {
  const view = await viewOf(ANSWERED, 5);
  expect(endsOf(view)).toEqual([undefined]);
  expect(view.notes).toEqual([expect.stringContaining('when the capture ended is not known')]);
});

// isb_endtime of each interface: 91 9c ec 18, 00 17 2c 75, 0x18ec9c91752c1700 ns. tshark has the last packet 1 s before it.
it('a file says when it ended', async () => {
  const source = await openCaptureFile('fixtures/lessons/fault-2/way.pcapng');
  while ((await source.next()) !== undefined);
  const { endedAt } = source.statistics();
  await source.close();
  expect(endedAt?.map((end) => end?.toFixed(6))).toEqual(new Array(4).fill('1795982499.964000'));
});

describe('it is said', () => {
  it('in the report, at the ping and below', async () => {
    const text = formatPathReport(await viewOf(ANSWERED, 5, 0), { width: 200 });
    expect(text).toMatch(/ no answer yet\n/);
    expect(text).toContain('; the capture ended then: it may have been under way');
    expect(text).toContain('note: the capture ended while 1 ping was under way: whether it was answered');
  });

  it('in each ladder, without the cross of a loss', async () => {
    const [ladder] = createLadders(await viewOf(ANSWERED, 25), 'lost', 9);
    if (ladder === undefined) throw new Error('no ladder');
    const text = ladderLines(ladder, 120).join('\n');
    expect(text).toContain('╌╌?');
    expect(text).toContain('╌? the capture ended');
    expect(text).not.toMatch(/╌✕/);
    expect(ladderMermaid(ladder)).toMatch(/ {2}p(\d)--xp\1: no answer yet: request last seen at /);
    const { picture } = ladderDrawing(ladder);
    expect(picture.text).toMatch(/class="x b">\?</);
    expect(picture.text).toContain('no answer yet');
  });

  it('over the devices: where it was seen last is no loss', async () => {
    const marks = [...marksOf(await viewOf(ANSWERED, 5, 0)).values()];
    expect(marks.at(-1)).toBe('open');
    expect(marks).not.toContain('last');
  });
});
