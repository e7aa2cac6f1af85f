import { expect, it } from 'vitest';
import { edited, openPrompt } from '../../../src/tui/state/prompt.ts';

it.each<[text: string, keys: string[], after: string, at: number]>([
  ['', ['a', 'space', 'b'], 'a b', 3],
  ['ip.src', ['backspace'], 'ip.sr', 5],
  ['ip.src', ['home', 'backspace'], 'ip.src', 0],
  ['ip.src', ['home', 'delete'], 'p.src', 0],
  ['ip.src', ['left', 'left', 'x'], 'ip.sxrc', 5],
  ['ip.src', ['ctrl+a', 'right', '!'], 'i!p.src', 2],
  ['a bc  ', ['ctrl+w'], 'a ', 2],
  ['a bc', ['ctrl+u'], '', 0],
  ['a bc', ['home', 'ctrl+k'], '', 0],
  ['abc', ['left', 'ctrl+e', 'd'], 'abcd', 4],
])('%j %j', (text, keys, after, at) => {
  const prompt = keys.reduce((now, key) => edited(now, key) ?? now, openPrompt('goto', text));
  expect(prompt).toMatchObject({ text: after, at });
});

it.each(['return', 'tab', 'up', 'f1', 'ctrl+z', '\x1b', '\u00e9', '\x07'])('%j edits nothing', (key) => {
  expect(edited(openPrompt('goto', 'x'), key)).toBeUndefined();
});
