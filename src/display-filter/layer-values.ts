/** What a packet's layers hold of a field or protocol, read with the protocols' own field descriptors. */
import { readNumber } from '../decode/field-reading.ts';
import { LAYER_WORDS, type LayerStack, MAX_LAYERS } from '../decode/layer-stack.ts';
import type { Field } from '../decode/protocol.ts';
import { ByteWriter } from '../output/byte-writer.ts';
import type { LayerSelection } from './layer-selection.ts';
import type { ByteStrings, Matcher, Numbers } from './values.ts';

/** A field's descriptors, where several answer to one name, by the protocol's number. */
export type FieldsByProtocol = ReadonlyMap<number, readonly Field[]>;

type Read = NonNullable<Field['read']>;

const ADDRESS_BYTES = { ipv6: 16, ether: 6 } as const;

interface Reader {
  readonly when: Field['when'];
  readonly each: Field['each'];
  /** A number's value, or a byte string's place: offset from the view's start. */
  readonly read: Read;
  /** A byte string's length. */
  readonly length: Read;
}

/** By protocol number; empty for all others. */
function readersOf(fields: FieldsByProtocol, make: (field: Field) => Reader): readonly (readonly Reader[])[] {
  const readers: (readonly Reader[])[] = Array.from({ length: 256 }, () => []);
  for (const [protocol, descriptors] of fields) readers[protocol] = descriptors.map(make);
  return readers;
}

/**
 * The most values of one field that a filter looks at, where a header may have any number of them (options, records): more than a
 * packet that means anything has, and little enough to keep.
 */
const MOST_ITEMS = 8192;

function mostOccurrences(fields: FieldsByProtocol): number {
  if ([...fields.values()].flat().some(({ each }) => each !== undefined)) return MOST_ITEMS;
  return MAX_LAYERS * Math.max(...[...fields.values()].map(({ length }) => length));
}

/** What one layer holds of a field goes to `take`: once, or once for each item. Nothing is made for a packet. */
type Occurrences = (view: DataView, start: number, stack: LayerStack, layer: number, reader: Reader) => void;

function createOccurrences(
  take: (view: DataView, at: number, stack: LayerStack, layer: number, reader: Reader) => void,
): Occurrences {
  let [ofView, ofStack, ofLayer, ofReader]: [DataView?, LayerStack?, number?, Reader?] = [];
  const visit = (item: number): void => {
    const reader = ofReader as Reader;
    const { when } = reader;
    const [view, stack, layer] = [ofView as DataView, ofStack as LayerStack, ofLayer as number];
    if (when !== undefined && !when(view, item, stack, layer)) return;
    take(view, item, stack, layer, reader);
  };
  return (view, start, stack, layer, reader) => {
    ofView = view;
    ofStack = stack;
    ofLayer = layer;
    ofReader = reader;
    reader.each?.(view, start, stack, layer, visit);
  };
}

/** A reader of its own for each of the usual widths: a fraction of the time of one that must ask. */
function numberReader(field: Field): Read {
  if (field.kind === 'ipv4' && field.read === undefined) {
    const { span } = field;
    if (span !== undefined) {
      return (view, start, stack, layer) => view.getUint32(start + (span(view, start, stack, layer) >>> 16));
    }
  }
  if (field.read !== undefined) return field.read;
  const offset = field.bit >> 3;
  const isAligned = (field.bit & 7) === 0;
  if (isAligned && field.scale === undefined) {
    if (field.width === 8) return (view, start) => view.getUint8(start + offset);
    if (field.width === 16) return (view, start) => view.getUint16(start + offset);
    if (field.width === 32) return (view, start) => view.getUint32(start + offset);
  }
  return (view, start, stack, layer) => readNumber(field, view, start, stack, layer);
}

