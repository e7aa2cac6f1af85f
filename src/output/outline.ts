/** The selected packet as rows for the header panes: a title a layer, and a row a field, each with the bytes that it stands for. */
import { itemFieldsEnd } from '../decode/field-reading.ts';
import { fieldText, ipv4Text, ipv6Text, summaryText } from '../decode/format.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import { DATA, type Field, NO_IDENTIFIER, type Protocol } from '../decode/protocol.ts';
import { namingLayer } from '../decode/tunnel.ts';
import { ByteWriter } from './byte-writer.ts';
import { writeEndpoints, writeMarks } from './columns.ts';

const writer = new ByteWriter();

/** What is selected in a packet, in words that fit the next packet too. */
export interface Cursor {
  readonly level: number;
  readonly protocol: string;
  /** 0 for the first layer of this protocol on its level. */
  readonly occurrence: number;
  /** The field's key; empty for the layer as a whole. */
  readonly key: string;
}

export interface OutlineRow extends Cursor {
  readonly kind: 'layer' | 'field';
  readonly label: string;
  /** A field's value; for a layer what its fields say in short. Nothing in it is unescaped. */
  readonly value: string;
  /** The bytes that it stands for, from the packet's start; for a layer its header's. Equal where it has none. */
  readonly from: number;
  readonly to: number;
  /** A layer with fields to show. */
  readonly canOpen: boolean;
  /** A checksum that is wrong. */
  readonly isProblem: boolean;
  readonly description: Protocol;
  readonly field: Field | undefined;
}

export interface OutlineLayer {
  readonly title: OutlineRow;
  readonly fields: readonly OutlineRow[];
  readonly level: number;
  readonly protocol: string;
  readonly isNetwork: boolean;
  readonly isQuoted: boolean;
  /** A header that is there for the tunnel's sake alone: TUN PI, VXLAN. */
  readonly isTunnel: boolean;
  /** Where its header is, from the packet's start. */
  readonly from: number;
  readonly to: number;
}

export interface OutlineLevel {
  /** Who talks to whom: `172.16.0.2 > 172.16.1.2`. */
  readonly ends: string;
  /** What carries the level: `VXLAN vni 42 over UDP 4789`; empty for the outermost. */
  readonly tunnel: string;
  /** How that was recognised, where it is not plain from the packet; empty if it is. */
  readonly recognised: string;
}

export interface Outline {
  readonly layers: readonly OutlineLayer[];
  readonly levels: readonly OutlineLevel[];
  readonly deepestLevel: number;
  /** Captured bytes, and behind them those that were put together from fragments: what rows have their places in. */
  readonly length: number;
  /** Captured bytes, and bytes that were on the wire. */
  readonly capturedLength: number;
  readonly originalLength: number;
  /** What is wrong with the packet; empty if nothing is. */
  readonly marks: string;
}

/** What a network layer's one line says beside its addresses, where it has such a field. */
const TELLING: Readonly<Record<string, string>> = {
  ttl: 'TTL',
  hlim: 'Hop Limit',
  'flags.df': 'Don’t Fragment',
  'flags.mf': 'More Fragments',
};

export function createOutline(view: DataView, stack: LayerStack): Outline {
  const layers: OutlineLayer[] = [];
  const occurrences = new Map<string, number>();
  let deepestLevel = 0;
  for (let layer = 0; layer < stack.count; layer++) {
    const level = stack.level(layer);
    const counted = `${level} ${stack.describe(layer).name}`;
    const occurrence = occurrences.get(counted) ?? 0;
    occurrences.set(counted, occurrence + 1);
    layers.push(outlineLayer(view, stack, layer, occurrence));
    deepestLevel = Math.max(deepestLevel, level);
  }
  const levels = outlineLevels(view, stack);
  writer.clear();
  writeMarks(writer, view, stack);
  return {
    layers,
    levels,
    deepestLevel,
    length: endOf(stack) - stack.packetStart,
    capturedLength: stack.packetEnd - stack.packetStart,
    originalLength: stack.originalLength,
    marks: writer.toString().trimStart(),
  };
}

/** Just past the last byte that a layer stands in. */
function endOf(stack: LayerStack): number {
  let end = stack.packetEnd;
  for (let layer = 0; layer < stack.count; layer++) end = Math.max(end, stack.layerEnd(layer));
  return end;
}

