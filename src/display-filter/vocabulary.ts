/** The names that a filter may use: Wireshark's for fields and protocols, and ours. */
import { fieldIndex } from '../decode/field-index.ts';
import { MAX_LAYERS } from '../decode/layer-stack.ts';
import type { Field } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import type { PacketRecord } from '../output/printer.ts';
import { similarTo } from '../text/similar.ts';
import { type TrackedField, trackedFields } from '../tracking/tracking.ts';
import { type LayerSelection, SCOPES, type Scope, scoped, selectLayers } from './layer-selection.ts';
import {
  composedValues,
  type FieldsByProtocol,
  fieldBytes,
  fieldNumbers,
  hasField,
  layerBytes,
  packetBytes,
} from './layer-values.ts';
import { packetValueNames, packetValues } from './packet-values.ts';
import type { Range } from './syntax.ts';
import type { ByteStrings, Matcher, Numbers, Times, Values } from './values.ts';

/** What a name refers to at one place in an expression. */
export interface Named {
  readonly values: Values;
  /** For a protocol: the same layers with what they carry. `values` has the headers alone. */
  readonly withPayload?: ByteStrings;
  /** Whether a packet has it. */
  readonly isPresent: Matcher;
  /** For a number with names, such as "Echo (ping) request" or "good": the number of a name. */
  readonly numberOf?: (name: string) => number | undefined;
  /** The largest number that the field can hold. */
  readonly most?: number;
}

/** Wireshark's words for a checksum's status, where ours is another. */
const STATUS_WORDS: ReadonlyMap<string, number> = new Map([
  ['unverified', 2],
  ['not present', 3],
]);

const protocolNumbers = new Map<string, number[]>();
for (const [number, { name }] of protocols.entries()) {
  protocolNumbers.set(name, [...(protocolNumbers.get(name) ?? []), number]);
}
// Wireshark has one name for both of Linux's cooked headers, and for VXLAN with its extension and without.
for (const [name, other] of [
  ['sll', 'sll2'],
  ['vxlan', 'vxlan_gpe'],
]) {
  protocolNumbers.set(
    name,
    [name, other].flatMap((one) => protocolNumbers.get(one) ?? []),
  );
}

/** Protocols whose message Wireshark counts to the header. */
const MESSAGES: readonly string[] = ['icmp', 'icmpv6'];
const isMessage = (protocol: number): boolean => MESSAGES.includes(protocols[protocol]?.name ?? '');

const PACKET = 'frame';

const numbersOf = (protocol: string): readonly number[] => protocolNumbers.get(protocol) ?? [];
/** Names of what layers have. */
const inLayers: ReadonlySet<string> = new Set([
  ...fieldIndex.keys(),
  ...trackedFields.keys(),
  ...protocolNumbers.keys(),
]);

/**
 * Looks a name up.
 *
 * @param layers of the layer operator, if the name has one
 * @returns undefined if no field or protocol has this name
 */
export function lookUp(name: string, layers: readonly Range[] | undefined): Named | undefined {
  const { scope, plain } = scoped(name);
  const fields = fieldIndex.get(plain);
  if (fields !== undefined) {
    const byProtocol = new Map<number, Field[]>();
    for (const { protocol, field } of fields) {
      byProtocol.set(protocol, [...(byProtocol.get(protocol) ?? []), field]);
    }
    return namedField(byProtocol, fields[0].field, scope, layers);
  }
  const tracked = trackedFields.get(plain);
  if (tracked !== undefined) {
    const values = trackedValues(tracked, selectLayers(numbersOf(tracked.protocol), scope, layers));
    return { values, isPresent: (record) => values.load(record) > 0 };
  }
  const numbers = protocolNumbers.get(plain);
  if (numbers !== undefined) {
    const selection = () => selectLayers(numbers, scope, layers);
    const { select } = selection();
    return {
      values: layerBytes(selection(), isMessage),
      withPayload: layerBytes(selection(), () => true),
      isPresent: ({ stack }) => select(stack) > 0,
    };
  }
  if (scope !== undefined || layers !== undefined) return undefined;
  if (plain === PACKET) return { values: packetBytes(), isPresent: () => true };
  const values = packetValues.get(plain)?.();
  if (values === undefined) return undefined;
  const names = packetValueNames.get(plain);
  return {
    values,
    isPresent: (record) => values.load(record) > 0,
    ...(names !== undefined && { numberOf: (word: string) => names.get(word.toLowerCase()) }),
  };
}

