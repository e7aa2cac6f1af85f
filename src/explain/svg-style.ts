/** What the parts of a lesson's picture share: its measures, its colours, and how much text has room. */
import type { Step } from './lesson.ts';

export const WIDTH = 1280;
export const MARGIN = 32;
/** Of the monospaced face at 13 pixels. */
export const CHARACTER = 7.9;

/** Blue, purple and orange are told apart with every kind of colour blindness; each box is also named. */
const COLORS = { outer: '#1b6fc2', tunnel: '#8a3f8f', inner: '#b3590a', payload: '#5c6670' } as const;

export function colorOf({ layer }: Step): string {
  if (layer.protocol === 'data') return COLORS.payload;
  if (layer.isTunnel) return COLORS.tunnel;
  return layer.level === 0 ? COLORS.outer : COLORS.inner;
}

/** Text that fits into so many pixels. */
export function clipped(text: string, pixels: number): string {
  const most = Math.floor(pixels / CHARACTER);
  const signs = [...text];
  return signs.length <= most ? text : most < 2 ? '' : `${signs.slice(0, most - 1).join('')}…`;
}
