/** The path: one ping from point to point, where an envelope is put around it and taken off; and the latest pings. */

import type { Tunnel } from '../../exchange/tunnel.ts';
import { identifierText, tunnelName } from '../../exchange/tunnel-words.ts';
import { elapsedText, totalOf } from '../../path/path-report.ts';
import type { PathDrop, PathPing, PathView, PathWay, Sighting } from '../../path/path-view.ts';
import { createLadders, type LadderPing } from '../../picture/ladder.ts';
import { ladderBody, ladderSigns } from '../../picture/ladder-text.ts';
import { counted } from '../../text/words.ts';
import { endsFilter } from '../detail/filter-by.ts';
import { clamp } from '../state/clamp.ts';
import { START } from '../state/scroll.ts';
import { clip, StyledRow, wrapWords } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';
import { headingRow, itemRows, itemStyle, showPackets } from './item-rows.ts';
import type { PathPicture } from './ping-pictures.ts';
import type { View, ViewContext } from './view.ts';

const ELAPSED_COLUMNS = 7;
const CHANGE_COLUMNS = 10;
/** From this many columns on, a point's row has room for what else changes there: the TTL. */
const CHANGES_FROM = 120;
/** Rows for pings that the course of one leaves in any case, with their heading. */
const FEWEST_PING_ROWS = 4;
const MOST_NAME_COLUMNS = 24;

export const pathView: View = {
  hasCursor: true,

  count: (context) => pictureOf(context).pings.length,

  render(context, scroll, columns, height) {
    const { theme } = context;
    const picture = pictureOf(context);
    const { view, pings } = picture;
    const head = summaryRow(context, picture, columns);
    if (pings.length === 0) {
      const said = 'Each echo request and its reply are shown here at every captured interface.';
      const rows = wrapWords(said, columns - 2).map((line) =>
        new StyledRow(columns).add(` ${line}`).toString(),
      );
      return [head, ...rows];
    }
    const cursor = shownItem(picture, scroll.cursor);
    const row = pings[cursor] as number;
    const most = Math.max(0, height - 1 - FEWEST_PING_ROWS);
    const ladder = context.state.isDrawn ? ladderRows(picture, row, columns, theme) : undefined;
    const course = (ladder ?? courseRows(picture, row, columns, theme)).slice(0, most);
    const listHeight = height - 2 - course.length;
    const list = itemRows(
      context,
      2 + course.length,
      pings.length,
      { ...scroll, cursor },
      listHeight,
      columns,
      (item, isSelected) => [pingRow(view, picture, pings[item] as number, isSelected, columns, theme)],
    );
    return [head, ...course, headingRow(' Pings, latest first', columns, theme), ...list];
  },

  open(context, item) {
    const picture = pictureOf(context);
    const { view, pings } = picture;
    const ping = view.rows[pings[shownItem(picture, item)] ?? -1];
    if (ping === undefined) return;
    const { src, dst } = view.ways[ping.way] as PathWay;
    const [ident, seq] = src.includes(':')
      ? ['icmpv6.echo.identifier', 'icmpv6.echo.sequence_number']
      : ['icmp.ident', 'icmp.seq'];
    showPackets(context, `${ident} == ${ping.ident} && ${seq} == ${ping.seq} && ${endsFilter(src, dst)}`);
  },
};

/** What is shown: as it was when the cursor left the latest ping, so that what is read stays where it is. */
function pictureOf(context: ViewContext): PathPicture {
  const { cursor } = context.state.scrolls.path ?? START;
  return context.path.picture(context.selectedPacket ?? 0, cursor > 0);
}

/** The ping whose course is shown: at the top of the list the latest of which the outcome is known. */
function shownItem({ pings, waiting }: PathPicture, cursor: number): number {
  const known = cursor === 0 ? pings.findIndex((row) => !waiting.has(row)) : cursor;
  return clamp(known, 0, pings.length - 1);
}

