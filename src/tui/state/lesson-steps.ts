/** A lesson's steps: the packet as a whole, then a layer a step, from the outside in. */
import { type Cursor, cursorOf, isSame, type Outline } from '../../output/outline.ts';
import type { Command } from '../keys/keymap.ts';

/** @returns 0 for the packet as a whole, also where it has no such layer; else the layer's number, from 1 on */
export function stepOf(outline: Outline, layer: Cursor | undefined): number {
  return outline.layers.findIndex(({ title }) => isSame(title, layer)) + 1;
}

/**
 * Where a key leads in a lesson.
 *
 * @returns the layer that it comes to, undefined for the whole packet; nothing for a command that is not about steps
 */
export function peeled(
  outline: Outline,
  layer: Cursor | undefined,
  command: Command,
): { readonly layer: Cursor | undefined } | undefined {
  const step = stepOf(outline, layer);
  const last = outline.layers.length;
  const targets: Partial<Record<Command, number>> = {
    peel: Math.min(last, step + 1),
    putBack: Math.max(0, step - 1),
    wholePacket: 0,
    payload: last,
  };
  const target = targets[command];
  if (target === undefined) return undefined;
  return { layer: cursorOf(outline.layers[target - 1]?.title) };
}
