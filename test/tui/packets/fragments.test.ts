/** Fragments on the screen: the packet that completes others shows the whole. What it holds was read off `tshark -V`. */
import { afterEach, describe, expect, it } from 'vitest';
import { FragmentNumbers } from '../../../src/tui/packets/fragment-numbers.ts';
import { cleanup, showFile } from '../support/screen.ts';

afterEach(cleanup);

describe('fragments in vxlan-fragmented.pcap', () => {
  it('are a ping in the row, the panes and the bytes of the packet that completes it', async () => {
    const shown = await showFile('fixtures/vxlan-fragmented.pcap', 180, 60);
    const list = shown.rows().filter((row) => /^ *▸? *!? *\d+ +\d+\.\d{6} /.test(row));
    const pings = list.filter((row) => row.includes('Echo re')).map((row) => row.match(/\d+/)?.[0]);
    // tshark -Y 'icmp' -T fields -e frame.number
    expect(pings).toEqual(['3', '6', '9', '12']);
    await shown.press('j', 'j');
    expect(shown.rows().some((row) => /ICMP +Echo request/.test(row))).toBe(true);
    const outline = shown.session.outline();
    // 8 bytes of ICMP and 2000 of data, behind the packet's own 612.
    expect([outline?.capturedLength, outline?.length]).toEqual([612, 612 + 2008]);
    expect(outline?.layers.slice(-2).map(({ protocol, from, to }) => [protocol, from, to])).toEqual([
      ['icmp', 612, 620],
      ['data', 620, 2620],
    ]);
    expect(shown.rows().some((row) => row.includes('612 bytes + 2008 reassembled'))).toBe(true);
  });

  it('are pieces in the rows of the others', async () => {
    const shown = await showFile('fixtures/vxlan-fragmented.pcap', 180, 60);
    expect(shown.session.outline()?.layers.map(({ protocol }) => protocol)).toContain('data');
    expect(shown.session.outline()?.layers.map(({ protocol }) => protocol)).not.toContain('icmp');
  });
});

it('fragments in fragments are found through both', () => {
  const numbers = new FragmentNumbers();
  numbers.add(4, [1, 4]);
  numbers.add(9, [7, 8, 9]);
  numbers.add(9, [4, 9]);
  expect(numbers.of(9)).toEqual([1, 4, 7, 8, 9]);
  expect(numbers.of(4)).toEqual([1, 4]);
  expect(numbers.of(5)).toEqual([5]);
});

it('what is remembered has a bound: the oldest are forgotten', () => {
  const numbers = new FragmentNumbers();
  for (let packet = 2; packet <= 200_000; packet += 2) numbers.add(packet, [packet - 1, packet]);
  expect(numbers.of(2)).toEqual([2]);
  expect(numbers.of(200_000)).toEqual([199_999, 200_000]);
});