function summaryRow(context: ViewContext, picture: PathPicture, columns: number): string {
  const { theme, state, store } = context;
  const { view, pings, waiting, to } = picture;
  const { dot, check } = theme.glyphs;
  const row = new StyledRow(columns);
  if (pings.length === 0) return row.add(' no ping seen yet', theme.heading).toString();
  const lost = view.pings - view.answered - waiting.size;
  const points = new Set(view.ways.flatMap((way) => way.points)).size;
  const isGood = lost === 0;
  row.add(` ${isGood ? check : '!'} `, isGood ? theme.good : theme.problem);
  row.add(`${view.answered} of ${counted(view.pings, 'ping')} answered`, isGood ? theme.good : theme.problem);
  row.add(`, seen at ${counted(points, 'point')}`);
  if (lost > 0) row.add(` ${dot} ${lost} lost`, theme.problem);
  if (waiting.size > 0) row.add(` ${dot} ${waiting.size} on the way`);
  const isHeld = (state.scrolls.path ?? START).cursor > 0;
  if (isHeld && state.isLive && store.count > to) row.add(` ${dot} paused: g for the latest`, theme.heading);
  return row.marked(theme);
}

/** The ping as a ladder, as `path -T ladder` draws it; undefined where the terminal is too narrow for its points. */
function ladderRows({ view, waiting }: PathPicture, row: number, columns: number, theme: Theme) {
  const ping = view.rows[row] as PathPing;
  const names = shortNames(view);
  const points = view.points.map((point, i) => ({ ...point, name: names[i] as string }));
  const [whole] = createLadders({ ...view, points, rows: [ping] }, 'all', 1);
  if (whole === undefined) return undefined;
  const [drawn] = whole.pings as [LadderPing];
  const shown = waiting.has(row)
    ? { ...drawn, total: 'on the way', reason: '', request: { ...drawn.request, isLost: false } }
    : drawn;
  const ladder = { ...whole, pings: [shown], left: 0 };
  const lines = [...ladderBody(ladder, columns), '', ` ${ladderSigns(ladder)}`];
  if (lines.some((line) => line.length > columns)) return undefined;
  const { src, dst } = view.ways[ping.way] as PathWay;
  const title = ` Ping ${ping.seq} ${theme.glyphs.dot} ${src} ${theme.glyphs.arrow} ${dst}`;
  return [
    headingRow(clip(title, columns, theme), columns, theme),
    ...lines.map((line) => signRow(line, columns, theme)),
  ];
}

/** A ladder's line, with what is in an envelope and what was lost in their colours. */
function signRow(line: string, columns: number, theme: Theme): string {
  const row = new StyledRow(columns);
  for (const part of line.split(/(═+|╌+[✕?]|[✕?]╌+|LOST)/)) {
    row.add(part, part.startsWith('═') ? theme.tunnel : /╌|LOST/.test(part) ? theme.problem : '');
  }
  return row.toString();
}

