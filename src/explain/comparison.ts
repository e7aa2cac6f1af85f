/** What the outer and the inner header of a tunnel say of the same thing, and what encapsulation costs. */
import {
  type Cursor,
  counterpartOf,
  isSame,
  type Outline,
  type OutlineLayer,
  type OutlineRow,
} from '../output/outline.ts';

/** Ethernet's payload (IEEE 802.3, clause 3.2.7): what a path carries where nobody says otherwise. */
export const USUAL_MTU = 1500;

/** A field that means the same in both headers, and what its values side by side tell. */
export interface Comparison {
  readonly label: string;
  /** The label in few cells. */
  readonly short: string;
  readonly outer: OutlineRow | undefined;
  readonly inner: OutlineRow | undefined;
  /** What follows from the two. */
  readonly says: string;
}

/** Whether both sides have the field, and the same value in it. */
export function isEqual({ outer, inner }: Comparison): boolean {
  return outer !== undefined && inner !== undefined && outer.value === inner.value;
}

type Judge = (outer: string, inner: string) => string;

interface Linked {
  readonly label: string;
  readonly short: string;
  /** The field's keys, in IPv4 and in IPv6. */
  readonly keys: readonly string[];
  readonly says: Judge;
}

const LINKED: readonly Linked[] = [
  {
    label: 'Source',
    short: 'from',
    keys: ['src'],
    says: () => 'Outside, the tunnel’s entrance; inside, the original sender.',
  },
  {
    label: 'Destination',
    short: 'to',
    keys: ['dst'],
    says: () => 'Outside, the tunnel’s exit; inside, the final destination.',
  },
  {
    label: 'Time to live',
    short: 'TTL',
    keys: ['ttl', 'hlim'],
    says: () => 'Routers on the path decrement the outer one. The inner one does not change in the tunnel.',
  },
  {
    label: 'DSCP',
    short: 'DSCP',
    keys: ['dsfield.dscp', 'tclass.dscp'],
    says: (outer, inner) =>
      outer === inner
        ? 'The same inside and outside: copied, or never set.'
        : 'Not copied: routers treat the packet by the outer one.',
  },
  {
    label: 'ECN',
    short: 'ECN',
    keys: ['dsfield.ecn', 'tclass.ecn'],
    says: (outer, inner) =>
      outer === inner
        ? 'The same inside and outside.'
        : 'They differ: the tunnel’s exit must copy a congestion mark from outside to inside (RFC 6040).',
  },
  {
    label: 'Don’t Fragment',
    short: 'DF',
    keys: ['flags.df'],
    says: (outer, inner) => {
      if (outer === 'Set')
        return 'Set outside: a packet too large for the path is dropped, and the sender is told.';
      return inner === 'Set'
        ? 'Set only inside: routers may fragment the outer packet without telling the sender.'
        : 'Not set: a packet too large for the path is fragmented.';
    },
  },
  {
    label: 'Identification',
    short: 'id',
    keys: ['id'],
    says: (outer, inner) => (outer === inner ? 'The same, by chance or copied.' : 'Each header has its own.'),
  },
  {
    label: 'Length',
    short: 'length',
    keys: ['len', 'plen'],
    says: () => 'The difference is what encapsulation costs.',
  },
];

/**
 * @param pair the outer level of the two; the inner one is the next
 * @returns the fields that tell something side by side, in the order of the IPv4 header's importance; empty if there is no such pair
 */
export function compareLevels(outline: Outline, pair: number): readonly Comparison[] {
  const outer = networkOf(outline, pair);
  const inner = networkOf(outline, pair + 1);
  if (outer === undefined || inner === undefined) return [];
  const rows: Comparison[] = [];
  for (const { label, short, keys, says } of LINKED) {
    const a = fieldOf(outer, keys);
    const b = fieldOf(inner, keys);
    if (a !== undefined || b !== undefined)
      rows.push({ label, short, outer: a, inner: b, says: a && b ? says(a.value, b.value) : '' });
  }
  return rows;
}

/**
 * Why {@link compareLevels} finds nothing.
 *
 * @param isCut whether the capture cut the packet short
 */
