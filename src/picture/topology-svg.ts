/** A topology as SVG: namespaces as boxes in columns by their distance over cables, tunnels as dashed lines. */

import { type Drawing, MARGIN, round, text, textWidth } from '../drawing/svg.ts';
import { type Markup, markup } from '../text/markup.ts';
import { counted } from '../text/words.ts';
import type { Box, Device, Edge, Marks, Topology } from './topology.ts';

const BOX_WIDTH = 268;
const COLUMN_GAP = 120;
const BOX_GAP = 22;
const TITLE = 28;
const DEVICE = 22;
const ADDRESS = 15;
/** Pixels that a tunnel's line goes below the boxes, and each further one of the same part. */
const DIP = 34;
const DIP_STEP = 18;
/** Pixels between boxes in which a tunnel's line bends; what is nearer has it turn at once. */
const BEND = 90;

interface Placed {
  readonly box: Box;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Which of the parts that do not hang together by cables. */
  readonly part: number;
}

interface Row {
  readonly x: number;
  readonly y: number;
  readonly part: number;
}

/** @param marks a ping's way over it */
export function topologyDrawing(topology: Topology, marks: Marks = new Map()): Drawing {
  const placed = placeBoxes(topology, marks);
  const rows = new Map<string, Row>();
  const boxes = placed.map((one) => boxDrawing(one, marks, rows));
  let bottom = Math.max(...placed.map(({ y, height }) => y + height));
  /** Where a part's next tunnel goes: below all its boxes, and its tunnels before. */
  const dips = new Map<number, number>();
  const dipOf = (part: number) => {
    const before = dips.get(part);
    const own = placed.filter((one) => one.part === part).map(({ y, height }) => y + height);
    const dip = before === undefined ? Math.max(...own) + DIP - 12 : before + DIP_STEP;
    dips.set(part, dip);
    bottom = Math.max(bottom, dip + 12);
    return dip;
  };
  const labels = topology.edges.map(({ label }) => textWidth(label) + 2 * MARGIN);
  const width = Math.max(320, ...labels, ...placed.map(({ x }) => x + BOX_WIDTH + MARGIN + COLUMN_GAP / 2));
  const edges = topology.edges.map((edge) => edgeDrawing(edge, rows, marks, dipOf, width));
  const tunnels = topology.edges.filter(({ kind }) => kind === 'tunnel').length;
  return {
    width,
    height: Math.max(60, bottom + MARGIN),
    picture: markup`${boxes}${edges}${placed.length === 0 ? text('no device to be drawn', MARGIN, 34, { kind: 'q' }) : ''}`,
    description: `${counted(placed.length, 'host or network namespace', 'hosts or network namespaces')}, ${counted(topology.edges.length - tunnels, 'link')}, ${counted(tunnels, 'tunnel')}.`,
  };
}

function heightOf({ devices }: Box): number {
  return devices.reduce((sum, device) => sum + deviceHeight(device), TITLE + 8);
}

function deviceHeight({ addresses }: Device): number {
  return DEVICE + ADDRESS * (1 + Math.min(addresses.length, MOST_ADDRESSES));
}

const MOST_ADDRESSES = 3;

const SIGNS = { passed: ' ●', last: ' ✕', open: ' ? when the capture ended' } as const;

/**
 * Each connected part is laid out by itself, from one of its ends: that where the way begins, or else the first name. The parts stand
 * below each other.
 */
function placeBoxes({ boxes, edges }: Topology, marks: Marks): Placed[] {
  const owner = new Map(boxes.flatMap((box, i) => box.devices.map(({ id }) => [id, i] as const)));
  const neighbours = boxes.map(() => new Set<number>());
  for (const { from, to, kind } of edges) {
    const [a, b] = [owner.get(from), owner.get(to)];
    if (kind !== 'pair' || a === undefined || b === undefined || a === b) continue;
    neighbours[a]?.add(b);
    neighbours[b]?.add(a);
  }
  const placed: Placed[] = [];
  const done = new Set<number>();
  let top = MARGIN;
  let part = -1;
  for (const start of boxes.keys()) {
    if (done.has(start)) continue;
    const far = [...distances(start, neighbours)].at(-1)?.[0] ?? start;
    const columns = distances(far, neighbours);
    const begin = beginOf(boxes, [...columns.keys()], marks);
    const last = Math.max(...columns.values());
    if ((columns.get(begin) ?? 0) > last / 2)
      for (const [i, column] of columns) columns.set(i, last - column);
    const heights: number[] = [];
    part++;
    for (const [i, column] of [...columns].sort(([a], [b]) => a - b)) {
      done.add(i);
      const box = boxes[i] as Box;
      const y = top + (heights[column] ?? 0);
      const height = heightOf(box);
      placed.push({ box, x: MARGIN + column * (BOX_WIDTH + COLUMN_GAP), y, height, part });
      heights[column] = (heights[column] ?? 0) + height + BOX_GAP;
    }
    const isOwn = (id: string) => columns.has(owner.get(id) ?? -1);
    const tunnels = edges.filter(
      ({ kind, from, to }) => kind === 'tunnel' && isOwn(from) && isOwn(to),
    ).length;
    top += Math.max(...heights.map((height) => height ?? 0)) + (tunnels > 0 ? DIP + tunnels * DIP_STEP : 0);
  }
  return placed;
}