/** The points that a ping passes, in order, each with the time to it and what is around the ping there. */
function courseRows({ view, waiting }: PathPicture, row: number, columns: number, theme: Theme): string[] {
  const { glyphs } = theme;
  const ping = view.rows[row] as PathPing;
  const way = view.ways[ping.way] as PathWay;
  const outcome = waiting.has(row) ? 'on the way' : totalOf(ping);
  const title = ` Ping ${ping.seq} ${glyphs.dot} ${way.src} ${glyphs.arrow} ${way.dst} ${glyphs.dot} ${outcome}`;
  const rows = [headingRow(clip(title, columns, theme), columns, theme)];
  const unseen = view.points.map((_, point) => point).filter((point) => !way.points.includes(point));
  const points = ping.answered ? way.points : [...way.points, ...unseen];
  const names = shortNames(view);
  const nameColumns = Math.min(
    MOST_NAME_COLUMNS,
    Math.max(5, ...points.map((point) => (names[point] as string).length)),
  );
  // A single point has none before it that an envelope could be put on behind.
  const changeColumns = points.length > 1 ? CHANGE_COLUMNS : 0;
  rows.push(
    new StyledRow(columns, theme.heading)
      .add(` ${'point'.padEnd(nameColumns)}`)
      .add(`${glyphs.arrow} µs`.padStart(ELAPSED_COLUMNS))
      .add(`${glyphs.back} µs`.padStart(ELAPSED_COLUMNS))
      .add(`  ${points.length > 1 ? 'envelope'.padEnd(changeColumns) : ''}headers around the ping here`)
      .marked(theme),
  );
  let before: readonly Tunnel[] | undefined;
  for (const point of points) {
    const request = ping.request.find((sighting) => sighting.point === point);
    const reply = ping.reply.find((sighting) => sighting.point === point);
    const line = new StyledRow(columns)
      .add(` ${clip(names[point] as string, nameColumns, theme).padEnd(nameColumns)}`)
      .add(timeOf(request, request === ping.request[0]).padStart(ELAPSED_COLUMNS))
      .add(timeOf(reply, false).padStart(ELAPSED_COLUMNS))
      .add('  ');
    const seen = request ?? reply;
    if (seen === undefined) {
      rows.push(line.add(`${glyphs.lost} not seen here`, theme.quiet).marked(theme));
      continue;
    }
    const around = view.tunnels[seen.tunnels] ?? [];
    const change = before === undefined ? '' : changeWord(before, around);
    before = around;
    line.add(change.padEnd(changeColumns), theme.heading);
    const remark = waiting.has(row) ? '' : remarkOn(view, ping, point, around, reply, theme);
    const ends = seen === request ? [way.src, way.dst] : [way.dst, way.src];
    addEnvelopes(line, around, `${ends.join(` ${glyphs.arrow} `)} `, remark.length, theme);
    const hasRoom = line.left >= remark.length;
    if (hasRoom) line.add(remark, theme.problem);
    const others = seen.changes.filter((text) => !/^[+-]/.test(text)).join(', ');
    if (columns >= CHANGES_FROM && others !== '') line.add(`  ${others}`, theme.quiet);
    rows.push(line.marked(theme));
    const beside = nameColumns + 2 * ELAPSED_COLUMNS + changeColumns + 1;
    if (!hasRoom) rows.push(new StyledRow(columns).padTo(beside).add(remark, theme.problem).marked(theme));
  }
  const error = ping.error === null ? undefined : view.errors[ping.error];
  const told = waiting.has(row) ? [] : dropsOf(view, ping).map(({ message }) => message);
  for (const message of error === undefined ? told : [error.message, ...told]) {
    for (const text of wrapWords(message, columns - 4)) {
      rows.push(new StyledRow(columns).add(` ! ${text}`, theme.problem).toString());
    }
  }
  return rows;
}

/** What the kernel says that it dropped of a ping, where it was asked. */
function dropsOf({ drops = [] }: PathView, { drop }: PathPing): PathDrop[] {
  const found = typeof drop === 'number' ? drops[drop] : undefined;
  const cause = typeof found?.because === 'number' ? drops[found.because] : undefined;
  return [found, cause].filter((one) => one !== undefined);
}

/** What is wrong with a ping at a point, to stand behind its envelopes. */
function remarkOn(
  view: PathView,
  { lastSeen, request }: PathPing,
  point: number,
  around: readonly Tunnel[],
  reply: Sighting | undefined,
  { glyphs }: Theme,
): string {
  if (lastSeen?.point === point) return `  ${lastSeen.direction} last seen here`;
  if (reply === undefined || request.every((sighting) => sighting.point !== point)) return '';
  const back = view.tunnels[reply.tunnels] ?? [];
  if (isSameKind(around, back)) return '';
  return `  ${glyphs.back} ${back.length === 0 ? 'without' : back.map(label).join(', ')}`;
}

