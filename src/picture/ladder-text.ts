/** A ladder as text: a column a point, an arrow from one to the next, double where the packet is in an envelope. */
import { counted, wrap } from '../text/words.ts';
import type { Arrow, Ladder, Lifeline } from './ladder.ts';

/** A column's least width: room for `◀~1234 µs`. */
const NARROWEST = 10;

/** What the arrows' signs mean. */
export function ladderSigns({ pings }: Ladder): string {
  const isOpen = pings.some(({ request, reply }) => request.isOpen || reply.isOpen);
  const open = isOpen ? '╌? the capture ended   ' : '';
  return `─ bare   ═ in an envelope   ✕ lost   ${open}· not seen there, but further on`;
}

/** @returns lines; they may be longer than `width`, where even narrow columns do not fit */
export function ladderLines(ladder: Ladder, width: number): string[] {
  const { title, left } = ladder;
  const more = left > 0 ? [`and ${counted(left, 'more ping')}, not drawn`] : [];
  return [...wrap(title, width, 2), '', ...ladderBody(ladder, width), '', ladderSigns(ladder), ...more];
}

/** The points and the arrows alone. */
export function ladderBody({ lines, pings }: Ladder, width: number): string[] {
  const labelWidth = Math.max(4, ...pings.map(({ label }) => label.length + 2));
  const totalWidth = Math.max(0, ...pings.map(({ total }) => total.length)) + 3;
  const room = Math.floor((width - labelWidth - 2 - totalWidth) / Math.max(1, lines.length - 1));
  const longest = Math.max(...lines.map(({ name, host }) => Math.max(name.length, host.length))) + 2;
  const column = Math.max(NARROWEST, Math.min(room, Math.max(longest, 14)));
  const at = (line: number) => labelWidth + 2 + line * column;
  const out: string[] = [];
  for (const part of ['host', 'name'] as const) {
    const row = headLine(lines, part, at, column);
    if (row !== '') out.push(row);
  }
  for (const ping of pings) {
    for (const direction of ['request', 'reply'] as const) {
      const moving = ping[direction];
      if (moving.stops.length === 0) continue;
      for (const { from, words } of moving.envelopes) {
        const start = at(moving.stops[from]?.line ?? 0);
        out.push(`${grid(lines, at, start)}${words}`);
      }
      const sign = direction === 'request' ? '→' : '←';
      const isLast = direction === 'reply' || ping.reply.stops.length === 0;
      const drawn = arrowLine(moving, direction, lines, at);
      const label = `${ping.label} ${sign}`.padEnd(labelWidth + 1);
      out.push(`${label}${drawn.slice(labelWidth + 1)}${isLast ? `  ${ping.total}` : ''}`);
    }
    if (ping.reason !== '') out.push(...wrap(`${' '.repeat(labelWidth + 2)}${ping.reason}`, width, 2));
  }
  return out;
}

function headLine(
  lines: readonly Lifeline[],
  part: 'name' | 'host',
  at: (line: number) => number,
  column: number,
): string {
  let row = '';
  for (const [i, line] of lines.entries()) {
    if (part === 'host' && i > 0 && lines[i - 1]?.host === line.host) continue;
    const words = line[part];
    const fitting = words.length < column ? words : `…${words.slice(words.length - column + 2)}`;
    row = `${row.padEnd(at(i))}${fitting}`;
  }
  return row.trim() === '' ? '' : row;
}

/** The lifelines up to a column. */
function grid(lines: readonly Lifeline[], at: (line: number) => number, end: number): string {
  let row = '';
  for (const i of lines.keys()) {
    if (at(i) >= end) break;
    row = `${row.padEnd(at(i))}│`;
  }
  return row.padEnd(end);
}

function arrowLine(
  { stops, envelopes, isLost, isOpen }: Arrow,
  direction: 'request' | 'reply',
  lines: readonly Lifeline[],
  at: (line: number) => number,
): string {
  const cells = [...grid(lines, at, at(lines.length - 1) + 1)];
  const forward = direction === 'request';
  for (const [i, { line, elapsed, count }] of stops.entries()) {
    if (i > 0) {
      const before = stops[i - 1]?.line ?? 0;
      const inside = envelopes.some(({ from, to }) => from <= i - 1 && to >= i);
      const [from, to] = [Math.min(at(before), at(line)), Math.max(at(before), at(line))];
      for (let cell = from + 1; cell < to; cell++) cells[cell] = inside ? '═' : '─';
      for (let passed = Math.min(before, line) + 1; passed < Math.max(before, line); passed++) {
        cells[at(passed)] = '·';
      }
      cells[forward ? to - 1 : from + 1] = forward ? '▶' : '◀';
      if (forward) put(cells, elapsed, from + 1, to - 1);
      else put(cells, elapsed, from + 2, to);
    }
    if (count > 1) put(cells, `×${count}`, at(line), at(line) + 4);
  }
  const last = stops.at(-1);
  if (isLost && last !== undefined) {
    const end = at(last.line) + (forward ? 3 : -3);
    while (cells.length <= end) cells.push(' ');
    for (let step = 1; step < 3; step++) cells[at(last.line) + (forward ? step : -step)] = '╌';
    cells[end] = isOpen ? '?' : '✕';
  }
  return cells.join('');
}

/** In the middle of what is free between two lifelines. */
function put(cells: string[], words: string, from: number, to: number): void {
  const spaced = [...` ${words} `];
  const signs = spaced.length <= to - from ? spaced : [...words];
  const start = from + Math.max(0, Math.floor((to - from - signs.length) / 2));
  if (words === '' || signs.length > to - from) return;
  for (const [i, sign] of signs.entries()) cells[start + i] = sign;
}
