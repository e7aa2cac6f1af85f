/** The first and the last row of the screen. */
import type { PingSnapshot } from '../../verdict/verify.ts';
import { shortNumber } from '../boards/board.ts';
import type { Binding } from '../keymap.ts';
import { MADE_FOR, SMALLEST } from '../layout.ts';
import type { Progress } from '../packets/reading-progress.ts';
import type { Offer } from '../prompt/field-names.ts';
import { PROMPTS, type Prompt } from '../prompt/prompt.ts';
import type { State } from '../state.ts';
import { clip, StyledRow, wrapWords } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';

/** What is known of the capture as a whole. */
export interface Facts {
  /** File or interface; escaped. */
  readonly name: string;
  /** Escaped too. */
  readonly warnings: readonly string[];
  /** Packets that the kernel dropped; undefined where the source can't know. */
  readonly dropped: number | undefined;
  /** A live capture from which nothing more comes. */
  readonly hasEnded: boolean;
  /** While what is not live is read. */
  readonly progress: Progress | undefined;
  readonly pings: Pick<PingSnapshot, 'requests' | 'answered' | 'duplicates'>;
  /** The tunnels that pings went through, in a few words; empty where that is not known yet. */
  readonly through: string;
  /** Requests that may still be answered. */
  readonly waiting: number;
  /** Bytes of packets that are kept at most; undefined where they are read again from the file. */
  readonly buffer: number | undefined;
  /** The file, escaped, that all packets are written to while they are shown; undefined where none is. */
  readonly recording: string | undefined;
  /** What the last key has to say; empty where nothing. */
  readonly said: string;
  /** Packets that were taken, in the list or not, and how many of them have left. */
  readonly packets: number;
  readonly left: number;
  /** Rows of packets that came since following ended. */
  readonly fresh: number;
  /** What packets had to pass to come here, in libpcap's language, escaped; undefined where nothing. */
  readonly captureFilter: string | undefined;
  /** What narrows the list, escaped, and how many packets it has seen; undefined where the list has all. */
  readonly narrowed: { readonly filter: string; readonly examined: number } | undefined;
}

/** From here on there is room for a bar that is read at a glance. */
const WIDE = 100;

/** A piece of the status row, in words that get shorter. */
interface Part {
  /** The last one may be empty: then nothing is said. */
  readonly forms: readonly string[];
  readonly style: Style;
}

export function statusRow(state: State, facts: Facts, theme: Theme): string {
  const row = new StyledRow(state.layout.columns);
  row.add(` ${clip(facts.name, Math.max(12, row.width >> 2), theme)} `, theme.title).add(' ');
  for (const [i, { text, style }] of fittingTexts(statusParts(state, facts, theme), row.left).entries()) {
    if (i > 0) row.add(` ${theme.glyphs.dot} `, theme.quiet);
    row.add(clip(text, row.left, theme), style);
  }
  return row.toString();
}

/** The same in full, one piece after the other. */
export function statusWords(state: State, facts: Facts, theme: Theme): string[] {
  return statusParts(state, facts, theme).map(({ forms }) => forms[0] ?? '');
}

/** A bar and a percentage where the end is known, and how fast it goes. */
function progressText({ share, rates }: Progress, columns: number, { glyphs }: Theme): string {
  let text = '';
  if (share !== undefined) {
    const cells = columns < WIDE ? 5 : 20;
    const full = Math.floor(share * cells);
    const bar =
      (glyphs.levels.at(-1) as string).repeat(full) + (glyphs.levels[0] as string).repeat(cells - full);
    text = ` ${bar} ${Math.floor(share * 100)} %`;
  }
  if (rates === undefined) return text;
  const comma = share === undefined ? '' : ',';
  return `${text}${comma} ${shortNumber(rates.packets)} packets/s, ${shortNumber(rates.bytes / (1 << 20))} MiB/s`;
}

function statusParts(state: State, facts: Facts, theme: Theme): Part[] {
  const parts = [packetsPart(facts, state.layout.columns, theme)];
  const { captureFilter } = facts;
  if (captureFilter !== undefined) {
    const forms = [40, 20, 12].map((width) => `filter ${clip(captureFilter, width, theme)}`);
    // At the narrowest, that there is one.
    parts.push({ forms: [...forms, 'filter'], style: theme.heading });
  }
  if (facts.narrowed !== undefined) {
    const { filter, examined } = facts.narrowed;
    const looking = examined < facts.packets ? ` of ${grouped(examined)} looked at` : '';
    const pass = `${grouped(state.count - state.first)}${looking} pass`;
    const forms = [40, 20].map((width) => `${pass} ${clip(filter, width, theme)}`);
    parts.push({ forms: [...forms, pass], style: theme.heading });
  }
  parts.push(pingsPart(facts, theme));
  const { dropped, buffer } = facts;
  if (state.isLive || dropped !== undefined) {
    if (dropped === undefined) parts.push({ forms: ['drops not known'], style: theme.quiet });
    else parts.push({ forms: [`${grouped(dropped)} dropped`], style: dropped > 0 ? theme.problem : '' });
  }
  if (buffer !== undefined) parts.push(bufferPart(buffer, facts.left, theme));
  const { recording } = facts;
  if (recording !== undefined) {
    const arrow = `${theme.glyphs.arrow} `;
    const forms = [`all written to ${recording}`, arrow + recording, arrow + clip(recording, 10, theme), ''];
    parts.push({ forms, style: theme.quiet });
  }
  const follows = followPart(state, facts, theme);
  return follows === undefined ? parts : [...parts, follows];
}