function timeOf(sighting: Sighting | undefined, isFirst: boolean): string {
  if (sighting === undefined) return '-';
  const text = isFirst ? '0' : elapsedText(sighting);
  return sighting.count > 1 ? `${text}×${sighting.count}` : text;
}

/** What the request's envelope went through since the point before. */
function changeWord(before: readonly Tunnel[], around: readonly Tunnel[]): string {
  if (around.length > before.length) return 'put on';
  if (around.length < before.length) return 'taken off';
  return isSameKind(before, around) ? '' : 'changed';
}

function isSameKind(a: readonly Tunnel[], b: readonly Tunnel[]): boolean {
  return a.length === b.length && a.every((one, i) => tunnelName(one) === tunnelName(b[i] as Tunnel));
}

/**
 * The ping in its envelopes: `[10.1.0.10 → 10.2.0.10 tunpi udp 9000 [ping]]`.
 *
 * @param ends of the ping itself, for the innermost where there is room
 * @param behind cells that are to be left behind it
 */
function addEnvelopes(
  line: StyledRow,
  around: readonly Tunnel[],
  ends: string,
  behind: number,
  theme: Theme,
): void {
  const { arrow } = theme.glyphs;
  for (const [level, tunnel] of around.entries()) {
    const { src: from, dst: to } = tunnel;
    const style: Style = level === 0 ? theme.outer : theme.tunnel;
    const outerEnds = from === undefined ? '' : `${from} ${arrow} ${to} `;
    line.add(`[${outerEnds}`, style).add(`${label(tunnel)} `, theme.tunnel);
  }
  // Where there is room, the ping's own ends stand in the innermost.
  const closing = around.length + '[ping]'.length + behind;
  line.add(line.left >= ends.length + closing ? `[${ends}ping]` : '[ping]', theme.inner);
  line.add(']'.repeat(around.length), theme.tunnel);
}

function label(tunnel: Tunnel): string {
  const { kind, dstport } = tunnel;
  if (identifierText(tunnel) !== undefined || dstport === undefined) return tunnelName(tunnel);
  return `${kind} udp ${dstport}`;
}

function pingRow(
  view: PathView,
  { waiting }: PathPicture,
  row: number,
  isSelected: boolean,
  columns: number,
  theme: Theme,
): string {
  const { glyphs } = theme;
  const ping = view.rows[row] as PathPing;
  const { src, dst } = view.ways[ping.way] as PathWay;
  const isLost = !ping.answered && !waiting.has(row) && ping.request.length > 0;
  const line = new StyledRow(columns, itemStyle(isSelected, theme));
  line.add(isSelected ? glyphs.selected : ' ');
  line.add(`seq ${ping.seq}`.padEnd(10)).add(`id ${ping.ident}`.padEnd(9));
  line.add(`${src} ${glyphs.arrow} ${dst}`, theme.inner).add('  ');
  const outcome = waiting.has(row) ? 'on the way' : totalOf(ping);
  line.add(outcome, isLost ? theme.problem : '');
  if (isLost && ping.lastSeen !== null) {
    const { direction, point } = ping.lastSeen;
    const [drop] = dropsOf(view, ping);
    line.add(`: ${direction} last seen at ${shortNames(view)[point]}`, theme.problem);
    if (drop !== undefined) line.add(`, ${drop.reason}`, theme.problem);
  }
  return line.marked(theme);
}

/** The points' names, without what all of them begin with up to a dash: a lab's name. */
export function shortNames({ points }: Pick<PathView, 'points'>): string[] {
  const names = points.map(({ name }) => name);
  const [first = '', ...others] = names;
  if (others.length === 0 || !names.every((name) => name.includes(':'))) return names;
  let shared = first.indexOf(':');
  for (const name of others) {
    let same = 0;
    while (same < shared && name[same] === first[same]) same++;
    shared = same;
  }
  const end = first.lastIndexOf('-', shared - 1) + 1;
  return names.map((name) => name.slice(end));
}
