/** The path view for people: the points of each way and what changes there, then one row a ping and direction. */

import { countersText } from '../finding/kernel-counters.ts';
import { explainedEnds } from '../packet/address-names.ts';
import { escapeControls } from '../text/printable.ts';
import { wrap } from '../text/words.ts';
import type { Followed } from './followed.ts';
import type { PathHop, PathPing, PathView, PathWay, Sighting } from './path-view.ts';
import { conclusion, labelOf, lossText, WORDS, wayName } from './path-words.ts';

export interface PathReportOptions {
  /** Columns of the terminal; default: 80. */
  readonly width?: number;
  /** What was followed; default: pings alone. */
  readonly of?: readonly Followed[];
}

const NARROWEST = 60;
/** Pings and ways past these are only counted: `-T json` has more. */
const MOST_ROWS = 50;
const MOST_SHOWN_WAYS = 16;
const ARROWS = { request: '→', reply: '←' } as const;
type Direction = keyof typeof ARROWS;
const DIRECTIONS: readonly Direction[] = ['request', 'reply'];
const ABSENT = '-';
const PASSED = '·';
/** What a ping's row needs to be drawn. */
interface WayLayout {
  readonly way: PathWay;
  /** Points in the order of the columns: where none of the pings was seen, last. */
  readonly columns: readonly number[];
  readonly names: readonly string[];
  /** What usually changes from a point to another. */
  readonly usual: ReadonlyMap<string, string>;
  readonly label: (ping: PathPing) => string;
}

