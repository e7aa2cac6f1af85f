/** A ladder as SVG: lifelines from left to right in the order of the way, time from top to bottom. */

import { arrow, cross, type Drawing, MARGIN, round, stacked, text, textWidth } from '../drawing/svg.ts';
import { type Markup, markup } from '../text/markup.ts';
import { counted, wrap } from '../text/words.ts';
import { type Arrow, type Ladder, type LadderPing, type Lifeline, NOTHING_DRAWN } from './ladder.ts';

/** Pixels left of the first lifeline for a ping's number, and right of the last for its round trip. */
const LEFT = 96;
const RIGHT = 110;
/** Pixels from the last lifeline to the far edge of a mark behind it. */
const MARK = 46;
const NARROWEST = 104;
const WIDEST = 190;
/** From one arrow to the next, and what an envelope's words take more. */
const ARROW_HEIGHT = 40;
const ENVELOPE_HEIGHT = 18;
const LINE = 17;
/** A heading's characters are wider than others, digits most. */
const HEADING = 1.45;
/** Pixels by which an envelope's words widen a picture at most. */
const MOST_WORDS = 1400;
/** Pixels by which a reason's further lines are indented. */
const HANGING = 14;

export function laddersDrawing(ladders: readonly Ladder[]): Drawing {
  if (ladders.length > 0) return stacked(ladders.map(ladderDrawing));
  const picture = text(NOTHING_DRAWN, MARGIN, 26, { kind: 'q' });
  return { width: 320, height: 40, picture, description: NOTHING_DRAWN };
}

export function ladderDrawing(ladder: Ladder): Drawing {
  const { lines, pings, left, title } = ladder;
  const gap = Math.min(WIDEST, Math.max(NARROWEST, ...lines.map(({ name }) => textWidth(name) + 14)));
  const x = (line: number) => MARGIN + LEFT + line * gap;
  const words = pings.flatMap(({ request, reply }) => [...request.envelopes, ...reply.envelopes]);
  const wordsWidth = Math.min(MOST_WORDS, 1 + Math.max(0, ...words.map((one) => textWidth(one.words))));
  const right = Math.max(RIGHT, ...pings.map(({ total }) => MARK + textWidth(total)));
  const width = Math.max(
    x(lines.length - 1) + right + MARGIN,
    MARGIN * 2 + Math.max(textWidth(title) * HEADING, wordsWidth),
  );
  const top = 34;
  const headBottom = top + 46;
  let y = headBottom + 14;
  const drawn = pings.map((ping) => {
    const { picture, bottom } = pingDrawing(ping, y, x, gap, width);
    y = bottom;
    return picture;
  });
  const bottom = y;
  const lost = pings.filter(({ isLost }) => isLost).length;
  const more = left === 0 ? '' : `and ${counted(left, 'more ping')}, not drawn`;
  return {
    width: Math.ceil(width),
    height: Math.ceil(bottom + (more === '' ? 8 : LINE + 14)),
    picture: markup`${text(title, MARGIN, 20, { kind: 'h' })}${heads(lines, top, x, gap)}${lines.map(
      (_, i) => markup`<path class="rule" d="M${round(x(i))} ${headBottom}V${round(bottom)}"/>
`,
    )}${drawn}${more === '' ? '' : text(more, MARGIN, bottom + LINE + 4, { kind: 'q' })}`,
    description: `${title}. ${counted(pings.length, 'ping')} drawn at ${counted(lines.length, 'point')}, ${lost} lost.`,
  };
}

/** The points' names in boxes, and around neighbours of one host a box with its name. */
function heads(lines: readonly Lifeline[], top: number, x: (line: number) => number, gap: number): Markup {
  const parts: Markup[] = [];
  for (let i = 0; i < lines.length; ) {
    const { host } = lines[i] as Lifeline;
    let end = i + 1;
    while (host !== '' && lines[end]?.host === host) end++;
    const [from, to] = [x(i) - gap / 2 + 4, x(end - 1) + gap / 2 - 4];
    if (host !== '') {
      parts.push(markup`<rect class="box" x="${round(from)}" y="${top}" width="${round(to - from)}" height="42" rx="4"/>
${text(host, (from + to) / 2, top + 16, { kind: 'q m', most: to - from - 8 })}`);
    }
    i = end;
  }
  for (const [i, { name }] of lines.entries()) {
    parts.push(text(name, x(i), top + 35, { kind: 'b m', most: gap - 10 }));
  }
  return markup`${parts}`;
}

