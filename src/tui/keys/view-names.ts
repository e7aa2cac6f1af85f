/** What the screen can show, one at a time: keys mean different things in each. */
export const VIEW_NAMES = [
  'packets',
  'pings',
  'protocols',
  'conversations',
  'lesson',
  'path',
  'help',
] as const;
export type ViewName = (typeof VIEW_NAMES)[number];