function namedField(
  fields: FieldsByProtocol,
  first: Field,
  scope: Scope | undefined,
  layers: readonly Range[] | undefined,
): Named {
  const selection = () => selectLayers([...fields.keys()], scope, layers);
  const isPresent = hasField(fields, selection());
  if (first.compose !== undefined) return { values: composedValues(fields, selection()), isPresent };
  const kind = kindOf(first);
  if (kind !== 'integer' && kind !== 'boolean' && kind !== 'ipv4') {
    return { values: fieldBytes(kind, fields, selection()), isPresent };
  }
  const values = fieldNumbers(kind, fields, selection());
  const names = new Map<string, number>(first.kind === 'status' ? STATUS_WORDS : []);
  for (const field of [...fields.values()].flat()) {
    for (const [value, name] of Object.entries(field.values ?? {})) {
      if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), Number(value));
    }
  }
  const width = Math.max(...[...fields.values()].flat().map((field) => field.width));
  return {
    values,
    isPresent,
    numberOf: (name) => names.get(name.toLowerCase()),
    ...(kind === 'integer' && { most: width === 0 ? 0xffffffff : 2 ** (Math.ceil(width / 8) * 8) - 1 }),
  };
}

function kindOf({
  kind,
}: Field): Exclude<Numbers['kind'], 'double'> | Exclude<ByteStrings['kind'], 'protocol'> {
  return kind === 'uint' || kind === 'hex' || kind === 'status' ? 'integer' : kind;
}

/** Whether a field or protocol has this name. */
export function isName(name: string): boolean {
  return inLayers.has(scoped(name).plain) || isProtocol(name) || packetValues.has(name);
}

export function isProtocol(name: string): boolean {
  return name === PACKET || protocolNumbers.has(scoped(name).plain);
}

/** All names with this beginning, with or without a side of a tunnel before them; the sides themselves too, with their dot. */
export function namesBeginning(start: string): readonly string[] {
  const { scope, plain } = scoped(start);
  const names =
    scope === undefined
      ? [...inLayers, ...packetValues.keys(), PACKET, ...SCOPES.map((side) => `${side}.`)]
      : inLayers;
  return [...new Set(names)]
    .filter((name) => name.startsWith(plain))
    .map((name) => (scope === undefined ? name : `${scope}.${name}`));
}

/** The name that was probably meant, if there is one. */
export function similarName(name: string): string | undefined {
  const { scope, plain } = scoped(name);
  const near = similarTo(
    plain,
    scope === undefined ? [...inLayers, ...packetValues.keys(), PACKET] : inLayers,
  );
  return near === undefined || scope === undefined ? near : `${scope}.${near}`;
}

/** What a tracker tells of the selected layers. */
function trackedValues({ tracker, value, kind }: TrackedField, selection: LayerSelection): Numbers | Times {
  const values = new Float64Array(MAX_LAYERS);
  const parts = new Float64Array(MAX_LAYERS);
  const { layers, select } = selection;
  const isTime = kind === 'time';
  const load = ({ stack, tracking }: PacketRecord): number => {
    const told = tracking.tracker(tracker);
    const of = told.values[value] as Float64Array;
    let count = 0;
    const selected = told.count === 0 ? 0 : select(stack);
    for (let i = 0, next = 0; i < selected; i++) {
      while (next < told.count && told.layers[next] < layers[i]) next++;
      if (next === told.count) break;
      if (told.layers[next] !== layers[i] || Number.isNaN(of[next])) continue;
      if (isTime) parts[count] = (told.values[value + 1] as Float64Array)[next] as number;
      values[count++] = of[next];
    }
    return count;
  };
  if (isTime) return { kind, seconds: values, nanoseconds: parts, load };
  return { kind: kind === 'double' ? kind : 'integer', values, load };
}
