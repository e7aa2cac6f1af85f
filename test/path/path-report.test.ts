/** The path view as text. */
import { describe, expect, it } from 'vitest';
import { formatPathReport } from '../../src/path/path-report.ts';
import { pathOf } from '../support/path-views.ts';
import { echo } from '../support/pings.ts';

const MS = 1e6;

describe('a legend says what the table has, and nothing else', () => {
  it.each<[copies: number[], legend: string | undefined]>([
    [[1, 1], undefined],
    [[2, 1], '×2 came twice'],
    [[2, 2], '×2 came twice'],
    [[3, 1], '×3 came 3 times'],
    [[3, 5], '×N came N times'],
    [[2, 12], '×N came N times'],
  ])('requests that came %j times', async (copies, legend) => {
    const packets = copies.flatMap((count, i) => [
      ...Array.from({ length: count }, (_, copy) => ({
        interfaceIndex: 0,
        time: (i * 100 + copy) * MS,
        bytes: echo({ seq: i + 1 }),
      })),
      { interfaceIndex: 0, time: (i * 100 + 50) * MS, bytes: echo({ seq: i + 1, reply: true }) },
    ]);
    const text = formatPathReport(await pathOf(packets));
    for (const count of copies) if (count > 1) expect(text).toContain(`0×${count}`);
    expect(/× ?\S* came [^;)]*/.exec(text)?.[0]).toBe(legend);
  });
});
