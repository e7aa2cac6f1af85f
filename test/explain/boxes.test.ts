import { describe, expect, it } from 'vitest';
import { boxRows, placeBoxes } from '../../src/explain/boxes.ts';
import { lessonFrom } from '../support/lessons.ts';

describe('boxes in boxes', () => {
  it('are to scale', async () => {
    const { steps } = await lessonFrom('fixtures/socat.pcap', 1);
    // 130 bytes in 131 cells: a cell a byte.
    expect(placeBoxes(steps, 131).map(({ left }) => left)).toEqual([0, 14, 34, 42, 46, 66, 74]);
    expect(placeBoxes(steps, 131).every(({ right }) => right === 130)).toBe(true);
  });

  it.each([20, 60, 80, 200])('keep every left edge apart in %i columns', async (columns) => {
    const { steps } = await lessonFrom('fixtures/vxlan.pcap', 1);
    const lefts = placeBoxes(steps, columns).map(({ left }) => left);
    for (const [i, left] of lefts.entries()) if (i > 0) expect(left).toBeGreaterThan(lefts[i - 1] as number);
    for (const row of boxRows(steps, columns)) expect([...row].length).toBe(columns);
  });

  it('name each layer with its bytes, and end where what they carry ends', async () => {
    const { steps } = await lessonFrom('fixtures/socat.pcap', 1);
    const rows = boxRows(steps, 80);
    expect(rows).toHaveLength(steps.length + 1);
    expect(rows[0]).toMatch(/^┌ Ethernet 14 bytes ─+┐$/);
    expect(rows[1]).toMatch(/^│ +┌ IPv4 20 bytes {2}10\.1\.0\.10 → 10\.2\.0\.10 ─+┤$/);
    expect(rows[6]).toMatch(/┌ Data 56 bytes ─+┤$/);
    expect(rows[7]).toMatch(/^└─+14─+┴─+20─+┴─+8─*┴4┴─+20─+┴─*8─+┴─+56─+┘$/);
  });
  it('that were taken off leave their names where they were', async () => {
    const { steps } = await lessonFrom('fixtures/socat.pcap', 1);
    const rows = boxRows(steps, 80, 2);
    expect(rows.map((row) => row.length)).toEqual(new Array(8).fill(80));
    expect(rows[0]).toMatch(/^ {2}Ethernet 14 bytes \(off\) *$/);
    expect(rows[1]).toMatch(/^ +IPv4 20 bytes \(off\) *$/);
    expect(rows[2]).toMatch(/^ +┌ UDP 8 bytes ─+┐$/);
    expect(rows[7]).toMatch(/^ +14 +20 +└─+8─*┴4┴─+20─+┴─*8─+┴─+56─+┘$/);
  });
});
