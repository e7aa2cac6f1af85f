import { describe, expect, it } from 'vitest';
import { fold, isGood, sumWords } from '../../src/decode/checksum.ts';
import { hex, viewOf } from '../support/decoding.ts';
import { seeded } from '../support/mutations.ts';

describe('the Internet checksum', () => {
  it('is what RFC 1071 computes in its example (section 3)', () => {
    const bytes = viewOf(hex('0001 f203 f4f5 f6f7'));
    expect(sumWords(bytes, 0, 8)).toBe(0x2ddf0);
    expect(fold(sumWords(bytes, 0, 8))).toBe(0xddf2);
  });

  it('pads an odd last byte with zero', () => {
    expect(sumWords(viewOf(hex('0001 f2')), 0, 3)).toBe(0x0001 + 0xf200);
  });

  it('is the same as word by word, at any place and of any length', () => {
    const random = seeded(3);
    const bytes = Uint8Array.from({ length: 140_000 }, () => random(256));
    const view = viewOf(bytes);
    const lengths = [...Array.from({ length: 80 }, (_, i) => i), 65_533, 65_534, 65_535, 65_536, 131_071];
    for (const length of lengths) {
      for (const start of [0, 1, 2, 7]) {
        let sum = 0;
        for (let i = 0; i < length; i++) sum += (bytes[start + i] as number) * (i % 2 === 0 ? 256 : 1);
        expect(sumWords(view, start, start + length), `${length} bytes from ${start}`).toBe(sum);
      }
    }
  });

  it('does not overflow on the largest words', () => {
    const view = viewOf(new Uint8Array(1_000_000).fill(0xff));
    expect(sumWords(view, 0, 1_000_000)).toBe(500_000 * 0xffff);
    expect(fold(sumWords(view, 0, 1_000_000))).toBe(0xffff);
  });

  it('tells a right header from a wrong one', () => {
    const header = '4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7';
    expect(isGood(viewOf(hex(header)), 0, 20)).toBe(true);
    expect(isGood(viewOf(hex(header.replace('4011', '4012'))), 0, 20)).toBe(false);
  });
});
