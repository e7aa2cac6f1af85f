import { expect, it } from 'vitest';
import { keyName } from '../../../src/tui/keys/key-names.ts';
import { bindings, commandOf } from '../../../src/tui/keys/keymap.ts';
import { VIEW_NAMES } from '../../../src/tui/keys/view-names.ts';

it.each(VIEW_NAMES)('binds no key twice in the view %s', (view) => {
  const keys = bindings.flatMap(({ keys, views }) => (views?.includes(view) === false ? [] : keys));
  // Out of a view, q leads back; where there is nothing to go back to, out.
  if (view !== 'packets') keys.splice(keys.lastIndexOf('q'), 1);
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});

it('binds no command twice', () => {
  const commands = bindings.map(({ command }) => command);
  expect(new Set(commands).size).toBe(commands.length);
});

it.each([
  ['j', {}, 'down'],
  ['', { downArrow: true }, 'down'],
  ['', { pageDown: true }, 'pageDown'],
  ['f', { ctrl: true }, 'pageDown'],
  ['f', {}, 'follow'],
  ['g', {}, 'first'],
  ['G', { shift: true }, 'last'],
  ['', { tab: true }, 'nextPane'],
  ['', { tab: true, shift: true }, 'previousPane'],
  [' ', {}, 'toggle'],
  ['', { return: true }, 'toggle'],
  ['', { escape: true, meta: true }, 'back'],
  ['[', {}, 'outerPair'],
  [']', {}, 'innerPair'],
  ['?', {}, 'help'],
  ['q', {}, 'quit'],
  ['c', { ctrl: true }, 'quit'],
  ['z', { ctrl: true }, 'suspend'],
  // As they stand among others that arrive at once.
  ['\x03', {}, 'quit'],
  ['\x1a', {}, 'suspend'],
  ['\x1b', {}, 'back'],
  ['x', {}, 'maximise'],
  ['r', {}, 'rotate'],
  ['L', { shift: true }, 'lesson'],
  ['z', {}, undefined],
  ['', {}, undefined],
])('%j %j is %s', (input, key, command) => {
  expect(commandOf(keyName(input, key), 'packets')).toBe(command);
});