function packetsPart({ packets, progress }: Facts, columns: number, theme: Theme): Part {
  const noun = packets === 1 ? 'packet' : 'packets';
  const short = `${shortNumber(packets)} ${noun}`;
  const forms = [`${grouped(packets)} ${noun}`, short, short, short, shortNumber(packets)];
  if (progress === undefined) return { forms, style: '' };
  const reading = `, reading${progressText(progress, columns, theme)}`;
  return { forms: forms.map((form) => form + reading), style: theme.heading };
}

function pingsPart({ pings, waiting, through }: Facts, theme: Theme): Part {
  const { requests, answered, duplicates } = pings;
  if (requests === 0) return { forms: ['no pings'], style: theme.quiet };
  const open = requests - answered;
  const isLost = open > waiting;
  const sign = isLost ? '! ' : '';
  const all = open === 0 ? ` ${theme.glyphs.check}` : waiting > 0 ? `, ${grouped(waiting)} waiting` : '';
  const more = duplicates === 0 ? '' : `, ${grouped(duplicates)} duplicate`;
  const way = through === '' ? '' : ` ${through}`;
  const share = `${grouped(answered)} of ${grouped(requests)}`;
  return {
    forms: [
      `${sign}pings answered ${share}${all}${more}${way}`,
      `${sign}pings answered ${share}${all}${more}`,
      `${sign}pings ${share}${all}${more}`,
      `${sign}pings ${share}`,
      `${sign}pings ${shortNumber(answered)}/${shortNumber(requests)}`,
    ],
    style: open === 0 ? theme.good : isLost ? theme.problem : '',
  };
}

function bufferPart(buffer: number, left: number, theme: Theme): Part {
  const limit = `${grouped(Math.round(buffer / 2 ** 20))} MiB`;
  const forms =
    left === 0
      ? [`keeps ${limit}`, limit]
      : [`keeps ${limit}, ${grouped(left)} oldest left`, `${limit}, ${shortNumber(left)} left`];
  return { forms, style: theme.quiet };
}

/** Whether the newest packet is shown as it comes; undefined where none will come. */
function followPart(state: State, { hasEnded, fresh }: Facts, theme: Theme): Part | undefined {
  if (hasEnded) return { forms: ['capture ended'], style: theme.heading };
  if (state.isFollowing) return { forms: ['following'], style: theme.good };
  if (!state.isLive) return undefined;
  const forms =
    fresh > 0
      ? [`stopped, ${grouped(fresh)} new (f)`, `${shortNumber(fresh)} new (f)`]
      : ['stopped (f follows)', 'stopped (f)'];
  return { forms, style: theme.heading };
}

/** The parts in the longest words that have room in `width` cells, with three between them. What is cut then is the last. */
function fittingTexts(parts: readonly Part[], width: number): { text: string; style: Style }[] {
  const chosen = parts.map(({ forms: [text = ''], style }) => ({ text, style }));
  const isTooLong = () =>
    chosen.reduce((sum, { text }) => sum + (text === '' ? 0 : text.length + 3), -3) > width;
  const most = Math.max(...parts.map(({ forms }) => forms.length));
  for (let form = 1; form < most; form++) {
    for (const [i, { forms }] of parts.entries()) {
      const text = forms[form];
      if (text !== undefined && isTooLong()) (chosen[i] as { text: string }).text = text;
    }
  }
  return chosen.filter(({ text }) => text !== '');
}

/** Rows that a long message may take: it covers what stands above. */
const MOST_FOOTER_ROWS = 4;

/** The last row: keys that matter here, a prompt, or what is to be said, which takes more rows where it needs them. */
export function footerRows(state: State, facts: Facts, theme: Theme, bindings: readonly Binding[]): string[] {
  const { columns } = state.layout;
  if (state.prompt !== undefined) return promptRows(state.prompt, columns, theme);
  if (facts.said !== '') return messageRows(facts.said, columns, theme.heading, theme);
  const { warnings } = facts;
  const keys = footerKeys(state, bindings);
  const others = warnings.length < 2 ? '' : ` (1 of ${warnings.length}: ?)`;
  const warning = warnings.length === 0 ? '' : `! ${warnings.at(-1)}${others}`;
  const used = 1 + keys.reduce((sum, { key, word }) => sum + key.length + word.length + 3, 0);
  const isBelow = warning !== '' && warning.length > columns - used;
  const row = new StyledRow(columns).add(' ');
  const note = smallNote(state);
  const room = columns - 1 - (isBelow ? 0 : warning.length || note.length);
  for (const { key, word } of fitting(keys, room)) row.add(key, theme.heading).add(` ${word}  `, theme.quiet);
  if (warning === '')
    return [
      row
        .padTo(columns - note.length)
        .add(note, theme.quiet)
        .toString(),
    ];
  if (!isBelow) return [row.add(warning, theme.problem).toString()];
  return [...messageRows(warning, columns, theme.problem, theme), row.toString()];
}