export function incomparableText(outline: Outline, pair: number, isCut: boolean): string {
  const isOuter = networkOf(outline, pair) === undefined;
  const level = isOuter ? pair : pair + 1;
  const last = outline.layers.findLast((layer) => layer.level === level && layer.protocol !== 'data');
  const place = isOuter ? 'Outside' : 'Inside';
  const rest = 'so there is nothing to compare';
  if (last === undefined) return `${place}, no header can be read, ${rest}.`;
  const { title } = last.title.description;
  return isCut && last === outline.layers.findLast(({ protocol }) => protocol !== 'data')
    ? `${place}, the capture ends after the header of ${title}, ${rest}: capture with a larger -s.`
    : `${place}, no IP header can be read (${title}), ${rest}.`;
}

/** One name for fields that mean the same: `ttl` for the IPv4 and the IPv6 one; other fields have their own key's. */
export function linkedKey(key: string): string {
  return LINKED.find(({ keys }) => keys.includes(key))?.keys[0] ?? key;
}

/** The field on another level to compare one with: of the same name, or, of IPv4 beside IPv6, with the same meaning. */
export function linkedRow(outline: Outline, row: OutlineRow | undefined): OutlineRow | undefined {
  if (row === undefined) return undefined;
  return counterpartOf(outline, row) ?? comparisonOf(outline, row)?.other;
}

/** What a field and its like on another level, the next one inwards before the one outside, tell side by side. */
export function comparisonOf(
  outline: Outline,
  cursor: Cursor,
): { readonly says: string; readonly other: OutlineRow; readonly pair: number } | undefined {
  for (const pair of [cursor.level, cursor.level - 1]) {
    for (const { outer, inner, says } of compareLevels(outline, pair)) {
      if (outer === undefined || inner === undefined) continue;
      if (isSame(outer, cursor)) return { says, other: inner, pair };
      if (isSame(inner, cursor)) return { says, other: outer, pair };
    }
  }
  return undefined;
}

/** What a tunnel costs, in bytes of the outer packet that are not the inner one. */
export interface Cost {
  /** Bytes of the inner packet, from its network header on. */
  readonly inner: number;
  /** Bytes of the outer packet, likewise: what counts against the path's MTU. */
  readonly outer: number;
  /** The difference. */
  readonly overhead: number;
}

/** @returns undefined if a level has no network layer, or its length is not told (segmentation offload) */
export function encapsulationCost(outline: Outline, pair: number): Cost | undefined {
  const outer = packetLength(networkOf(outline, pair));
  const inner = packetLength(networkOf(outline, pair + 1));
  if (outer === undefined || inner === undefined || outer < inner) return undefined;
  return { inner, outer, overhead: outer - inner };
}

/** "32 of 116 bytes (28 %)", for a title. */
export function shareText({ outer, overhead }: Cost): string {
  return `${overhead} of ${outer} bytes (${percentOf(overhead, outer)} %)`;
}

function percentOf(part: number, whole: number): number {
  return Math.round((part / whole) * 100);
}

/** What a tunnel takes, in sentences, and what is left of the path's MTU. */
export function costText({ inner, outer, overhead }: Cost, mtu = USUAL_MTU): string {
  const left =
    mtu > overhead
      ? `an inner packet can have at most ${mtu - overhead} bytes`
      : 'there is no room for an inner packet of any size';
  return `The tunnel takes ${overhead} of the outer packet’s ${outer} bytes (${percentOf(overhead, outer)} %); ${inner} are the inner packet. On a path with an MTU of ${mtu}, ${left}.`;
}

/** "leaves 1468 of an MTU of 1500". */
export function leftText({ overhead }: Cost, mtu: number): string {
  return mtu > overhead ? `leaves ${mtu - overhead} of an MTU of ${mtu}` : `has no room in an MTU of ${mtu}`;
}

/** A level's last network layer, whose addresses stand for it. */
export function networkOf(outline: Outline, level: number): OutlineLayer | undefined {
  return outline.layers.findLast((layer) => layer.level === level && layer.isNetwork);
}

function fieldOf(layer: OutlineLayer, keys: readonly string[]): OutlineRow | undefined {
  return layer.fields.find(({ key }) => keys.includes(key));
}

function packetLength(layer: OutlineLayer | undefined): number | undefined {
  if (layer === undefined) return undefined;
  const length = Number(fieldOf(layer, ['len', 'plen'])?.value);
  if (!(length > 0)) return undefined;
  // IPv6 counts what follows its header; IPv4 counts that too.
  return layer.protocol === 'ipv6' ? length + layer.to - layer.from : length;
}