/** @returns lines, each ended by a newline */
export function formatPathReport(found: PathView, options: PathReportOptions = {}): string {
  const view = withoutControls(found);
  const width = Math.max(options.width ?? 80, NARROWEST);
  const blocks = view.ways
    .slice(0, MOST_SHOWN_WAYS)
    .map((_, number) => wayLines(view, number, width))
    .filter((lines) => lines.length > 0);
  if (view.ways.length > MOST_SHOWN_WAYS) {
    blocks.push([`and ${view.ways.length - MOST_SHOWN_WAYS} more pairs of addresses: -T json lists all`]);
  }
  const counters = counterLines(view, width);
  if (counters.length > 0) blocks.push(counters);
  if (view.notes.length > 0) blocks.push(view.notes.flatMap((note) => wrap(`note: ${note}`, width, 6)));
  blocks.push(wrap(conclusion(view, options.of), width, 6));
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** What rose while pings were lost. */
function counterLines({ verdict, counters = [] }: PathView, width: number): string[] {
  if (verdict === 'pass' || counters.length === 0) return [];
  return wrap(`the kernel's counters that rose meanwhile: ${countersText(counters)}`, width, 2);
}

/** The points' names are a file's, and stand in notes too. */
function withoutControls(view: PathView): PathView {
  return {
    ...view,
    points: view.points.map((point) => ({ ...point, name: escapeControls(point.name) })),
    notes: view.notes.map(escapeControls),
  };
}

function wayLines(view: PathView, number: number, width: number): string[] {
  const way = view.ways[number] as PathWay;
  const pings = view.rows.filter((ping) => ping.way === number);
  if (pings.length === 0) return [];
  const idents = new Set(pings.map((ping) => ping.ident));
  const words = WORDS[way.protocol];
  const isLossy = way.answered < way.pings;
  const unseen = view.points.map((_, point) => point).filter((point) => !way.points.includes(point));
  const layout: WayLayout = {
    way,
    // Where something was lost, the points that it never came to are part of the picture.
    columns: isLossy ? [...way.points, ...unseen] : way.points,
    names: view.points.map((point) => point.name),
    usual: usualChanges(pings),
    label: (ping) => labelOf(way.protocol, ping, idents.size === 1),
  };
  const lines = wrap(wayName(way, pings), width, 2);
  const ends = explainedEnds(new Map(view.names?.map((one) => [one.address, one])), way.src, way.dst);
  if (ends !== undefined) lines.push(...wrap(`  ${ends}`, width, 2));
  lines.push(...pointLines(view, layout, width));
  if (!isLossy && unseen.length > 0) {
    const names = unseen.map((point) => layout.names[point]).join(', ');
    lines.push(...wrap(`not passed: ${names}`, width, 2));
  }
  const shown = chooseRows(pings);
  lines.push('', ...pingLines(view, layout, shown, width));
  const left = way.pings - shown.filter((ping) => ping.request.length > 0).length;
  if (left > 0) {
    lines.push(
      ...wrap(
        `and ${left} more ${left === 1 ? words.one : words.many}, counted above: -T json lists the first thousand`,
        width,
        2,
      ),
    );
  }
  return lines;
}

/** The first, and those that were lost before those that were not; in their order. */
function chooseRows(pings: readonly PathPing[]): PathPing[] {
  const lost = pings.filter((ping) => !ping.answered).slice(0, MOST_ROWS);
  const others = pings.filter((ping) => ping.answered).slice(0, Math.max(MOST_ROWS - lost.length, 1));
  const chosen = new Set([...lost, ...others]);
  return pings.filter((ping) => chosen.has(ping));
}

function usualChanges(pings: readonly PathPing[]): Map<string, string> {
  const usual = new Map<string, string>();
  for (const ping of pings) {
    for (const direction of DIRECTIONS) {
      for (const [key, changes] of changesOf(ping, direction)) {
        if (!usual.has(key)) usual.set(key, changes);
      }
    }
  }
  return usual;
}

/** What changed from each point to the next, by both. */
function changesOf(ping: PathPing, direction: Direction): [string, string, Sighting][] {
  return ping[direction]
    .slice(1)
    .map((sighting, i) => [
      stepKey(direction, (ping[direction][i] as Sighting).point, sighting.point),
      sighting.changes.join(', '),
      sighting,
    ]);
}

function stepKey(direction: Direction, from: number, to: number): string {
  return `${direction} ${from} ${to}`;
}

/** The points, numbered as the columns are, with what was lost by the capture, and what changes on the way there. */
function pointLines(view: PathView, { way, columns, names, usual }: WayLayout, width: number): string[] {
  const nameWidth = Math.max(5, ...columns.map((point) => (names[point] as string).length));
  const lines = [`${'#'.padStart(4)}  ${'point'.padEnd(nameWidth)}  drops  changes: → request, ← reply`];
  const indent = ' '.repeat(4 + 2 + nameWidth + 9);
  for (const [at, point] of columns.entries()) {
    const dropped = view.points[point]?.dropped;
    const drops = dropped === null || dropped === undefined ? '?' : String(dropped);
    const head = `${String(at + 1).padStart(4)}  ${(names[point] as string).padEnd(nameWidth)}  ${drops.padStart(5)}`;
    const changes: string[] = [];
    if (!way.points.includes(point)) changes.push(`no ${WORDS[way.protocol].one} seen here`);
    for (const direction of DIRECTIONS) {
      const neighbour = columns[direction === 'request' ? at - 1 : at + 1];
      const found = neighbour === undefined ? undefined : usual.get(stepKey(direction, neighbour, point));
      if (found !== undefined && found !== '') changes.push(`${ARROWS[direction]} ${found}`);
    }
    const described = changes.flatMap((change) => wrap(change, Math.max(width - indent.length, 20), 2));
    lines.push(`${head}  ${described[0] ?? ''}`.trimEnd());
    for (const line of described.slice(1)) lines.push(indent + line);
  }
  return lines;
}

function pingLines(view: PathView, layout: WayLayout, pings: readonly PathPing[], width: number): string[] {
  const { columns, label } = layout;
  const marks = new Set<string>();
  const rows = foldRemarks(
    layout,
    pings.map((ping) => ({
      ping,
      cells: DIRECTIONS.map((direction) => cellsOf(ping, direction, columns, marks)),
      total: totalOf(ping),
      remarks: remarksOf(view, layout, ping),
    })),
  );
  const labelWidth = Math.max(4, ...pings.map((ping) => label(ping).length + 2));
  const totalWidth = Math.max(0, ...rows.map(({ total }) => total.length));
  const cellWidths = columns.map((_, at) =>
    Math.max(...rows.flatMap(({ cells }) => cells.map((row) => (row[at] as string).length))),
  );
  const legend = wrap(legendOf(marks), width, 2);
  const rowWidth = (headers: readonly string[][]) =>
    headers.reduce(
      (sum, header, at) => sum + 2 + Math.max(cellWidths[at] as number, ...header.map((word) => word.length)),
      labelWidth + 2 + totalWidth,
    );
  const named = columns.map((point) => (layout.names[point] as string).split(':'));
  const numbered = columns.map((_, at) => [String(at + 1)]);
  const headers = [named, numbered].find((candidate) => rowWidth(candidate) <= width);
  const lines: string[] = [];
  if (headers === undefined) {
    for (const row of rows) lines.push(...transposed(layout, row, width));
    return [...lines, ...legend];
  }
  const widths = headers.map((header, at) =>
    Math.max(cellWidths[at] as number, ...header.map((word) => word.length)),
  );
  const line = (head: string, cells: readonly string[], total = '') =>
    `${head.padEnd(labelWidth)}${cells.map((cell, at) => `  ${cell.padStart(widths[at] as number)}`).join('')}  ${total}`.trimEnd();
  const deepest = Math.max(...headers.map((header) => header.length));
  for (let row = 0; row < deepest; row++) {
    lines.push(
      line(
        row === deepest - 1 ? WORDS[layout.way.protocol].label : '',
        headers.map((header) => header[row - deepest + header.length] ?? ''),
      ),
    );
  }
  for (const { ping, cells, total, remarks } of rows) {
    for (const [i, direction] of DIRECTIONS.entries()) {
      if (ping[direction].length === 0) continue;
      const isLast = direction === 'reply' || ping.reply.length === 0;
      lines.push(line(`${label(ping)} ${ARROWS[direction]}`, cells[i] as string[], isLast ? total : ''));
    }
    for (const remark of remarks) lines.push(...wrap(`  ${remark}`, width, 2));
  }
  return [...lines, ...legend];
}

interface Row {
  readonly ping: PathPing;
  readonly cells: readonly string[][];
  readonly total: string;
  readonly remarks: readonly string[];
}

/** What is said of one ping is not said again of the next ones: they name it. */
function foldRemarks({ label }: WayLayout, rows: readonly Row[]): Row[] {
  const said = new Map<string, string>();
  return rows.map((row) => {
    if (row.remarks.length === 0) return row;
    const all = row.remarks.join('\n');
    const before = said.get(all);
    if (before !== undefined) return { ...row, total: `${row.total}, as ${before}`, remarks: [] };
    said.set(all, label(row.ping));
    return row;
  });
}

/** Where columns don't fit: one line a point. */
function transposed(
  { way, columns, names, label }: WayLayout,
  { ping, cells, total, remarks }: Row,
  width: number,
) {
  const nameWidth = Math.max(...columns.map((point) => (names[point] as string).length));
  const lines = [`${WORDS[way.protocol].label} ${label(ping)}: ${total}`];
  for (const [at, point] of columns.entries()) {
    const both = DIRECTIONS.map((direction, i) =>
      ping[direction].length === 0
        ? ''
        : `${((cells[i] as string[])[at] as string).padStart(8)} ${ARROWS[direction]}`,
    );
    lines.push(
      `${String(at + 1).padStart(4)}  ${(names[point] as string).padEnd(nameWidth)}${both.join('')}`.trimEnd(),
    );
  }
  for (const remark of remarks) lines.push(...wrap(`  ${remark}`, width, 2));
  return lines;
}

/** A ping's row: µs from point to point, or why there is no time. */
function cellsOf(
  ping: PathPing,
  direction: Direction,
  columns: readonly number[],
  marks: Set<string>,
): string[] {
  const sightings = new Map(ping[direction].map((sighting) => [sighting.point, sighting]));
  const ranks = columns.flatMap((point, at) => (sightings.has(point) ? [at] : []));
  const [first = 0, last = -1] = [ranks[0], ranks.at(-1)];
  return columns.map((point, at) => {
    const sighting = sightings.get(point);
    if (sighting !== undefined) {
      const isStart = direction === 'request' && sighting === ping.request[0];
      const text = isStart ? '0' : elapsedText(sighting);
      if (text.startsWith('~')) marks.add('~');
      if (text === '?') marks.add('?');
      if (sighting.count > 1) marks.add(`×${sighting.count}`);
      return sighting.count > 1 ? `${text}×${sighting.count}` : text;
    }
    const mark = at > first && at < last ? PASSED : ABSENT;
    marks.add(mark);
    return mark;
  });
}

/** In µs, or in a larger unit that says so. */
export function elapsedText({ elapsed, uncertainty }: Sighting): string {
  if (elapsed === null) return '?';
  const about = uncertainty > 0 ? '~' : '';
  const size = Math.abs(elapsed);
  if (size < 99.9995) return `${about}${Math.round(elapsed * 1000)}`;
  return size < 9999.5 ? `${about}${Math.round(elapsed)}ms` : `${about}${Math.round(elapsed / 1000)}s`;
}

function legendOf(marks: ReadonlySet<string>): string {
  const parts = ['µs from point to point'];
  const repeated = [...marks].filter((mark) => mark.startsWith('×'));
  if (repeated.length > 1) parts.push('×N came N times');
  else if (repeated.length === 1) parts.push(repeatedText(repeated[0] as string));
  if (marks.has('~')) parts.push('~ between clocks, as estimated');
  if (marks.has('?')) parts.push('? between clocks that can’t be compared');
  if (marks.has(PASSED))
    parts.push(`${PASSED} not seen there, but further on: missed by the capture, or another path`);
  if (marks.has(ABSENT)) parts.push(`${ABSENT} not seen`);
  return `(${parts.join('; ')})`;
}

/** @param mark `×2` */
function repeatedText(mark: string): string {
  return mark === '×2' ? '×2 came twice' : `${mark} came ${mark.slice(1)} times`;
}

/** The round trip at the first point, or which hop answered, or LOST; `no answer yet` where the capture ended too soon to know. */
export function totalOf(ping: PathPing): string {
  if (ping.request.length === 0) return 'no request';
  if (!ping.answered) return ping.endedAfter === undefined ? 'LOST' : 'no answer yet';
  const home = ping.reply.find((sighting) => sighting.point === ping.request[0]?.point);
  if (ping.hop !== undefined) return hopText(ping.hop);
  if (home === undefined) return 'answered';
  const sum = Number(differenceOf(ping.request[0]?.time as string, home.time)) / 1e6;
  return `${sum.toFixed(3)} ms`;
}

function hopText({ ttl, from }: PathHop): string {
  return `hop ${ttl}${from === null ? '' : `, ${from}`} answered`;
}

/** ns between two times as in {@link Sighting}. */
function differenceOf(from: string, to: string): bigint {
  return BigInt(to.replace('.', '')) - BigInt(from.replace('.', ''));
}

function remarksOf(view: PathView, { way, usual, names }: WayLayout, ping: PathPing): string[] {
  const loss = lossText(view, ping);
  const remarks: string[] = loss === '' ? [] : [loss];
  for (const direction of DIRECTIONS) {
    for (const [key, changes, { point }] of changesOf(ping, direction)) {
      if (usual.get(key) === changes) continue;
      const word = WORDS[way.protocol][direction];
      remarks.push(`${word} at ${names[point]}: ${changes === '' ? 'unchanged' : changes}`);
    }
    for (const { point, count, ttl, lastTtl } of ping[direction]) {
      if (ttl !== lastTtl) {
        const word = WORDS[way.protocol][direction];
        remarks.push(`${word} came ${count} times to ${names[point]}, TTL ${ttl} to ${lastTtl}: a loop`);
      }
    }
  }
  return remarks;
}
