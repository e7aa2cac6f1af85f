/** A packet's layers as boxes in boxes, to scale: envelopes in envelopes. */
import type { Step } from './lesson.ts';

/** Where a layer's box stands, in cells; the right edge is the box's last cell. */
export interface Box {
  readonly left: number;
  readonly right: number;
}

/**
 * @param width cells from the outermost box's left edge to its right one, both included
 * @returns a box a step: from where its header begins to where what it carries ends. Left edges keep a cell between them,
 *   which is all that scale gives way for.
 */
export function placeBoxes(steps: readonly Step[], width: number): Box[] {
  const total = Math.max(1, ...steps.map(({ end }) => end));
  const cell = (byte: number) => Math.round((byte / total) * (width - 1));
  const boxes: Box[] = [];
  for (const { layer, end } of steps) {
    const outer = boxes.at(-1);
    const left = outer === undefined ? 0 : Math.max(cell(layer.from), outer.left + 1);
    const right = outer === undefined ? width - 1 : Math.min(cell(end), outer.right);
    boxes.push({ left: Math.min(left, width - 2), right: Math.max(right, Math.min(left + 1, width - 1)) });
  }
  return boxes;
}

/**
 * The boxes in text: a row a layer, where its box begins, with its name, and a row that closes them all with the bytes of
 * each header.
 *
 * @param peeled layers, from the outside, that were taken off: their boxes are gone, their names stay where they were
 */
export function boxRows(steps: readonly Step[], width: number, peeled = 0): string[] {
  const boxes = placeBoxes(steps, width);
  const rows = boxes.map((box, i) => {
    const step = steps[i] as Step;
    if (i < peeled) return `${' '.repeat(box.left + 1)}${nameOf(step)}(off)`.slice(0, width).padEnd(width);
    return topRow(step, boxes.slice(peeled, i), box).padEnd(width);
  });
  return [...rows, bottomRow(steps, boxes, peeled).padEnd(width)];
}

/** " UDP 8 bytes ", with a space on either side. */
function nameOf({ layer, end }: Step): string {
  const size = layer.protocol === 'data' ? end - layer.from : layer.to - layer.from;
  return ` ${layer.title.label} ${size} ${size === 1 ? 'byte' : 'bytes'} `;
}

function topRow(step: Step, around: readonly Box[], { left, right }: Box): string {
  const { layer } = step;
  const row: string[] = [];
  for (const box of around) {
    row[box.left] = '│';
    row[box.right] = '│';
  }
  for (let at = left; at <= right; at++) row[at] = '─';
  row[left] = '┌';
  row[right] = around.some((box) => box.right === right) ? '┤' : '┐';
  const name = nameOf(step);
  const ends = layer.isNetwork ? ` ${layer.title.value.split('  ')[0]?.replace(' > ', ' → ')} ` : '';
  const room = right - left - 2;
  const text = [...name, ...ends].length <= room ? name + ends : name;
  for (const [i, sign] of [...text].slice(0, Math.max(0, room)).entries()) row[left + 1 + i] = sign;
  return Array.from(row, (sign) => sign ?? ' ').join('');
}

function bottomRow(steps: readonly Step[], boxes: readonly Box[], peeled: number): string {
  const last = Math.max(...boxes.slice(peeled).map(({ right }) => right));
  const first = boxes[peeled]?.left ?? 0;
  const row = Array.from<unknown, string>({ length: last + 1 }, (_, at) => (at < first ? ' ' : '─'));
  for (const { left, right } of boxes.slice(peeled)) row[left] = row[right] = '┴';
  for (const [i, { left }] of boxes.entries()) {
    const { layer, end } = steps[i] as Step;
    const next = boxes[i + 1]?.left ?? boxes[i]?.right ?? last;
    const size = String(layer.protocol === 'data' ? end - layer.from : layer.to - layer.from);
    const room = next - left - 1;
    if (size.length > room) continue;
    const from = left + 1 + ((room - size.length) >> 1);
    for (const [k, digit] of [...size].entries()) row[from + k] = digit;
  }
  row[first] = '└';
  row[last] = '┘';
  return row.join('');
}
