import { describe, expect, it } from 'vitest';
import { PacketIndex } from '../../../src/tui/packets/packet-index.ts';

type Row = [
  offset: number,
  captured: number,
  original: number,
  seconds: number,
  nanoseconds: number,
  from: number,
];

function read(index: PacketIndex, i: number): Row {
  return [
    index.offset(i),
    index.capturedLength(i),
    index.originalLength(i),
    index.seconds(i),
    index.nanoseconds(i),
    index.interfaceIndex(i),
  ];
}

describe('keeps exactly what it was given', () => {
  const rows: [string, Row][] = [
    ['a usual packet', [40, 130, 130, 1_763_828_594, 123_456_789, 0]],
    ['no bytes', [186, 0, 0, 1_763_828_594, 0, 0]],
    ['cut by the snapshot length', [202, 96, 1514, 1_763_828_594, 999_999_999, 0]],
    ['lengths that just fit', [400, 65_535, 131_070, 1_763_828_595, 1, 255]],
    ['a length that does not', [70_000, 65_536, 65_536, 1_763_828_595, 2, 0]],
    ['a cut that does not', [200_000, 60, 262_144, 1_763_828_595, 3, 1]],
    ['the longest', [300_000, 16_777_216, 2_147_483_647, 1_763_828_595, 4, 0]],
    ['many interfaces', [17_200_000, 60, 60, 1_763_828_596, 5, 65_535]],
    ['a little back in time', [17_200_100, 60, 60, 1_763_828_590, 6, 0]],
    ['4 GiB on', [4_312_167_396, 60, 60, 1_763_828_596, 7, 0]],
    ['and one byte past its reach', [8_607_134_692, 60, 60, 1_763_828_596, 8, 0]],
    ['5 TiB on', [5_500_000_000_000, 60, 60, 1_763_828_596, 9, 0]],
    ['before 1970', [5_500_000_000_100, 60, 60, -86_401, 10, 0]],
    ['the year 2106', [5_500_000_000_200, 60, 60, 4_294_967_295, 11, 0]],
    ['of another file, further in front', [40, 60, 60, 4_294_967_295, 13, 1]],
    ['half a year later', [5_500_000_000_300, 60, 60, 4_311_658_111, 12, 0]],
  ];
  const index = new PacketIndex();
  for (const [, row] of rows) index.append(...row);
  it.each(rows.map(([name, row], i) => [name, i, row] as const))('%s', (_name, i, row) => {
    expect(read(index, i)).toEqual(row);
  });
});

it('counts on over blocks, and frees those that are no longer asked for', () => {
  const index = new PacketIndex();
  for (let i = 0; i < 200_000; i++) index.append(i * 100, i % 70_000, 70_000, i >> 10, i % 1000, i % 3);
  index.dropBefore(150_000);
  for (const i of [150_000, 150_001, 196_607, 196_608, 199_999]) {
    expect(read(index, i)).toEqual([i * 100, i % 70_000, 70_000, i >> 10, i % 1000, i % 3]);
  }
  expect(index.count).toBe(200_000);
});

it('takes 16 bytes a packet, in blocks of 65,536', () => {
  const blocks = 16;
  const before = process.memoryUsage().arrayBuffers;
  const index = new PacketIndex();
  for (let i = 0; i < blocks * 65_536; i++)
    index.append(i * 150, 134, 134, 1_763_828_594 + (i >> 17), i % 1e9, 0);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(blocks * 65_536 * 16);
  expect(index.offset(blocks * 65_536 - 1)).toBe((blocks * 65_536 - 1) * 150);
});
