/** Keys, what they do, and how help and footer word them: one table, from which all three are made. */
import { VIEW_NAMES, type ViewName } from './view-names.ts';

export type Command =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'first'
  | 'last'
  | 'nextPane'
  | 'previousPane'
  | 'toggle'
  | 'back'
  | 'leave'
  | 'outerPair'
  | 'innerPair'
  | 'follow'
  | 'moreList'
  | 'lessList'
  | 'filter'
  | 'filterByThis'
  | 'connection'
  | 'search'
  | 'searchOn'
  | 'searchBack'
  | 'goto'
  | 'save'
  | 'copyValue'
  | 'copyHex'
  | 'copyJson'
  | 'copyFilter'
  | 'reload'
  | 'times'
  | 'column'
  | 'mark'
  | 'nextMark'
  | 'nextPing'
  | 'previousPing'
  | 'nextProblem'
  | 'previousProblem'
  | 'partner'
  | 'maximise'
  | 'rotate'
  | 'lesson'
  | 'peel'
  | 'putBack'
  | 'wholePacket'
  | 'payload'
  | 'nextPacket'
  | 'previousPacket'
  | 'packets'
  | 'pings'
  | 'protocols'
  | 'conversations'
  | 'path'
  | 'sort'
  | 'draw'
  | 'help'
  | 'announce'
  | 'suspend'
  | 'quit';

export interface Binding {
  readonly command: Command;
  /** By name: see key-names.ts. */
  readonly keys: readonly string[];
  /** As help shows the keys. */
  readonly shown: string;
  /** The views where it does something; default: in all. */
  readonly views?: readonly ViewName[];
  /** What it does, for help. */
  readonly about: string;
  /** In a word or two, where the footer shows it: the most useful first. */
  readonly footer?: string;
  /** The views whose footer shows it; default: all where it does something. */
  readonly footerIn?: readonly ViewName[];
}

/** The way out of everything, prompts too: no configuration takes it away. */
export const ALWAYS_QUITS = 'ctrl+c';

/** What moves in the list, the headers and the bytes. */
const PACKETS: readonly ViewName[] = ['packets'];
const LESSON: readonly ViewName[] = ['lesson'];
const BESIDE_PACKETS: readonly ViewName[] = VIEW_NAMES.filter((name) => name !== 'packets');
/** Where the keys that peel a packet do something else. */
const BESIDE_LESSON: readonly ViewName[] = VIEW_NAMES.filter((name) => name !== 'lesson');
const BOARDS: readonly ViewName[] = ['pings', 'protocols', 'conversations'];