/** The values of number fields: integers, booleans (0 and 1), IPv4 addresses. */
export function fieldNumbers(
  kind: Numbers['kind'],
  fields: FieldsByProtocol,
  { layers, select }: LayerSelection,
): Numbers {
  const values = new Float64Array(mostOccurrences(fields));
  const isBoolean = kind === 'boolean';
  const descriptors = [...fields.values()].flat();
  if (descriptors.length === 1 && descriptors[0]?.each === undefined) {
    return { kind, values, load: loadOne(values, descriptors[0] as Field, { layers, select }) };
  }
  const readers = readersOf(fields, (field) => ({
    when: field.when,
    each: field.each,
    read: numberReader(field),
    length: () => 0,
  }));
  let count = 0;
  const takeItems = createOccurrences((view, at, stack, layer, { read }) => {
    if (count === values.length) return;
    const value = read(view, at, stack, layer);
    values[count++] = isBoolean && value !== 0 ? 1 : value;
  });
  return {
    kind,
    values,
    load({ stack, view }) {
      const selected = select(stack);
      count = 0;
      for (let i = 0; i < selected; i++) {
        const layer = layers[i];
        const at = layer * LAYER_WORDS;
        const start = stack.words[at + 1];
        const found = readers[stack.words[at] & 0xff];
        for (let j = 0; j < found.length; j++) {
          const { when, read, each } = found[j];
          if (each !== undefined) {
            takeItems(view, start, stack, layer, found[j]);
            continue;
          }
          if (when !== undefined && !when(view, start, stack, layer)) continue;
          const value = read(view, start, stack, layer);
          values[count++] = isBoolean && value !== 0 ? 1 : value;
        }
      }
      return count;
    },
  };
}

/** The values of a name that stands for one field of one protocol, as most do: without a look at who answers to it. */
function loadOne(values: Float64Array, field: Field, { layers, select }: LayerSelection): Numbers['load'] {
  const { when } = field;
  const read = numberReader(field);
  const isBoolean = field.kind === 'boolean';
  const words = LAYER_WORDS;
  return ({ stack, view }) => {
    const selected = select(stack);
    let count = 0;
    for (let i = 0; i < selected; i++) {
      const layer = layers[i];
      const start = stack.words[layer * words + 1];
      if (when !== undefined && !when(view, start, stack, layer)) continue;
      const value = read(view, start, stack, layer);
      values[count++] = isBoolean && value !== 0 ? 1 : value;
    }
    return count;
  };
}

/** Where byte strings stand in the packet. */
class PlacesInPacket {
  view: DataView = new DataView(new ArrayBuffer(0));
  readonly starts: Int32Array;
  readonly lengths: Int32Array;

  constructor(capacity: number) {
    this.starts = new Int32Array(capacity);
    this.lengths = new Int32Array(capacity);
  }
}

/** The values of fields that are bytes, text, and addresses of more than 32 bits. */
export function fieldBytes(
  kind: ByteStrings['kind'],
  fields: FieldsByProtocol,
  { layers, select }: LayerSelection,
): ByteStrings {
  const places = new PlacesInPacket(mostOccurrences(fields));
  const { starts, lengths } = places;
  const readers = readersOf(fields, placeReader);
  let count = 0;
  const takeItems = createOccurrences((view, at, stack, layer, { read, length }) => {
    if (count === starts.length) return;
    starts[count] = at + read(view, at, stack, layer);
    lengths[count++] = length(view, at, stack, layer);
  });
  return Object.assign(places, {
    kind,
    load({ stack, view }: Parameters<Matcher>[0]) {
      const selected = select(stack);
      places.view = view;
      count = 0;
      for (let i = 0; i < selected; i++) {
        const layer = layers[i];
        const start = stack.start(layer);
        const found = readers[stack.protocol(layer)];
        for (let j = 0; j < found.length; j++) {
          const { when, read, length, each } = found[j];
          if (each !== undefined) {
            takeItems(view, start, stack, layer, found[j]);
            continue;
          }
          if (when !== undefined && !when(view, start, stack, layer)) continue;
          starts[count] = start + read(view, start, stack, layer);
          lengths[count++] = length(view, start, stack, layer);
        }
      }
      return count;
    },
  });
}