/** Of some boxes, that to be read first. */
function beginOf(boxes: readonly Box[], part: readonly number[], marks: Marks): number {
  const titleOf = (i: number) => boxes[i]?.title ?? '';
  for (const id of marks.keys()) {
    const marked = part.find((i) => boxes[i]?.devices.some((device) => device.id === id));
    if (marked !== undefined) return marked;
  }
  return part.reduce((least, i) => (titleOf(i) < titleOf(least) ? i : least));
}

/** Breadth first: the last one is among the farthest. */
function distances(start: number, neighbours: readonly ReadonlySet<number>[]): Map<number, number> {
  const found = new Map([[start, 0]]);
  for (const [one, distance] of found) {
    for (const next of neighbours[one] ?? []) if (!found.has(next)) found.set(next, distance + 1);
  }
  return found;
}

function boxDrawing({ box, x, y, height, part }: Placed, marks: Marks, rows: Map<string, Row>): Markup {
  let below = y + TITLE;
  const parts = box.devices.map((device) => {
    const { id, name, what, addresses, isUp, isPort, isTunnel } = device;
    const at = below;
    below += deviceHeight(device);
    rows.set(id, { x, y: at + 12, part });
    const mark = marks.get(id);
    const indent = isPort ? 18 : 8;
    const kind = `b${isTunnel ? ' t' : ''}${mark === 'last' ? ' x' : ''}${isUp ? '' : ' q'}`;
    const sign = mark === undefined ? '' : SIGNS[mark];
    return markup`${text(`${isPort ? '└ ' : ''}${name}${sign}`, x + indent, at + 16, { kind, most: BOX_WIDTH - 20 })}${text(what, x + indent + 10, at + 31, { kind: 'q', most: BOX_WIDTH - indent - 18 })}${addresses
      .slice(0, MOST_ADDRESSES)
      .map((address, i) => {
        const more = addresses.length - MOST_ADDRESSES;
        const words = i === MOST_ADDRESSES - 1 && more > 0 ? `${address}, ${more} more` : address;
        return text(words, x + indent + 10, at + 46 + i * ADDRESS, { most: BOX_WIDTH - indent - 18 });
      })}`;
  });
  return markup`<rect class="box" x="${x}" y="${y}" width="${BOX_WIDTH}" height="${height}" rx="6"/>
${text(box.title, x + 8, y + 18, { kind: 'h', most: BOX_WIDTH - 16 })}${parts}`;
}

function edgeDrawing(
  { from, to, kind, label }: Edge,
  rows: ReadonlyMap<string, Row>,
  marks: Marks,
  dipOf: (part: number) => number,
  width: number,
): Markup {
  const [a, b] = [rows.get(from), rows.get(to)];
  if (a === undefined || b === undefined) return markup``;
  /** A label that is wider than its line stays inside the picture. */
  const labelX = (middle: number) =>
    Math.max(MARGIN, Math.min(middle - textWidth(label) / 2, width - MARGIN - textWidth(label)));
  const [left, right] = a.x <= b.x ? [a, b] : [b, a];
  const startX = left.x + BOX_WIDTH;
  // Both in one column: out and back on the right side.
  const endX = left.x === right.x ? right.x + BOX_WIDTH : right.x;
  const bend = left.x === right.x ? COLUMN_GAP * 0.6 : Math.max(40, (endX - startX) / 2);
  const endBend = left.x === right.x ? endX + bend : endX - bend;
  const path = `M${round(startX)} ${round(left.y)}C${round(startX + bend)} ${round(left.y)} ${round(endBend)} ${round(right.y)} ${round(endX)} ${round(right.y)}`;
  if (kind === 'tunnel' && left.x !== right.x && left.part === right.part) {
    // Below all that it goes through.
    const bottom = dipOf(left.part);
    const bend = Math.min(BEND, (endX - startX) / 2);
    const dip = `M${round(startX)} ${round(left.y)}C${round(startX + 60)} ${round(left.y)} ${round(startX)} ${round(bottom)} ${round(startX + bend)} ${round(bottom)}H${round(endX - bend)}C${round(endX)} ${round(bottom)} ${round(endX - 60)} ${round(right.y)} ${round(endX)} ${round(right.y)}`;
    return markup`<path class="tunnelline dash" d="${dip}"/>
${text(label, labelX((startX + endX) / 2), bottom - 5, { kind: 't', isBacked: true })}`;
  }
  const isWay = kind === 'pair' && marks.has(from) && marks.has(to);
  const style = kind === 'tunnel' ? 'tunnelline dash' : isWay ? 'way' : 'rule';
  const words =
    label === ''
      ? markup``
      : text(
          label,
          labelX((startX + endX) / 2 + (left.x === right.x ? bend * 0.7 : 0)),
          (left.y + right.y) / 2 - 5,
          { kind: 't', isBacked: true },
        );
  return markup`<path class="${style}" d="${path}"/>
${words}`;
}