/** What help shows is left out where it is the keys’ names. */
const TABLE: readonly (Omit<Binding, 'shown'> & Partial<Pick<Binding, 'shown'>>)[] = [
  {
    command: 'up',
    keys: ['up', 'k'],
    shown: 'Up k',
    about: 'One packet, field or row of bytes up; in the list, stops following',
  },
  { command: 'down', keys: ['down', 'j'], shown: 'Down j', about: 'One packet, field or row of bytes down' },
  {
    command: 'left',
    keys: ['left', 'h'],
    views: PACKETS,
    shown: 'Left h',
    about: 'Fold a layer; in the bytes, one byte back; from inner to outer headers',
  },
  {
    command: 'right',
    keys: ['right', 'l'],
    views: PACKETS,
    shown: 'Right l',
    about: 'Open a layer; in the bytes, one byte on; from outer to inner headers',
  },
  { command: 'pageUp', keys: ['pageUp', 'ctrl+b'], shown: 'PgUp Ctrl-B', about: 'A page up' },
  { command: 'pageDown', keys: ['pageDown', 'ctrl+f'], shown: 'PgDn Ctrl-F', about: 'A page down' },
  {
    command: 'first',
    keys: ['home', 'g'],
    views: BESIDE_LESSON,
    shown: 'Home g',
    about: 'First packet, field or byte',
  },
  {
    command: 'last',
    keys: ['end', 'G'],
    views: BESIDE_LESSON,
    shown: 'End G',
    about: 'Last packet, field or byte; live: follow new packets',
  },
  {
    command: 'nextPane',
    keys: ['tab'],
    views: PACKETS,
    shown: 'Tab',
    about: 'Next pane: list, outer, inner, bytes',
    footer: 'pane',
  },
  {
    command: 'previousPane',
    keys: ['shift+tab'],
    views: PACKETS,
    shown: 'Shift-Tab',
    about: 'Previous pane',
  },
  {
    command: 'toggle',
    keys: ['return', 'space'],
    views: BESIDE_LESSON,
    shown: 'Enter Space',
    about: 'Open or fold a layer; in the list, go to the headers',
    footer: 'open',
    footerIn: ['packets', ...BOARDS],
  },
  { command: 'back', keys: ['escape'], shown: 'Esc', about: 'Back to the list' },
  {
    command: 'outerPair',
    keys: ['['],
    views: PACKETS,
    about: 'Nested tunnels: show the pair of levels further out',
  },
  {
    command: 'innerPair',
    keys: [']'],
    views: PACKETS,
    about: 'Nested tunnels: show the pair of levels further in',
  },
  {
    command: 'follow',
    keys: ['f'],
    views: PACKETS,
    about: 'Follow the newest packet, or stop',
    footer: 'follow',
  },
  {
    command: 'moreList',
    keys: ['+'],
    views: PACKETS,
    about: 'More rows for the packet list',
  },
  { command: 'lessList', keys: ['-'], views: PACKETS, about: 'Fewer rows for the packet list' },
  {
    command: 'filter',
    keys: ['/'],
    about: 'Display filter for the list, as in Wireshark; empty: all packets',
    views: PACKETS,
    footer: 'filter',
  },
  {
    command: 'filterByThis',
    keys: ['='],
    about: 'Filter by the selected field; in the list, by the selected packet’s two ends',
    views: PACKETS,
  },
  {
    command: 'connection',
    keys: ['C'],
    about: 'Filter by the selected packet’s connection: both addresses and both ports',
    views: PACKETS,
  },
  {
    command: 'search',
    keys: ['s', 'ctrl+s'],
    shown: 's',
    about: 'Search for text in the rows, or for bytes: 0x4500',
    views: PACKETS,
  },
  { command: 'searchOn', keys: ['n'], about: 'Search forward', views: PACKETS },
  { command: 'searchBack', keys: ['N'], about: 'Search backward', views: PACKETS },
  { command: 'nextPing', keys: ['p'], about: 'Next ping, SYN or query, or its answer', views: PACKETS },
  {
    command: 'previousPing',
    keys: ['P'],
    about: 'Previous ping, SYN or query, or its answer',
    views: PACKETS,
  },
  {
    command: 'nextProblem',
    keys: ['e'],
    about: 'Next problem: an error, something unanswered or retransmitted',
    views: PACKETS,
  },
  { command: 'previousProblem', keys: ['E'], about: 'Previous problem', views: PACKETS },
  {
    command: 'partner',
    keys: ['o'],
    about: 'From a ping’s request to its reply and back; from a SYN or query to its answer too',
    views: PACKETS,
  },
  {
    command: 'mark',
    keys: ['m'],
    about: 'Mark or unmark the packet',
    views: PACKETS,
  },
  { command: 'nextMark', keys: ['M'], about: 'Next marked packet', views: PACKETS },
  {
    command: 'save',
    keys: ['w'],
    about: 'Write the marked packets to a file; without marks, those in the list',
    views: PACKETS,
  },
  {
    command: 'copyValue',
    keys: ['y'],
    about: 'Copy the selected field, or the row',
    views: PACKETS,
  },
  {
    command: 'copyHex',
    keys: ['Y'],
    about: 'Copy the bytes in hex: the field’s, or the packet’s',
    views: PACKETS,
  },
  { command: 'copyJson', keys: ['J'], about: 'Copy the packet as JSON', views: PACKETS },
  {
    command: 'copyFilter',
    keys: ['F'],
    about: 'Copy a display filter for what is selected',
    views: PACKETS,
  },
  { command: 'reload', keys: ['ctrl+r'], shown: 'Ctrl-R', about: 'Read the file again', views: PACKETS },
  {
    command: 'times',
    keys: ['t'],
    about: 'Times since the first packet, since the previous row, or of day (UTC)',
    views: PACKETS,
  },
  {
    command: 'column',
    keys: ['c'],
    about: 'Give a field a column in the list, or take it away; in the headers: the selected field',
    views: PACKETS,
  },
  {
    command: 'goto',
    keys: [':'],
    about: 'Go to a packet’s number, or to a time',
    views: PACKETS,
  },
  {
    command: 'maximise',
    keys: ['x'],
    views: PACKETS,
    about: 'Maximise the current pane, and back',
  },
  {
    command: 'rotate',
    keys: ['r'],
    views: PACKETS,
    about: 'Outer and inner headers side by side, or one below the other',
  },
  {
    command: 'lesson',
    keys: ['L', '5'],
    views: BESIDE_LESSON,
    about: 'Lesson: the selected packet peeled layer by layer, and explained',
    footer: 'lesson',
    footerIn: PACKETS,
  },
  {
    command: 'peel',
    keys: ['right', 'return', 'space', 'l'],
    views: LESSON,
    shown: 'Right Enter Space l',
    about: 'Lesson: take the next layer off',
    footer: 'next layer',
  },
  {
    command: 'putBack',
    keys: ['left', 'backspace', 'h'],
    views: LESSON,
    shown: 'Left h',
    about: 'Lesson: put the last layer back on',
    footer: 'put back',
  },
  {
    command: 'wholePacket',
    keys: ['home', 'g'],
    views: LESSON,
    shown: 'Home g',
    about: 'Lesson: the whole packet',
  },
  {
    command: 'payload',
    keys: ['end', 'G'],
    views: LESSON,
    shown: 'End G',
    about: 'Lesson: the innermost layer',
  },
  {
    command: 'nextPacket',
    keys: ['n'],
    views: LESSON,
    about: 'Lesson: next packet, at the same layer',
    footer: 'next packet',
  },
  {
    command: 'previousPacket',
    keys: ['p'],
    views: LESSON,
    about: 'Lesson: previous packet, at the same layer',
  },
  {
    command: 'packets',
    keys: ['1'],
    about: 'The packets',
    footer: 'packets',
    footerIn: [...BOARDS, 'path'],
  },
  {
    command: 'pings',
    keys: ['2', 'i'],
    about: 'Pings, connections and queries: sent, answered, lost, findings; Enter shows their packets',
    footer: 'pings',
    footerIn: ['packets', 'protocols', 'conversations', 'path'],
  },
  {
    command: 'protocols',
    keys: ['3'],
    about: 'Protocol hierarchy, with packets and rates; Enter shows the packets',
    footer: 'protocols',
    footerIn: ['pings', 'conversations'],
  },
  {
    command: 'conversations',
    keys: ['4'],
    about: 'Conversations by tunnel; Enter shows their packets',
    footer: 'tunnels',
    footerIn: ['pings', 'protocols'],
  },
  {
    command: 'path',
    keys: ['6'],
    about: 'Path: each ping from point to point, and where it is encapsulated; Enter shows its packets',
    footer: 'path',
    footerIn: ['pings'],
  },
  {
    command: 'sort',
    keys: ['s'],
    about: 'In conversations: sort by bytes, packets, rate, start or end',
    views: ['conversations'],
    footer: 'sort',
  },
  {
    command: 'draw',
    keys: ['d'],
    about: 'Draw: in path, the ping as a ladder; in pings, round trips over time as a heat map; and back',
    views: ['pings', 'path'],
    footer: 'draw',
  },
  {
    command: 'help',
    keys: ['?'],
    about: 'This help, and back',
    footer: 'help',
    footerIn: ['packets', ...BOARDS, 'path', 'lesson'],
  },
  {
    command: 'announce',
    keys: ['a'],
    about: 'With a screen reader: repeat what is shown and what is selected',
  },
  { command: 'suspend', keys: ['ctrl+z'], shown: 'Ctrl-Z', about: 'Suspend to the shell; fg returns' },
  {
    command: 'leave',
    keys: ['q'],
    views: BESIDE_PACKETS,
    about: 'From a lesson, a board or this help: back to the packets',
    footer: 'back',
  },
  {
    command: 'quit',
    keys: ['q', ALWAYS_QUITS],
    shown: 'q Ctrl-C',
    about: 'Quit; Ctrl-C from everywhere',
    footer: 'quit',
    footerIn: PACKETS,
  },
];

