import { expect, it } from 'vitest';
import { pointersIn } from '../../../src/tui/terminal/pointer.ts';

it.each([
  ['[<0;1;1M', [{ kind: 'press', column: 0, row: 0 }]],
  ['[<64;10;5M', [{ kind: 'wheelUp', column: 9, row: 4 }]],
  [
    '[<65;10;5M\x1b[<65;10;5M',
    [
      { kind: 'wheelDown', column: 9, row: 4 },
      { kind: 'wheelDown', column: 9, row: 4 },
    ],
  ],
  ['[<0;1;1m', []],
  ['[<2;1;1M', []],
  ['[<35;1;1M', []],
  ['[<', []],
  ['j', undefined],
  ['[', undefined],
])('%j', (input, pointers) => {
  expect(pointersIn(input)).toEqual(pointers);
});
