/** The packet as boxes in boxes, to scale: what was taken off is gone but for its name, the current layer stands out. */

import { boxRows, placeBoxes } from '../../explain/boxes.ts';
import type { Step } from '../../explain/lesson.ts';
import { clamp } from '../state/clamp.ts';
import { StyledRow } from '../terminal/styled-row.ts';
import type { Style, Theme } from '../terminal/theme.ts';

/** Left of the boxes: room for the sign at the current layer. */
const MARGIN = 2;

/**
 * @param step the current layer, from 1 on; 0 for the whole packet
 * @param most rows; of more layers those around the current one are shown
 */
export function envelopeRows(
  steps: readonly Step[],
  step: number,
  columns: number,
  most: number,
  theme: Theme,
): string[] {
  if (steps.length === 0) return [];
  const width = columns - MARGIN - 1;
  const boxes = placeBoxes(steps, width);
  const texts = boxRows(steps, width, Math.max(0, step - 1));
  const rows = texts.map((text, i) => {
    const layer = steps[i];
    const isCurrent = step > 0 && i === step - 1;
    const row = new StyledRow(columns);
    row.add(isCurrent ? `${theme.glyphs.selected} ` : '  ', theme.heading);
    if (layer === undefined) return row.add(text, theme.quiet).toString();
    // What is taken off, and what stands around a box, is quiet.
    const { left, right } = boxes[i] as { left: number; right: number };
    const style = isCurrent ? theme.selected : i < step - 1 ? theme.quiet : styleOf(layer, theme);
    return row
      .add(text.slice(0, left), theme.quiet)
      .add(text.slice(left, right + 1), style)
      .add(text.slice(right + 1), theme.quiet)
      .toString();
  });
  const bottom = rows.at(-1) as string;
  const shown = most - 1;
  if (rows.length - 1 <= shown) return rows;
  const first = clamp(step - 1 - (shown >> 1), 0, rows.length - 1 - shown);
  return [...rows.slice(first, first + shown), bottom];
}

/** Outer, tunnel header, inner, payload. */
export function styleOf({ layer }: Step, theme: Theme): Style {
  if (layer.protocol === 'data') return theme.quiet;
  if (layer.isTunnel) return theme.tunnel;
  return layer.level === 0 ? theme.outer : theme.inner;
}
