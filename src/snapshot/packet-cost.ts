/** How unlike two packets of snapshots are, so that those which belong together can be laid side by side. */
import { align, type Pairing } from './align.ts';
import { parseLayers, type SnapshotLayer, type SnapshotPacket } from './snapshot-file.ts';
import { MASKED } from './snapshot-printer.ts';

/** A packet whose layers are read at most once. */
export interface ComparedPacket extends SnapshotPacket {
  layers?: readonly SnapshotLayer[];
}

/** Its layers, outermost first. */
export function layersOf(packet: ComparedPacket): readonly SnapshotLayer[] {
  packet.layers ??= parseLayers(packet.body);
  return packet.layers;
}

/** What counts of a layer: its fields, and that it is there. */
function layerWeight({ fields }: SnapshotLayer): number {
  return fields.size + 1;
}

/** Two packets stand beside each other where that costs less than both alone: about half of them is the same. */
export function weight(packet: ComparedPacket): number {
  return layersOf(packet).reduce((sum, layer) => sum + layerWeight(layer), 0) / 2;
}

export function packetCost(before: ComparedPacket, now: ComparedPacket): number {
  if (before.body === now.body) return 0;
  let cost = 0;
  for (const { left, right } of alignLayers(layersOf(before), layersOf(now))) {
    if (left !== undefined && right !== undefined) cost += layerCost(left, right);
    else cost += layerWeight((left ?? right) as SnapshotLayer);
  }
  return cost;
}

/** Layers of two packets side by side: those of one name, so that least differs. */
export function alignLayers(
  before: readonly SnapshotLayer[],
  now: readonly SnapshotLayer[],
): Pairing<SnapshotLayer>[] {
  const isSame = before.length === now.length && before.every(({ name }, i) => name === now[i]?.name);
  if (isSame) return before.map((left, i) => ({ left, right: now[i] }));
  return align(
    before,
    now,
    (a, b) => (a.name === b.name ? layerCost(a, b) : Number.POSITIVE_INFINITY),
    layerWeight,
  );
}

function layerCost(before: SnapshotLayer, now: SnapshotLayer): number {
  let cost = before.level === now.level ? 0 : 1;
  for (const [key, value] of before.fields) if (!isEqual(value, now.fields.get(key))) cost++;
  for (const key of now.fields.keys()) if (!before.fields.has(key)) cost++;
  return cost;
}

/** Whether two values are the same, or one of them is left open. */
export function isEqual(before: string | undefined, now: string | undefined): boolean {
  if (before === undefined || now === undefined) return false;
  return before === now || before === MASKED || now === MASKED;
}