interface FooterKey {
  readonly key: string;
  readonly word: string;
  /** Stays where there is no room for all: how to get further, and out. */
  readonly isKept: boolean;
}

function footerKeys({ view, isLive }: State, bindings: readonly Binding[]): FooterKey[] {
  return bindings.flatMap(({ keys, shown, footer, views, footerIn = views, command }) =>
    footer === undefined ||
    keys.length === 0 ||
    footerIn?.includes(view) === false ||
    // A file grows no more: there is nothing to follow.
    (command === 'follow' && !isLive)
      ? []
      : [
          {
            key: shown.split(' ')[0] as string,
            word: footer,
            isKept: command === 'help' || command === 'leave' || command === 'quit',
          },
        ],
  );
}

/** The first keys that have room beside those that are kept. */
function fitting(keys: readonly FooterKey[], room: number): FooterKey[] {
  const width = ({ key, word }: FooterKey): number => key.length + word.length + 3;
  let left = room - keys.reduce((sum, key) => sum + (key.isKept ? width(key) : 0), 0);
  return keys.filter((key) => {
    if (key.isKept) return true;
    left -= width(key);
    return left >= 0;
  });
}

/** What a terminal is told that is smaller than the screen is made for. */
function smallNote({ layout: { columns, rows } }: State): string {
  const isSmall = columns < MADE_FOR.columns || rows < MADE_FOR.rows;
  return isSmall ? `made for ${MADE_FOR.columns}x${MADE_FOR.rows}` : '';
}

/** Words over as many rows as they need, the last of them at the screen's end. */
function messageRows(text: string, columns: number, style: Style, theme: Theme): string[] {
  const lines = wrapWords(text, columns - 2);
  const shown = lines.slice(0, MOST_FOOTER_ROWS);
  if (lines.length > shown.length)
    shown[shown.length - 1] = `${(shown.at(-1) as string).slice(0, columns - 3)}${theme.glyphs.ellipsis}`;
  return shown.map((line) => new StyledRow(columns).add(` ${line}`, style).toString());
}

/** What is typed, with the cursor in it, and what is wrong with it or expected: above it where there is no room beside it. */
function promptRows({ kind, text, at, fault, offer }: Prompt, columns: number, theme: Theme): string[] {
  const { label, hint } = PROMPTS[kind];
  const row = new StyledRow(columns).add(` ${label}: `, theme.heading);
  // A name that is chosen from several is no fault yet, and the row of them says more than the hint.
  const isFault = fault !== '' && offer === undefined;
  const note = offer !== undefined ? 'Tab: the next one' : isFault ? `! ${fault}` : hint;
  const noteStyle = isFault ? theme.problem : theme.quiet;
  // A long text is shown around its cursor.
  const room = Math.max(16, row.left - 1);
  const from = Math.max(0, at - room + 1);
  const style = isFault ? theme.problem : '';
  row
    .add(text.slice(from, at), style)
    .add(text[at] ?? ' ', '7')
    .add(text.slice(at + 1, from + room), style)
    .add('  ');
  if (isFault && note.length > row.left)
    return [...messageRows(note, columns, noteStyle, theme), row.toString()];
  row.add(clip(note, row.left, theme), noteStyle);
  return [...(offer === undefined ? [] : [offerRow(offer, columns, theme)]), row.toString()];
}

/** Names to choose from, the chosen one reversed and always in sight. */
function offerRow({ names, chosen }: Offer, columns: number, theme: Theme): string {
  const row = new StyledRow(columns).add(' ');
  const isInSight = names.slice(0, chosen + 1).join('  ').length < columns - 4;
  const first = isInSight ? 0 : chosen;
  if (first > 0) row.add(`${theme.glyphs.ellipsis} `, theme.quiet);
  for (const [i, name] of names.entries()) {
    if (i < first) continue;
    const isLast = i === names.length - 1;
    if (i > first && name.length + (isLast ? 0 : 2) > row.left) {
      row.add(clip(`${name}  `, row.left, theme), theme.quiet);
      break;
    }
    row.add(clip(name, row.left, theme), i === chosen ? '7' : '').add('  ');
  }
  return row.toString();
}

export function tooSmallRows(state: State): string[] {
  const { columns, rows: height } = state.layout;
  const text = `Too small: ${columns}x${height}, need ${SMALLEST.columns}x${SMALLEST.rows}; Ctrl-C quits`;
  const rows = [new StyledRow(columns).add(text).toString()];
  while (rows.length < height) rows.push(' '.repeat(columns));
  return rows;
}

/** Thousands apart, so that large counts can be read. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
