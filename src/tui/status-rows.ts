/** The first and the last row of the screen. */
import type { PingSnapshot } from '../ping/verify.ts';
import type { Binding } from './keymap.ts';
import { SMALLEST } from './layout.ts';
import { PROMPTS, type Prompt } from './prompt.ts';
import type { State } from './state.ts';
import { clip, StyledRow } from './styled-row.ts';
import type { Theme } from './theme.ts';

/** What is known of the capture as a whole. */
export interface Facts {
  /** File or interface; escaped. */
  readonly name: string;
  /** Escaped too. */
  readonly warnings: readonly string[];
  /** Packets that the kernel dropped; undefined where the source can't know. */
  readonly dropped: number | undefined;
  readonly isReading: boolean;
  /** 0 to 1, where a file's size tells it. */
  readonly progress: number | undefined;
  readonly pings: Pick<PingSnapshot, 'requests' | 'answered' | 'duplicates'>;
  /** Requests that may still be answered. */
  readonly waiting: number;
  /** Bytes of packets that are kept at most; undefined where they are read again from the file. */
  readonly buffer: number | undefined;
  /** What the last key has to say; empty where nothing. */
  readonly said: string;
  /** Packets that were taken, in the list or not, and how many of them have left. */
  readonly packets: number;
  readonly left: number;
  /** What narrows the list, escaped, and how many packets it has seen; undefined where the list has all. */
  readonly narrowed: { readonly filter: string; readonly examined: number } | undefined;
}

export function statusRow(state: State, facts: Facts, theme: Theme): string {
  const { glyphs } = theme;
  const row = new StyledRow(state.layout.columns);
  row.add(` ${clip(facts.name, Math.max(12, row.width >> 2), theme)} `, theme.title).add(' ');
  const parts: [string, string][] = [];
  const { requests, answered, duplicates } = facts.pings;
  const packets = `${grouped(facts.packets)} packet${facts.packets === 1 ? '' : 's'}`;
  if (facts.isReading && !state.isLive) {
    const percent = facts.progress === undefined ? '' : ` ${Math.floor(facts.progress * 100)} %`;
    parts.push([`${packets}, reading${percent}`, theme.heading]);
  } else {
    parts.push([packets, '']);
  }
  if (facts.narrowed !== undefined) {
    const { filter, examined } = facts.narrowed;
    const looking = examined < facts.packets ? ` of ${grouped(examined)} looked at` : '';
    parts.push([
      `${grouped(state.count - state.first)}${looking} pass ${clip(filter, 40, theme)}`,
      theme.heading,
    ]);
  }
  const open = requests - answered;
  const all = open === 0 ? ` ${glyphs.check}` : facts.waiting > 0 ? `, ${facts.waiting} waiting` : '';
  if (requests === 0) parts.push(['no pings', theme.quiet]);
  else {
    const more = duplicates === 0 ? '' : `, ${grouped(duplicates)} duplicate`;
    const style = open === 0 ? theme.good : open > facts.waiting ? theme.problem : '';
    parts.push([`pings answered ${grouped(answered)} of ${grouped(requests)}${all}${more}`, style]);
  }
  if (state.isLive || facts.dropped !== undefined) {
    const { dropped } = facts;
    if (dropped === undefined) parts.push(['drops not known', theme.quiet]);
    else parts.push([`${grouped(dropped)} dropped`, dropped > 0 ? theme.problem : '']);
  }
  if (facts.buffer !== undefined) {
    const left = facts.left === 0 ? '' : `, ${grouped(facts.left)} oldest left`;
    parts.push([`keeps ${facts.buffer >> 20} MiB${left}`, theme.quiet]);
  }
  if (state.isLive || state.isFollowing) {
    if (state.isFollowing) parts.push(['following', theme.good]);
    else {
      const fresh = state.count - state.seen;
      parts.push([fresh > 0 ? `stopped, ${grouped(fresh)} new (f)` : 'stopped (f follows)', theme.heading]);
    }
  }
  for (const [i, [text, style]] of parts.entries()) {
    if (i > 0) row.add(` ${glyphs.dot} `, theme.quiet);
    row.add(clip(text, row.left, theme), style);
  }
  return row.toString();
}

export function footerRow(state: State, facts: Facts, theme: Theme, bindings: readonly Binding[]): string {
  if (state.prompt !== undefined) return promptRow(state.prompt, state.layout.columns, theme);
  const row = new StyledRow(state.layout.columns);
  if (facts.said !== '')
    return row.add(` ${clip(facts.said, row.width - 1, theme)}`, theme.heading).toString();
  row.add(' ');
  for (const { shown, footer, views, footerIn = views } of bindings) {
    if (footer === undefined || footerIn?.includes(state.view) === false) continue;
    row.add(shown.split(' ')[0] as string, theme.heading).add(` ${footer}  `, theme.quiet);
  }
  const { warnings } = facts;
  if (warnings.length === 0) return row.toString();
  const others = warnings.length === 1 ? '' : ` (1 of ${warnings.length}: ?)`;
  return row.add(clip(`! ${warnings.at(-1)}${others}`, row.left, theme), theme.problem).toString();
}

/** What is typed, with the cursor in it, and what is wrong with it or expected. */
function promptRow({ kind, text, at, fault }: Prompt, columns: number, theme: Theme): string {
  const { label, hint } = PROMPTS[kind];
  const row = new StyledRow(columns).add(` ${label}: `, theme.heading);
  const note = fault === '' ? hint : `! ${fault}`;
  // A long text is shown around its cursor.
  const room = Math.max(16, row.left - 1);
  const from = Math.max(0, at - room + 1);
  const style = fault === '' ? '' : theme.problem;
  row
    .add(text.slice(from, at), style)
    .add(text[at] ?? ' ', '7')
    .add(text.slice(at + 1, from + room), style);
  return row
    .add('  ')
    .add(clip(note, row.left, theme), fault === '' ? theme.quiet : theme.problem)
    .toString();
}

export function tooSmallRows(state: State): string[] {
  const { columns, rows: height } = state.layout;
  const text = `Too small: ${columns}x${height}, need ${SMALLEST.columns}x${SMALLEST.rows}; q quits`;
  const rows = [new StyledRow(columns).add(text).toString()];
  while (rows.length < height) rows.push(' '.repeat(columns));
  return rows;
}

/** Thousands apart, so that large counts can be read. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
