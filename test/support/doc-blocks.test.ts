import { expect, it } from 'vitest';
import { commandsOf, isShown } from './doc-blocks.ts';

it('commands of console and sh blocks', () => {
  const page = [
    'Text.',
    '',
    '```console',
    '$ a -b "c # d"',
    'one',
    '…',
    '$ e',
    '```',
    '',
    '- item:',
    '',
    '  ```sh',
    '# a comment',
    'f g   # another',
    '',
    '  ```',
    '```',
    '$ no language',
    '```',
    '',
  ].join('\n');
  expect(commandsOf(page)).toEqual([
    { command: 'a -b "c # d"', output: ['one', '…'] },
    { command: 'e', output: [] },
    { command: 'f g' },
  ]);
});

it.each([
  [['a'], 'a\n', true],
  [['a'], 'a\nb\n', false],
  [['a', '…'], 'a\nb\nc\n', true],
  [['…', 'c'], 'a\nb\nc\n', true],
  [['…', 'b', '…'], 'a\nc\n', false],
  [['a.c'], 'abc\n', false],
  [[], '', true],
  [[], 'a\n', false],
] as const)('%j shows %j: %s', (output, printed, expected) => {
  expect(isShown(output, printed)).toBe(expected);
});
