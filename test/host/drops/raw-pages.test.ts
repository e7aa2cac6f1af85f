/** Pages of the kernel's ring buffer, read by hand as events/header_page and header_event say (little-endian, 64 bits). */
import { describe, expect, it } from 'vitest';
import { parsePageLayout, readPage } from '../../../src/host/drops/raw-pages.ts';
import { LITTLE_ENDIAN } from '../../../src/host/netlink.ts';

const LAYOUT = parsePageLayout(`\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;
\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;
\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;
`);

/** 2026-11-29 13:31:58.793984512 UTC by TAI's count: more ns than a double has digits. */
const START = 1795959118793984512n;

/** @param words 32 bits each, of the page's data */
function page(words: readonly number[], committed = words.length * 4): DataView {
  const view = new DataView(new ArrayBuffer(LAYOUT.size));
  view.setBigUint64(0, START, true);
  view.setUint32(8, committed, true);
  for (const [i, word] of words.entries()) view.setUint32(16 + i * 4, word >>> 0, true);
  return view;
}

/** A record's head: its length in words (or a type from 29 on), and ns since the one before. */
const head = (type: number, delta: number) => delta * 32 + type;

function read(words: readonly number[], committed?: number, length = LAYOUT.size) {
  const found: [nanoseconds: number, at: number][] = [];
  const micros = Number(START / 1000n);
  const isMissed = readPage(page(words, committed), length, LAYOUT, (time, at) =>
    found.push([Math.round((time - micros) * 1000 - 512), at - 16]),
  );
  return { found, isMissed };
}

it('the layout is the kernel’s', () => {
  expect(LAYOUT).toEqual({ size: 4096, lengthSize: 8, data: 16 });
});

describe.skipIf(!LITTLE_ENDIAN)('records of a page', () => {
  it.each<[what: string, words: number[], found: [nanoseconds: number, at: number][]]>([
    [
      'one after the other: times add up',
      [head(1, 0), 7, head(2, 4000), 8, 9],
      [
        [0, 4],
        [4000, 12],
      ],
    ],
    [
      'a long pause: 27 bits, and as many as there are above',
      [head(1, 0), 7, head(30, 5), 1, head(1, 1000), 8],
      [
        [0, 4],
        [2 ** 27 + 1005, 20],
      ],
    ],
    [
      'a record that says its length in a word of its own',
      [head(0, 250), 12, 1, 2, head(1, 250), 3],
      [
        [250, 8],
        [500, 20],
      ],
    ],
    ['one that was taken back is stepped over', [head(29, 100), 8, 0, head(1, 100), 7], [[200, 16]]],
    ['padding without a time ends the page', [head(1, 0), 7, head(29, 0), 0, head(1, 1), 8], [[0, 4]]],
  ])('%s', (_, words, found) => {
    expect(read(words).found).toEqual(found.map(([time, at]) => [expect.closeTo(time, -3), at]));
  });

  it('a time that stands whole in it: 59 bits, with the upper ones of the time before', () => {
    const then = START + 3_000_000_000n;
    const told = then & ((1n << 59n) - 1n);
    const words = [head(31, Number(told & 0x7ffffffn)), Number(told >> 27n) >>> 0, head(1, 0), 7];
    expect(read(words).found).toEqual([[expect.closeTo(3e9, -3), 12]]);
  });

  it('events that were lost before it', () => {
    expect(read([head(1, 0), 7], 8 + 2 ** 31).isMissed).toBe(true);
    expect(read([head(1, 0), 7]).isMissed).toBe(false);
  });

  it('lengths that lie end it, and nothing is read past what there is', () => {
    for (let first = 0; first < 64; first++) {
      for (const second of [0, 4, 0x7fffffff, 0xffffffff]) {
        for (const committed of [8, 4080, 0x3fffffff]) {
          const { found } = read([head(first & 31, first), second, head(28, 1), 5], committed, 64);
          for (const [, at] of found) expect(at).toBeLessThan(64);
        }
      }
    }
  });
});
