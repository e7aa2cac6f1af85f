/** What the parts of a lesson's picture share: its measures, and which part of the packet a layer is. */
import type { PacketPart } from '../drawing/svg.ts';
import type { Step } from './lesson.ts';

export const WIDTH = 1280;
export const MARGIN = 32;

/** The colour of a layer, as a class of the shared style; each is also named. */
export function partOf({ layer }: Step): PacketPart {
  if (layer.protocol === 'data') return 'payload';
  if (layer.isTunnel) return 'tunnel';
  return layer.level === 0 ? 'outer' : 'inner';
}
