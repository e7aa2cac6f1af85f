import { describe, expect, it } from 'vitest';
import { columnsOf, joinedLines, wrapWide } from '../../src/text/wide-text.ts';

it.each([
  ['隧道', 4],
  ['VXLAN 隧道', 10],
  ['→ a', 3],
  ['\u001b[1m隧道\u001b[22m', 4],
])('%j takes %i columns', (text, columns) => {
  expect(columnsOf(text)).toBe(columns);
});

describe('lines are joined as they are written', () => {
  it.each([
    ['one', 'two', 'one two'],
    ['隧', '道', '隧道'],
    ['经过', 'VXLAN', '经过 VXLAN'],
    ['VXLAN', '隧道', 'VXLAN 隧道'],
    ['到达，', 'h2', '到达，h2'],
    ['h2', '（主机）', 'h2（主机）'],
  ])('%s + %s', (before, after, whole) => {
    expect(joinedLines(before, after)).toBe(whole);
  });
});

describe('lines break', () => {
  it.each([
    ['between wide characters', '数据包经过隧道', 8, ['数据包经', '过隧道']],
    ['not in a word', '包经过 VXLAN 隧道', 7, ['包经过', 'VXLAN', '隧道']],
    ['without the blank', '经过隧道 VXLAN', 8, ['经过隧道', 'VXLAN']],
    ['not before a full stop', '数据包到达。', 10, ['数据包到', '达。']],
    ['not after an opening bracket', '一二三（四）', 8, ['一二三', '（四）']],
    ['not inside an escape sequence', '\u001b[1m隧道\u001b[22m路由', 4, ['\u001b[1m隧道\u001b[22m', '路由']],
    ['at blanks, in other scripts', 'one two three', 8, ['one two', 'three']],
    ['in a word that is too long', '隧 abcdefghij', 4, ['隧', 'abcd', 'efgh', 'ij']],
    ['where the text does', '一\n二', 8, ['一', '二']],
  ] as const)('%s', (_, text, width, lines) => {
    const wrapped = wrapWide(text, width).split('\n');
    expect(wrapped).toEqual(lines);
    for (const line of wrapped) expect(columnsOf(line)).toBeLessThanOrEqual(width);
  });
});