function outlineLevels(view: DataView, stack: LayerStack): OutlineLevel[] {
  const levels: OutlineLevel[] = [];
  let layer = 0;
  while (layer < stack.count && !stack.isQuoted(layer)) {
    const first = layer;
    writer.clear();
    layer = writeEndpoints(writer, view, stack, first);
    levels.push({
      ends: writer.toString(),
      tunnel: first === 0 ? '' : tunnelText(view, stack, first),
      recognised: RECOGNISED[stack.by(first)] ?? '',
    });
  }
  return levels;
}

/** How a tunnel was recognised, in words. */
const RECOGNISED: Readonly<Record<string, string>> = {
  guess: 'guessed, proven by the bytes',
  user: 'set with -d',
};

/** "TUN PI over UDP 9000 (guessed, and proven by the bytes)", "VXLAN vni 100 over UDP 4789", "IPv4 in IPv4". */
function tunnelText(view: DataView, stack: LayerStack, layer: number): string {
  const carrier = stack.describe(layer - 1);
  const port = carrier.fields.find(({ key }) => key === 'dstport');
  const over =
    port === undefined ? '' : ` ${fieldText(port, view, stack.start(layer - 1), stack, layer - 1)}`;
  const naming = namingLayer(stack, layer);
  const { short, identifier } = stack.describe(naming);
  const value = identifier?.read(view, stack.start(naming), stack, naming) ?? NO_IDENTIFIER;
  const number = identifier?.name === 'teid' ? `0x${value.toString(16).padStart(8, '0')}` : `${value}`;
  const network = value === NO_IDENTIFIER ? '' : ` ${identifier?.name} ${number}`;
  const word = port === undefined ? 'in' : 'over';
  return `${short}${network} ${word} ${carrier.short}${over}`;
}

/** What names a row in other packets too, without what it holds in this one. */
export function cursorOf(row: Cursor | undefined): Cursor | undefined {
  if (row === undefined) return undefined;
  const { level, protocol, occurrence, key } = row;
  return { level, protocol, occurrence, key };
}

/** Whether two cursors name the same thing. */
export function isSame(a: Cursor, b: Cursor | undefined): boolean {
  return (
    b !== undefined &&
    a.key === b.key &&
    a.protocol === b.protocol &&
    a.level === b.level &&
    a.occurrence === b.occurrence
  );
}

/** The row that a cursor names in this packet, folded away or not. */
export function findRow(outline: Outline, cursor: Cursor | undefined): OutlineRow | undefined {
  if (cursor === undefined) return undefined;
  for (const { title, fields } of outline.layers) {
    if (isSame(title, cursor)) return title;
    for (const field of fields) if (isSame(field, cursor)) return field;
  }
  return undefined;
}

/** The field of the same name in the same protocol's header on another level, the next one inwards before others: what to compare with. */
export function counterpartOf(outline: Outline, cursor: Cursor | undefined): OutlineRow | undefined {
  if (cursor === undefined || cursor.key === '') return undefined;
  const others = outline.layers.filter(
    ({ level, protocol, isQuoted }) =>
      protocol === cursor.protocol && !isQuoted && Math.abs(level - cursor.level) === 1,
  );
  const layer = others.find(({ level }) => level > cursor.level) ?? others[0];
  return layer?.fields.find(({ key }) => key === cursor.key);
}

/** The innermost and narrowest row that stands for a byte. */
export function rowOfByte(outline: Outline, byte: number): OutlineRow | undefined {
  let found: OutlineRow | undefined;
  for (const layer of outline.layers) {
    for (const row of [layer.title, ...layer.fields]) {
      if (byte < row.from || byte >= row.to) continue;
      if (found === undefined || row.to - row.from <= found.to - found.from) found = row;
    }
  }
  return found;
}

/** The most rows of one layer's fields: a hostile packet can have thousands of options. */
const MOST_ROWS = 1024;

