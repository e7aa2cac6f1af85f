/** A lesson as one picture for slides: boxes in boxes to scale, and below them outer and inner headers side by side. */
import type { OutlineRow } from '../output/outline.ts';
import { placeBoxes } from './boxes.ts';
import { arrowed, type Lesson, type Step } from './lesson.ts';
import { type Markup, markup } from './markup.ts';

const WIDTH = 1280;
const MARGIN = 32;
/** Pixels of a cell of the boxes: what keeps two left edges apart. */
const CELL = 8;
const ROW = 26;
/** Of the monospaced face at 13 pixels. */
const CHARACTER = 7.9;
/** Of the proportional face at 14 and 22 pixels: what most signs take at most. */
const NOTE_CHARACTER = 8;
const HEADING_CHARACTER = 13;
const LINE = 19;
/** The most fields of a header that are drawn: the picture is for a slide. */
const MOST_FIELDS = 14;

/** Blue, purple and orange are told apart with every kind of colour blindness; each box is also named. */
const COLORS = { outer: '#1b6fc2', tunnel: '#8a3f8f', inner: '#b3590a', payload: '#5c6670' } as const;

export function lessonSvg(lesson: Lesson, heading: string): string {
  const top = 74 + lesson.summary.length * 22;
  const { picture, height } = drawBoxes(lesson, top);
  const columns = drawLevels(lesson, top + height + 28);
  const tunnel = lesson.tunnels[0];
  const total = columns.bottom + (tunnel === undefined || tunnel.cost === '' ? 24 : 56);
  const cost = tunnel === undefined || tunnel.cost === '' ? [] : [note(tunnel.cost, columns.bottom + 30)];
  return `<?xml version="1.0" encoding="UTF-8"?>
${
  markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${total}" width="${WIDTH}" height="${total}" role="img">
<title>${heading}</title>
<desc>${lesson.summary.join(' ')}</desc>
<style>text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1d2329}.h{font:600 22px system-ui,"DejaVu Sans",sans-serif}.note{font:14px system-ui,"DejaVu Sans",sans-serif;fill:#444c55}.b{font-weight:700}.q{fill:#5c6670}</style>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="${MARGIN}" y="44" class="h">${clipped(lesson.summary[0] ?? heading, WIDTH - 2 * MARGIN, HEADING_CHARACTER)}</text>
${[...lesson.summary.slice(1), heading].map((text, i) => note(text, 70 + i * 22))}
${picture}
${columns.picture}
${cost}
</svg>`.text
}
`;
}

function note(text: string, y: number): Markup {
  return markup`<text x="${MARGIN}" y="${y}" class="note">${clipped(text, WIDTH - 2 * MARGIN, NOTE_CHARACTER)}</text>
`;
}

/** The boxes alone, as a picture to be put into a page. */
export function boxesSvg(lesson: Lesson): Markup {
  const { picture, height } = drawBoxes(lesson, 4);
  return markup`<svg viewBox="0 0 ${WIDTH} ${height + 8}" role="img" aria-label="The packet’s layers as boxes in boxes, to scale">${picture}</svg>`;
}

function drawBoxes({ steps }: Lesson, top: number): { picture: Markup; height: number } {
  const cells = Math.floor((WIDTH - 2 * MARGIN) / CELL);
  const boxes = placeBoxes(steps, cells);
  const height = steps.length * ROW + 14;
  const drawn = boxes.map(({ left, right }, i) => {
    const step = steps[i] as Step;
    const x = MARGIN + left * CELL;
    const width = Math.max(CELL, (right - left + 1) * CELL);
    const y = top + i * ROW;
    // Nested below too: each ends a little above the one around it.
    const bottom = top + height - i * 2;
    const color = colorOf(step);
    const label = labelOf(step);
    return markup`<rect x="${x}" y="${y}" width="${width}" height="${bottom - y}" rx="3" fill="#ffffff" stroke="${color}" stroke-width="1.5"/><rect x="${x}" y="${y}" width="${width}" height="${bottom - y}" rx="3" fill="${color}" fill-opacity="0.13"/><text x="${x + 6}" y="${y + 18}" class="b" style="fill:${color}">${clipped(label, width - 10)}</text>
`;
  });
  return { picture: markup`${drawn}`, height };
}

function labelOf({ layer, end }: Step): string {
  const size = layer.protocol === 'data' ? end - layer.from : layer.to - layer.from;
  const ends = layer.isNetwork ? `  ${arrowed(layer.title.value.split('  ')[0] ?? '')}` : '';
  return `${layer.title.label} ${size} bytes${ends}`;
}

export function colorOf({ layer }: Step): string {
  if (layer.protocol === 'data') return COLORS.payload;
  if (layer.isTunnel) return COLORS.tunnel;
  return layer.level === 0 ? COLORS.outer : COLORS.inner;
}

/** A column a level: its headers with their fields. */
function drawLevels({ outline, steps }: Lesson, top: number): { picture: Markup; bottom: number } {
  const { levels } = outline;
  const columns = Math.max(1, levels.length);
  const width = (WIDTH - 2 * MARGIN - (columns - 1) * 24) / columns;
  let bottom = top;
  const drawn: Markup[] = [];
  for (const [level, { ends, tunnel }] of levels.entries()) {
    const x = MARGIN + level * (width + 24);
    let y = top;
    const name = level === 0 ? (columns === 1 ? 'Packet' : 'Outer') : 'Inner';
    drawn.push(
      markup`<text x="${x}" y="${y}" class="b">${clipped(`${name}  ${arrowed(ends)}${tunnel === '' ? '' : `  in ${tunnel}`}`, width)}</text>`,
    );
    for (const step of steps) {
      const { layer } = step;
      if (layer.level !== level || layer.protocol === 'data') continue;
      y += LINE + 6;
      drawn.push(
        markup`<text x="${x}" y="${y}" class="b" style="fill:${colorOf(step)}">${clipped(layer.title.description.title, width)}</text>`,
      );
      for (const row of layer.fields.slice(0, MOST_FIELDS)) {
        y += LINE;
        drawn.push(fieldLine(row, x, y, width));
      }
    }
    bottom = Math.max(bottom, y);
  }
  return { picture: markup`${drawn}`, bottom };
}

function fieldLine({ label, value }: OutlineRow, x: number, y: number, width: number): Markup {
  const shown = clipped(value, width * 0.62);
  const room = width - shown.length * CHARACTER - 20;
  return markup`<text x="${x + 12}" y="${y}" class="q">${clipped(label, room)}</text><text x="${x + width}" y="${y}" text-anchor="end">${shown}</text>
`;
}

/** Text that fits into so many pixels. */
function clipped(text: string, pixels: number, character = CHARACTER): string {
  const most = Math.floor(pixels / character);
  const signs = [...text];
  return signs.length <= most ? text : most < 2 ? '' : `${signs.slice(0, most - 1).join('')}…`;
}
