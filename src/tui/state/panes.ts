/** Which rows of a packet's outline the two header panes show: folded to fit, and aligned so that equal fields stand side by side. */

import { linkedKey } from '../../explain/comparison.ts';
import {
  type Cursor,
  isSame,
  type Outline,
  type OutlineLayer,
  type OutlineRow,
} from '../../output/outline.ts';
import type { Layout } from './layout.ts';

/** Protocol name → folded or not, where the user has said so. */
export type Folds = Readonly<Record<string, boolean>>;

/** A row of a pane; undefined is a gap that keeps both panes in step. */
export type PaneRow = OutlineRow | undefined;

export interface Panes {
  readonly left: readonly PaneRow[];
  readonly right: readonly PaneRow[];
  /** The layers that show their title alone. */
  readonly folded: ReadonlySet<OutlineRow>;
}

/** The layers of both panes. */
export interface PaneLayers {
  readonly left: readonly OutlineLayer[];
  readonly right: readonly OutlineLayer[];
}

/**
 * Of a tunnel, its outer side left and its inner side right; of a packet in no tunnel, its headers up to the network layer and behind
 * them what that carries, so that no pane is empty.
 *
 * @param pair the level that the left pane shows; the right one shows the next
 */
export function paneLayers({ layers, deepestLevel }: Outline, pair: number): PaneLayers {
  if (deepestLevel > 0) {
    return {
      left: layers.filter(({ level }) => level === pair),
      right: layers.filter(({ level }) => level === pair + 1),
    };
  }
  const network = layers.findIndex(({ isNetwork }) => isNetwork);
  const carried = network < 0 ? Math.max(1, layers.length - 1) : network + 1;
  return { left: layers.slice(0, carried), right: layers.slice(carried) };
}

/** The pane that has a row, or had it unfolded; undefined for one of another level. */
export function paneOf(
  outline: Outline,
  pair: number,
  row: Cursor | undefined,
): 'left' | 'right' | undefined {
  if (row === undefined) return undefined;
  const has = (layers: readonly OutlineLayer[]) =>
    layers.some(({ title }) => isSame({ ...row, key: '' }, title));
  const { left, right } = paneLayers(outline, pair);
  return has(left) ? 'left' : has(right) ? 'right' : undefined;
}

/** @param pair as for {@link paneLayers} */
export function createPanes(outline: Outline, pair: number, folds: Folds, layout: Layout): Panes {
  const { left, right } = paneLayers(outline, pair);
  const folded = new Set<OutlineRow>();
  const network = (layers: readonly OutlineLayer[]) => layers.findLastIndex(({ isNetwork }) => isNetwork);
  foldToFit(left, network(left), layout.leftRows, folds, folded);
  foldToFit(right, outline.deepestLevel === 0 ? 0 : network(right), layout.rightRows, folds, folded);
  if (!layout.isSideBySide || outline.deepestLevel === 0) {
    return { left: rowsOf(left, folded), right: rowsOf(right, folded), folded };
  }
  return { ...align(left, right, folded), folded };
}

/** In fewer rows than this, the layer that tells most would, if open, leave no room for the others. */
const ROWS_TO_OPEN = 9;

/**
 * Folds layers until the rest fits: first what carries the packet over one link and what the tunnel adds, then what the packet
 * carries; the layer that tells most, only in a pane of few rows. What the user folded or opened stays so.
 *
 * @param main where the layer is that tells most: the network layer, or what it carries; -1 where there is none
 */
function foldToFit(
  layers: readonly OutlineLayer[],
  main: number,
  rows: number,
  folds: Folds,
  folded: Set<OutlineRow>,
): void {
  let needed = 0;
  for (const { title, fields, protocol } of layers) {
    needed += 1 + fields.length;
    if (folds[protocol] === true) {
      folded.add(title);
      needed -= fields.length;
    }
  }
  const order = layers.filter((_, i) => i !== main);
  const last = layers[main];
  if (rows < ROWS_TO_OPEN && last !== undefined) order.push(last);
  for (const { title, fields, protocol } of order) {
    if (needed <= rows) return;
    if (fields.length === 0 || folds[protocol] !== undefined) continue;
    folded.add(title);
    needed -= fields.length;
  }
}

function rowsOf(layers: readonly OutlineLayer[], folded: ReadonlySet<OutlineRow>): OutlineRow[] {
  return layers.flatMap(({ title, fields }) => (folded.has(title) ? [title] : [title, ...fields]));
}

/** Puts the network layers of both sides on the same rows, and in them the fields of the same name. */
function align(
  left: readonly OutlineLayer[],
  right: readonly OutlineLayer[],
  folded: ReadonlySet<OutlineRow>,
): { left: PaneRow[]; right: PaneRow[] } {
  const leftAt = left.findLastIndex(({ isNetwork }) => isNetwork);
  const rightAt = right.findLastIndex(({ isNetwork }) => isNetwork);
  const rows = { left: [] as PaneRow[], right: [] as PaneRow[] };
  if (leftAt < 0 || rightAt < 0) {
    rows.left.push(...rowsOf(left, folded));
    rows.right.push(...rowsOf(right, folded));
    return rows;
  }
  const before = {
    left: rowsOf(left.slice(0, leftAt), folded),
    right: rowsOf(right.slice(0, rightAt), folded),
  };
  // The gap stands above, so that what carries the network layer stays next to it.
  const height = Math.max(before.left.length, before.right.length);
  rows.left.push(...gap(height - before.left.length), ...before.left);
  rows.right.push(...gap(height - before.right.length), ...before.right);
  const leftLayer = left[leftAt] as OutlineLayer;
  const rightLayer = right[rightAt] as OutlineLayer;
  rows.left.push(leftLayer.title);
  rows.right.push(rightLayer.title);
  const leftFields = folded.has(leftLayer.title) ? [] : leftLayer.fields;
  const rightFields = folded.has(rightLayer.title) ? [] : rightLayer.fields;
  pairFields(leftFields, rightFields, rows);
  rows.left.push(...rowsOf(left.slice(leftAt + 1), folded));
  rows.right.push(...rowsOf(right.slice(rightAt + 1), folded));
  return rows;
}

/** Fields of both sides that mean the same on one row: they stand in the same order, IPv4's and IPv6's too, some on one side alone. */
function pairFields(
  left: readonly OutlineRow[],
  right: readonly OutlineRow[],
  rows: { left: PaneRow[]; right: PaneRow[] },
): void {
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l];
    const b = right[r];
    if (a !== undefined && b !== undefined && linkedKey(a.key) === linkedKey(b.key)) {
      rows.left.push(a);
      rows.right.push(b);
      l++;
      r++;
    } else if (a !== undefined && !right.slice(r).some(({ key }) => linkedKey(key) === linkedKey(a.key))) {
      rows.left.push(a);
      rows.right.push(undefined);
      l++;
    } else {
      rows.left.push(undefined);
      rows.right.push(b);
      r++;
    }
  }
}

function gap(rows: number): undefined[] {
  return new Array<undefined>(Math.max(0, rows)).fill(undefined);
}
