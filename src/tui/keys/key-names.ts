/** Keys by name, as the table of keys and the user's configuration have them. */
import type { Key } from 'ink';

const NAMED_KEYS: readonly string[] = [
  ...['up', 'down', 'left', 'right', 'pageUp', 'pageDown', 'home', 'end'],
  ...['return', 'escape', 'backspace', 'tab', 'shift+tab', 'space'],
];
export const KEYS_THERE_ARE = `one character, ctrl+ and a letter, or one of ${NAMED_KEYS.join(', ')}`;

/** Whether a key can have that name. To a terminal Ctrl-H, Ctrl-I and Ctrl-M are Backspace, Tab and Return. */
export function isKey(name: string): boolean {
  return NAMED_KEYS.includes(name) || /^(?:ctrl\+[a-gj-ln-z]|[^\s\p{C}])$/u.test(name);
}

/** Ink's account of a keypress as one name, as the table has it. */
export function keyName(input: string, key: Partial<Key>): string {
  if (key.upArrow === true) return 'up';
  if (key.downArrow === true) return 'down';
  if (key.leftArrow === true) return 'left';
  if (key.rightArrow === true) return 'right';
  if (key.pageUp === true) return 'pageUp';
  if (key.pageDown === true) return 'pageDown';
  if (key.home === true) return 'home';
  if (key.end === true) return 'end';
  if (key.return === true) return 'return';
  if (key.escape === true) return 'escape';
  // What the key above Enter sends (DEL), Ink calls delete.
  if (key.backspace === true || key.delete === true) return 'backspace';
  if (key.tab === true) return key.shift === true ? 'shift+tab' : 'tab';
  if (input === ' ') return 'space';
  // As they stand among other keys in what arrives at once.
  if (input === '\r') return 'return';
  if (input === '\t') return 'tab';
  if (input === '\x7f') return 'backspace';
  if (input === '\x1b') return 'escape';
  if (input.length === 1 && input < ' ') return `ctrl+${String.fromCharCode(input.charCodeAt(0) + 0x60)}`;
  return key.ctrl === true ? `ctrl+${input}` : input;
}