export const bindings: readonly Binding[] = TABLE.map((row) => ({ shown: row.keys.join(' '), ...row }));

export const COMMANDS: readonly Command[] = bindings.map(({ command }) => command);

/**
 * The table with the user's keys in it. A key that the user gives a command is taken from the one that had it.
 *
 * @param own keys by command, as key-names.ts names them
 */
export function withKeys(own: Readonly<Partial<Record<Command, readonly string[]>>>): readonly Binding[] {
  const taken = new Set(Object.values(own).flat());
  taken.delete(ALWAYS_QUITS);
  return bindings.map((binding) => {
    const wanted = own[binding.command];
    const given =
      wanted === undefined || binding.command !== 'quit'
        ? wanted
        : [...wanted.filter((key) => key !== ALWAYS_QUITS), ALWAYS_QUITS];
    const keys = given ?? binding.keys.filter((key) => !taken.has(key));
    return keys.length === binding.keys.length && given === undefined
      ? binding
      : { ...binding, keys, shown: keys.join(' ') };
  });
}

/** Whether two commands may have the same key: where no view has both; and q leads out only where it can't lead back. */
export function canShareKey(one: Command, other: Command): boolean {
  if ([one, other].sort().join() === 'leave,quit') return true;
  const [first, second] = [one, other].map(
    (name) => bindings.find(({ command }) => command === name)?.views ?? VIEW_NAMES,
  ) as [readonly ViewName[], readonly ViewName[]];
  return first.every((view) => !second.includes(view));
}

/** What a key does in a view; undefined if it does nothing there. */
export function commandOf(
  key: string,
  view: ViewName,
  table: readonly Binding[] = bindings,
): Command | undefined {
  return table.find(({ keys, views }) => keys.includes(key) && views?.includes(view) !== false)?.command;
}