function outlineLayer(view: DataView, stack: LayerStack, layer: number, occurrence: number): OutlineLayer {
  const description = stack.describe(layer);
  const start = stack.start(layer);
  const from = start - stack.packetStart;
  const to = from + stack.headerLength(layer);
  const place = { level: stack.level(layer), protocol: description.name, occurrence, description };
  const end = stack.isReassembled(layer) ? stack.layerEnd(layer) : stack.packetEnd;
  const fields: OutlineRow[] = [];
  const addRow = (field: Field, at: number): void => {
    if (field.hidden === true || !isThere(field, view, at, stack, layer)) return;
    const value = fieldText(field, view, at, stack, layer);
    const before = fields.at(-1);
    if (field.kind === 'status' && before !== undefined && `${before.key}.status` === field.key) {
      // A checksum and what it is worth stand on one row.
      fields[fields.length - 1] = {
        ...before,
        value: `${before.value} ${value}`,
        isProblem: value === 'bad',
      };
      return;
    }
    const [first, last] = bytesOf(field, view, at, stack, layer).map((byte) => at - start + byte) as [
      number,
      number,
    ];
    fields.push({
      ...place,
      kind: 'field',
      key: field.key,
      label: field.label,
      value,
      from: from + first,
      to: Math.min(from + last, end - stack.packetStart),
      canOpen: false,
      isProblem: false,
      field,
    });
  };
  for (let i = 0; i < description.fields.length; i++) {
    const field = description.fields[i] as Field;
    if (field.each === undefined) {
      addRow(field, start);
      continue;
    }
    const end = itemFieldsEnd(description.fields, i);
    const itemFields = description.fields.slice(i, end);
    i = end - 1;
    field.each(view, start, stack, layer, (item) => {
      if (fields.length < MOST_ROWS) for (const itemField of itemFields) addRow(itemField, item);
    });
  }
  const isQuoted = stack.isQuoted(layer);
  const title: OutlineRow = {
    ...place,
    kind: 'layer',
    key: '',
    label: `${isQuoted ? 'quoted ' : ''}${description.short}`,
    value: layerText(view, stack, layer),
    from,
    to,
    canOpen: fields.length > 0,
    isProblem: fields.some((row) => row.isProblem),
    field: undefined,
  };
  return {
    title,
    fields,
    level: place.level,
    protocol: description.name,
    isNetwork: description.addresses !== undefined && !isQuoted,
    isQuoted,
    // A frame or packet straight in the tunnel is what it carries, and no header of its own.
    isTunnel: stack.by(layer) !== '' && description.addresses === undefined && description.name !== 'eth',
    from,
    to,
  };
}

function isThere(field: Field, view: DataView, start: number, stack: LayerStack, layer: number): boolean {
  return field.when === undefined || field.when(view, start, stack, layer);
}

/** Where a field's bytes are, from the layer's start: first, and just past the last. */
function bytesOf(
  field: Field,
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
): [number, number] {
  if (field.span !== undefined) {
    const place = field.span(view, start, stack, layer);
    return [place >>> 16, (place >>> 16) + (place & 0xffff)];
  }
  if (field.width === 0) return [0, 0];
  return [field.bit >> 3, (field.bit + field.width + 7) >> 3];
}

/** A layer in one line: who talks to whom, and what tells most. */
function layerText(view: DataView, stack: LayerStack, layer: number): string {
  const description = stack.describe(layer);
  const start = stack.start(layer);
  const { addresses, fields } = description;
  if (stack.protocol(layer) === DATA) return `${stack.headerLength(layer)} bytes`;
  const source = fields.find(({ key, kind }) => key === 'src' && kind === 'ether');
  const destination = fields.find(({ key, kind }) => key === 'dst' && kind === 'ether');
  if (source !== undefined && destination !== undefined) {
    return `${fieldText(source, view, start, stack, layer)} > ${fieldText(destination, view, start, stack, layer)}`;
  }
  if (addresses === undefined) return summaryText(view, stack, layer);
  const text = addresses.bytes === 4 ? ipv4Text : ipv6Text;
  const from = start + addresses.offset;
  const parts = [`${text(view, from)} > ${text(view, from + addresses.bytes)}`];
  for (const field of fields) {
    const name = TELLING[field.key];
    if (name === undefined || field.hidden === true || !isThere(field, view, start, stack, layer)) continue;
    if (field.kind !== 'boolean') parts.push(`${name} ${fieldText(field, view, start, stack, layer)}`);
    else if (fieldText(field, view, start, stack, layer) === 'Set') parts.push(name);
  }
  return parts.join('  ');
}