/** The values of fields that are composed: text in memory of its own. */
export function composedValues(fields: FieldsByProtocol, { layers, select }: LayerSelection): ByteStrings {
  const out = new RawWriter();
  const starts = new Int32Array(mostOccurrences(fields));
  const lengths = new Int32Array(starts.length);
  let count = 0;
  const composers = Array.from({ length: 256 }, (_, protocol) =>
    (fields.get(protocol) ?? []).map((field) => {
      const reader: Reader = { when: field.when, each: field.each, read: () => 0, length: () => 0 };
      const take = (view: DataView, at: number, stack: LayerStack, layer: number): void => {
        if (count === starts.length) return;
        starts[count] = out.length;
        field.compose?.(out, view, at, stack, layer);
        lengths[count] = out.length - starts[count];
        count++;
      };
      return { reader, take, takeItems: createOccurrences(take) };
    }),
  );
  return {
    kind: 'text',
    get view() {
      return out.view;
    },
    starts,
    lengths,
    load({ stack, view }) {
      const selected = select(stack);
      out.clear();
      count = 0;
      for (let i = 0; i < selected; i++) {
        const layer = layers[i];
        const start = stack.start(layer);
        const found = composers[stack.protocol(layer)];
        for (let j = 0; j < found.length; j++) {
          const { reader, take, takeItems } = found[j];
          if (reader.each !== undefined) takeItems(view, start, stack, layer, reader);
          else if (reader.when === undefined || reader.when(view, start, stack, layer))
            take(view, start, stack, layer);
        }
      }
      return count;
    },
  };
}

/** Text from a packet as it is, for comparing and never for printing. */
class RawWriter extends ByteWriter {
  override packetText(view: DataView, start: number, end: number): void {
    const at = this.reserve(end - start);
    for (let i = start; i < end; i++) this.view.setUint8(at + i - start, view.getUint8(i));
    this.length = at + Math.max(0, end - start);
  }
}

function placeReader(field: Field): Reader {
  const { span, kind, when, each } = field;
  const offset = field.bit >> 3;
  const fixed = kind === 'ipv6' || kind === 'ether' ? ADDRESS_BYTES[kind] : undefined;
  return {
    when,
    each,
    read:
      span === undefined
        ? () => offset
        : (view, start, stack, layer) => span(view, start, stack, layer) >>> 16,
    length:
      fixed !== undefined || span === undefined
        ? () => fixed ?? 0
        : (view, start, stack, layer) => span(view, start, stack, layer) & 0xffff,
  };
}

/**
 * The bytes of whole layers.
 *
 * @param withPayload with what the layer carries, or the header alone
 */
export function layerBytes(
  { layers, select }: LayerSelection,
  withPayload: (protocol: number) => boolean,
): ByteStrings {
  const places = new PlacesInPacket(MAX_LAYERS);
  const { starts, lengths } = places;
  const carries = Uint8Array.from({ length: 256 }, (_, protocol) => Number(withPayload(protocol)));
  return Object.assign(places, {
    kind: 'protocol' as const,
    load({ stack, view }: Parameters<Matcher>[0]) {
      const selected = select(stack);
      places.view = view;
      for (let i = 0; i < selected; i++) {
        const layer = layers[i];
        const start = stack.start(layer);
        starts[i] = start;
        lengths[i] =
          carries[stack.protocol(layer)] === 1 ? stack.layerEnd(layer) - start : stack.headerLength(layer);
      }
      return selected;
    },
  });
}

/** The packet as it was captured. */
export function packetBytes(): ByteStrings {
  const places = new PlacesInPacket(1);
  const { starts, lengths } = places;
  return Object.assign(places, {
    kind: 'protocol' as const,
    load({ stack, view }: Parameters<Matcher>[0]) {
      places.view = view;
      starts[0] = stack.packetStart;
      lengths[0] = stack.packetEnd - stack.packetStart;
      return 1;
    },
  });
}

/** Whether a packet has the field. */
export function hasField(fields: FieldsByProtocol, { layers, select }: LayerSelection): Matcher {
  const conditions = readersOf(fields, ({ when, each }) => ({
    when,
    each,
    read: () => 0,
    length: () => 0,
  }));
  let isFound = false;
  const lookAtItems = createOccurrences(() => {
    isFound = true;
  });
  return ({ stack, view }) => {
    const selected = select(stack);
    for (let i = 0; i < selected; i++) {
      const layer = layers[i];
      const found = conditions[stack.protocol(layer)];
      for (let j = 0; j < found.length; j++) {
        const { when, each } = found[j];
        if (each !== undefined) {
          isFound = false;
          lookAtItems(view, stack.start(layer), stack, layer, found[j]);
          if (isFound) return true;
          continue;
        }
        if (when === undefined || when(view, stack.start(layer), stack, layer)) return true;
      }
    }
    return false;
  };
}
