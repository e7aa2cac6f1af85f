/** A lesson as one picture for slides: boxes in boxes to scale, and below them outer and inner headers side by side. */
import wrapAnsi from 'wrap-ansi';
import { clipped, PACKET_CHARACTER, svgDocument, svgElement } from '../drawing/svg.ts';
import { type Markup, markup } from '../text/markup.ts';
import { placeBoxes } from './boxes.ts';
import { arrowed, type Lesson, type Step } from './lesson.ts';
import { drawLevels } from './svg-levels.ts';
import { MARGIN, partOf, WIDTH } from './svg-style.ts';

/** Pixels of a cell of the boxes: what keeps two left edges apart. */
const CELL = 8;
const ROW = 26;
/** Of the proportional face at 14 and 22 pixels: what most signs take at most. */
const NOTE_CHARACTER = 8;
const HEADING_CHARACTER = 13;
const NOTE_LINE = 22;

export function lessonSvg(lesson: Lesson, heading: string): string {
  const title = wrapped(lesson.summary[0] ?? heading, HEADING_CHARACTER);
  const notes = [...lesson.summary.slice(1), heading].flatMap((text) => wrapped(text, NOTE_CHARACTER));
  const notesTop = 44 + (title.length - 1) * 28 + 26;
  const top = notesTop + (notes.length - 1) * NOTE_LINE + 26;
  const { picture, height } = drawBoxes(lesson, top);
  const columns = drawLevels(lesson, top + height + 28);
  const below = [columns.left, lesson.tunnels[0]?.cost ?? '']
    .filter((text) => text !== '')
    .flatMap((text) => wrapped(text, NOTE_CHARACTER));
  const total = columns.bottom + 24 + (below.length === 0 ? 0 : 10 + below.length * NOTE_LINE);
  return svgDocument(heading, {
    width: WIDTH,
    height: total,
    description: lesson.summary.join(' '),
    picture: markup`${title.map((text, i) => textLine(text, 44 + i * 28, 'title'))}${notes.map((text, i) => textLine(text, notesTop + i * NOTE_LINE, 'note q'))}<g class="packet">
${picture}${columns.picture}</g>
${below.map((text, i) => textLine(text, columns.bottom + 30 + i * NOTE_LINE, 'note q'))}`,
  });
}

function textLine(text: string, y: number, kind: 'title' | 'note q'): Markup {
  return markup`<text x="${MARGIN}" y="${y}" class="${kind}">${text}</text>
`;
}

/** Lines that have room in the picture. */
function wrapped(text: string, character: number): string[] {
  return wrapAnsi(text, Math.floor((WIDTH - 2 * MARGIN) / character), { hard: true }).split('\n');
}

/** The boxes alone, as a picture to be put into a page. */
export function boxesSvg(lesson: Lesson): Markup {
  const { picture, height } = drawBoxes(lesson, 4);
  return svgElement({
    width: WIDTH,
    height: height + 8,
    picture: markup`<g class="packet">${picture}</g>`,
    description: 'The packet’s layers as boxes in boxes, to scale',
  });
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
    const part = partOf(step);
    const words = clipped(labelOf(step), width - 10, PACKET_CHARACTER);
    const rect = (kind: string) =>
      markup`<rect x="${x}" y="${y}" width="${width}" height="${bottom - y}" rx="3" class="${part}${kind}"/>`;
    return markup`${rect('')}${rect(' tint')}<text x="${x + 6}" y="${y + 18}" class="b ${part}">${words}</text>
`;
  });
  return { picture: markup`${drawn}`, height };
}

function labelOf({ layer, end }: Step): string {
  const size = layer.protocol === 'data' ? end - layer.from : layer.to - layer.from;
  const ends = layer.isNetwork ? `  ${arrowed(layer.title.value.split('  ')[0] ?? '')}` : '';
  return `${layer.title.label} ${size} bytes${ends}`;
}
