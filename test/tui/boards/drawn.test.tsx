/** What `d` draws: the ping as a ladder on the path board, round trips as a heat map on the ping board. */
import { afterEach, describe, expect, it } from 'vitest';
import { cleanup, showFile } from '../support/screen.ts';

afterEach(cleanup);

describe('on the path board', () => {
  it('the ping is a ladder, with the envelope from tun0 to tun0; and a table again', async () => {
    const shown = await showFile('fixtures/socat-points.pcapng', 140, 30);
    await shown.press('6', 'd');
    const text = shown.rows();
    const there = text.find((row) => /^\d+ →/.test(row)) ?? '';
    // Ten points: nine moves, of which the four from h1's eth0 to h2's tun0 are in the envelope or come out of it.
    expect(there.match(/▶/g)).toHaveLength(9);
    expect(
      there
        .split('│')
        .slice(1, 10)
        .map((part) => part.includes('═')),
    ).toEqual([...[false, false, false], ...[true, true, true], ...[false, false, false]]);
    expect(text.every((row) => row.length === 140)).toBe(true);
    expect(shown.styled().join('')).toContain('═');
    await shown.press('d');
    expect(shown.rows().join('\n')).toContain('headers around the ping here');
  });

  it('is a table where the terminal is too narrow for the points', async () => {
    const shown = await showFile('fixtures/socat-points.pcapng', 80, 30);
    await shown.press('6', 'd');
    expect(shown.rows().join('\n')).toContain('headers around the ping here');
  });

  it('a lost one ends in a cross', async () => {
    const shown = await showFile('fixtures/path/far-end-missing.pcapng', 120, 30);
    await shown.press('6', 'd');
    expect(shown.rows().find((row) => /^\d+ →/.test(row))).toMatch(/╌╌✕ +LOST/);
  });
});

describe('on the ping board', () => {
  it.each([
    [80, 24],
    [132, 40],
  ])('at %d by %d, round trips are a heat map, losses marked below it', async (columns, rows) => {
    const shown = await showFile('fixtures/findings/late-replies.pcap', columns, rows);
    await shown.press('2', 'd');
    const text = shown.rows();
    expect(text.map((row) => row.length)).toEqual(new Array(rows).fill(columns));
    const edge = text.findIndex((row) => /^ +lost [×─]+/.test(row));
    expect(edge).toBeGreaterThan(0);
    expect(text[edge + 1]).toMatch(/over [\d.]+ \w+ from \d\d:\d\d:\d\d UTC: \d+ repl(y|ies), \d+ lost/);
    expect(text.slice(0, edge).join('')).toMatch(/[▀▄█]/);
    await shown.press('d');
    expect(shown.rows().some((row) => /^ +lost [×─]+/.test(row))).toBe(false);
  });
});