function pingDrawing(
  ping: LadderPing,
  top: number,
  x: (line: number) => number,
  gap: number,
  width: number,
): { picture: Markup; bottom: number } {
  const parts: Markup[] = [];
  let y = top;
  for (const direction of ['request', 'reply'] as const) {
    const moving = ping[direction];
    if (moving.stops.length === 0) continue;
    y += ARROW_HEIGHT + (moving.envelopes.length > 0 ? ENVELOPE_HEIGHT : 0);
    parts.push(arrowDrawing(moving, direction, y - 16, x, gap, width));
    parts.push(
      text(`${ping.label} ${direction === 'request' ? '→' : '←'}`, MARGIN, y - 12, { most: LEFT - 16 }),
    );
    const isLast = direction === 'reply' || ping.reply.stops.length === 0;
    if (isLast) parts.push(text(ping.total, width - MARGIN, y - 12, { kind: ping.isLost ? 'x b e' : 'b e' }));
  }
  y += 4;
  if (ping.reason !== '') {
    const columns = Math.max(40, Math.floor((width - 2 * MARGIN - LEFT) / textWidth('x')));
    for (const [i, line] of wrap(ping.reason, columns, 2).entries()) {
      y += LINE;
      parts.push(
        text(line.trimStart(), MARGIN + LEFT + (i === 0 ? 0 : HANGING), y, {
          kind: 'x',
          isBacked: true,
        }),
      );
    }
    y += 6;
  }
  return { picture: markup`${parts}`, bottom: y };
}

function arrowDrawing(
  { stops, envelopes, isLost, isOpen }: Arrow,
  direction: 'request' | 'reply',
  y: number,
  x: (line: number) => number,
  gap: number,
  width: number,
): Markup {
  const parts: Markup[] = [];
  const at = (stop: number) => x(stops[stop]?.line ?? 0);
  for (const { from, to, words } of envelopes) {
    const [a, b] = [Math.min(at(from), at(to)) - 9, Math.max(at(from), at(to)) + 9];
    parts.push(markup`<rect class="band" x="${round(a)}" y="${y - 17}" width="${round(b - a)}" height="36" rx="5"/>
${text(words, Math.max(MARGIN, Math.min(a, width - MARGIN - textWidth(words))), y - 22, { kind: 't', most: width - 2 * MARGIN, isBacked: true })}`);
  }
  for (const [i, { line, elapsed, ttl, count }] of stops.entries()) {
    const here = x(line);
    if (i > 0) {
      const before = at(i - 1);
      // Words about an arrow stand before its head, where no lifeline crosses them.
      const middle = here + (before < here ? -gap : gap) / 2;
      parts.push(arrow(before, here, y, isLost ? 'lostway' : 'way'));
      parts.push(text(elapsed, middle, y - 5, { kind: 'm' }));
      if (ttl !== '') parts.push(text(`TTL ${ttl}`, middle, y + 14, { kind: 'q m', most: gap - 4 }));
    }
    if (count > 1) parts.push(text(`×${count}`, here + 6, y + 14, { kind: 'q' }));
    parts.push(markup`<circle class="dot" cx="${round(here)}" cy="${y}" r="3"/>
`);
  }
  if (isLost && stops.length > 0) {
    const last = at(stops.length - 1);
    const end = last + (direction === 'request' ? 1 : -1) * Math.min(34, gap * 0.35);
    parts.push(markup`<path class="lostway dash" d="M${round(last)} ${y}H${round(end)}"/>
${isOpen ? text('?', end + (direction === 'request' ? 3 : -10), y + 4, { kind: 'x b' }) : cross(end, y)}`);
  }
  return markup`${parts}`;
}
