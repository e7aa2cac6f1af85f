/** A ping under way: a letter that moves from point to point and back, and its envelope, which is put on and taken off. */
import { type Drawing, MARGIN, round, text, textWidth } from '../drawing/svg.ts';
import { Markup, markup } from '../text/markup.ts';
import type { Arrow, Ladder } from './ladder.ts';

/** Seconds from one point to the next: whatever it took, it is to be seen. */
const STEP = 1;
const NARROWEST = 110;
const HEIGHT = 150;
const LETTER = { width: 44, height: 26 };
/** Of a moment at a point, during which an envelope is put on or taken off. */
const CHANGE = 0.02;

/** @param id makes the animation's names its own in the page */
export function wayDrawing(ladder: Ladder, id: string): Drawing | undefined {
  const [ping] = ladder.pings;
  if (ping === undefined || ladder.lines.length < 2) return undefined;
  const { lines } = ladder;
  const gap = Math.max(
    NARROWEST,
    ...lines.map(({ name, host }) => textWidth(name.length > host.length ? name : host) + 16),
  );
  const x = (line: number) => MARGIN + gap / 2 + line * gap;
  const y = 84;
  const legs = [ping.request, ping.reply].filter(({ stops }) => stops.length > 0);
  const places = legs.flatMap((leg) =>
    leg.stops.map(({ line }, i) => ({ at: x(line), ...aroundAt(leg, i) })),
  );
  const last = Math.max(1, places.length - 1);
  const moves = places.map(({ at }, i) => `${percent(i / last)}{transform:translateX(${round(at)}px)}`);
  const covers = places.flatMap(({ isIn, isOn }, i) => [
    `${percent(Math.max(0, i / last - CHANGE))}{opacity:${isIn ? 1 : 0}}`,
    `${percent(Math.min(1, i / last + CHANGE))}{opacity:${isOn ? 1 : 0}}`,
  ]);
  const seconds = (last + 1) * STEP;
  const style = `@keyframes ${id}m{${moves.join('')}}@keyframes ${id}c{${covers.join('')}}#${id}m{animation:${id}m ${seconds}s linear infinite}#${id}c{animation:${id}c ${seconds}s linear infinite}@media(prefers-reduced-motion:reduce){#${id}m,#${id}c{animation-play-state:paused}}`;
  const { width, height } = LETTER;
  const end = places.at(-1)?.at ?? 0;
  const isLost = legs.some((leg) => leg.isLost);
  return {
    width: MARGIN * 2 + gap * lines.length,
    height: HEIGHT,
    picture: markup`${ruled(style)}<path class="rule" d="M${round(x(0))} ${y}H${round(x(lines.length - 1))}"/>
${lines.map(
  ({ name, host }, i) => markup`<circle class="dot" cx="${round(x(i))}" cy="${y}" r="4"/>
${text(name, x(i), y + 42, { kind: 'b m' })}${text(host, x(i), y + 58, { kind: 'q m' })}`,
)}${legs.slice(0, 1).map((leg) => bands(leg, x, y))}${
  isLost
    ? markup`<path class="lostway" d="M${round(end + 24)} ${y - 6}l12 12m0 -12l-12 12"/>
`
    : markup``
}<g id="${id}m"><rect x="${-width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="2" class="inner"/><text x="0" y="${y + 4}" class="inner b m">ping</text><g id="${id}c"><rect x="${-width / 2 - 7}" y="${y - height / 2 - 7}" width="${width + 14}" height="${height + 14}" rx="4" class="envelope"/></g></g>
`,
    description: `A ping from ${lines[0]?.name} over ${lines.length} points${isLost ? ', lost on the way' : ' and back'}; ${describe(legs[0], ladder)}`,
  };
}

/** A stylesheet is no escaped text; of its numbers and names none is from outside. */
function ruled(style: string): Markup {
  return new Markup(`<style>${style}</style>`);
}

/** Whether it comes in an envelope, and goes on in one. */
function aroundAt({ envelopes }: Arrow, stop: number): { isIn: boolean; isOn: boolean } {
  return {
    isIn: envelopes.some(({ from, to }) => from < stop && stop <= to),
    isOn: envelopes.some(({ from, to }) => from <= stop && stop <= to),
  };
}

function bands({ envelopes, stops }: Arrow, x: (line: number) => number, y: number): Markup {
  return markup`${envelopes.map(({ from, to, words }) => {
    const [a, b] = [x(stops[from]?.line ?? 0) - 10, x(stops[to]?.line ?? 0) + 10];
    return markup`<rect class="band" x="${round(Math.min(a, b))}" y="${y - 30}" width="${round(Math.abs(b - a))}" height="60" rx="6"/>
${text(words, Math.min(a, b), y - 38, { kind: 't' })}`;
  })}`;
}

function describe(leg: Arrow | undefined, { lines }: Ladder): string {
  const [first] = leg?.envelopes ?? [];
  if (leg === undefined || first === undefined) return 'in no envelope.';
  const name = (stop: number) => lines[leg.stops[stop]?.line ?? 0]?.name ?? '';
  return `in an envelope from ${name(first.from)} to ${name(first.to)}: ${first.words}.`;
}

function percent(share: number): string {
  return `${round(share * 1000) / 10}%`;
}
