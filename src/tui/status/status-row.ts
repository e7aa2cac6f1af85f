/** The first row of the screen. */

import type { Progress } from '../packets/reading-progress.ts';
import { SMALLEST } from '../state/layout.ts';
import type { State } from '../state/state.ts';
import { grouped, shortNumber } from '../terminal/numbers.ts';
import { clip, StyledRow } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';
import type { Facts } from './facts.ts';

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
    const looking = examined < facts.packets ? ` of ${grouped(examined)} examined` : '';
    const pass = `${grouped(state.count - state.first)}${looking} match`;
    const forms = [40, 20].map((width) => `${pass} ${clip(filter, width, theme)}`);
    parts.push({ forms: [...forms, pass], style: theme.heading });
  }
  parts.push(pingsPart(facts, theme));
  const { dropped, buffer } = facts;
  if (state.isLive || dropped !== undefined) {
    if (dropped === undefined) parts.push({ forms: ['drops unknown'], style: theme.quiet });
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

/** Whether the newest packet is shown as it comes; undefined if none will come. */
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

/** In place of everything else, where the terminal has no room for it. */
export function tooSmallRows(state: State): string[] {
  const { columns, rows: height } = state.layout;
  const text = `Too small: ${columns}x${height}, need ${SMALLEST.columns}x${SMALLEST.rows}; Ctrl-C quits`;
  const rows = [new StyledRow(columns).add(text).toString()];
  while (rows.length < height) rows.push(' '.repeat(columns));
  return rows;
}
