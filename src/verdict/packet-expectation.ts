/** What is expected of single packets, and how many should match: layers in order, values of fields, `count(filter) == 4`. */
import { protocols } from '../decode/registry.ts';
import { compileDisplayFilter, type DisplayFilter } from '../display-filter/display-filter.ts';
import { ByteWriter } from '../output/byte-writer.ts';
import { createFieldsPrinter } from '../output/fields.ts';
import type { PacketPrinter, PacketRecord } from '../output/printer.ts';
import { similarTo } from '../text/similar.ts';
import type { Demand } from './expectation.ts';

/** Is shown packets one by one. */
export interface PacketObserver {
  /** The fields that it asks about other packets: a record's tracking is to observe every packet of the capture. */
  readonly tracked: DisplayFilter['tracked'];
  /** `record` is at the packet, decoded. */
  packet(record: PacketRecord): void;
}

/** Is asked in the end. */
export interface JudgingObserver extends PacketObserver {
  demands(): Demand[];
}

export interface PacketDemands {
  /** A packet's number, or a display filter: the first packet that matches. */
  readonly packet: number | string;
  /** Protocols, outermost first; `...` matches any number of them. */
  readonly layers?: readonly string[] | undefined;
  readonly fields?: readonly FieldCheck[] | undefined;
}

export type FieldDemand = string | number | boolean;
/** Looks at the record's current packet; `tracked` as {@link PacketObserver} has it. */
export type FieldCheck = ((record: PacketRecord) => Demand) & Pick<PacketObserver, 'tracked'>;

export const ANY_LAYERS = '...';

/** @throws {DisplayFilterError} if the filter is not understood */
export function observePacket({ packet, layers, fields = [] }: PacketDemands): JudgingObserver {
  const filter = typeof packet === 'string' ? compileDisplayFilter(packet) : undefined;
  const which = typeof packet === 'string' ? `a packet that matches ${packet}` : `packet ${packet}`;
  let result: Demand[] | undefined;
  let seen = 0;

  function check(record: PacketRecord): Demand[] {
    const packets = [record.number];
    const found: Demand[] = [];
    if (layers !== undefined) {
      const there = layerNames(record);
      found.push({
        met: matchesLayers(layers, there),
        expected: `the layers ${layers.join(' / ')} in packet ${record.number}`,
        received: there.join(' / '),
        packets,
      });
    }
    for (const field of fields) found.push({ ...field(record), packets });
    return found;
  }

  return {
    tracked: [...(filter?.tracked ?? []), ...fields.flatMap(({ tracked }) => tracked)],
    packet(record) {
      seen = record.number;
      if (result !== undefined) return;
      if (filter === undefined ? record.number === packet : filter.matches(record)) result = check(record);
    },
    demands: () => result ?? [{ met: false, expected: which, received: `none in ${seen} packets` }],
  };
}

const LAYER_NAMES: readonly string[] = [ANY_LAYERS, ...protocols.map(({ name }) => name)];

/** @throws {RangeError} if no layer can have the name */
export function requireLayerName(name: string): void {
  if (LAYER_NAMES.includes(name)) return;
  const similar = similarTo(name, LAYER_NAMES);
  const advice =
    similar === undefined ? 'expected one such as eth, ip or vxlan, or ...' : `did you mean ${similar}?`;
  throw new RangeError(`"${name}" is not the name of a layer; ${advice}`);
}

/** Names of a packet's layers, outermost first. */
export function layerNames({ stack }: PacketRecord): string[] {
  return Array.from({ length: stack.count }, (_, layer) => stack.describe(layer).name);
}

/** Whether `there` is the list `wanted`, in which `...` matches any number of layers. */
export function matchesLayers(wanted: readonly string[], there: readonly string[]): boolean {
  // Which places of `there` the list can have come to: few, so that no list takes long.
  let places = new Set([0]);
  for (const name of wanted) {
    const next = new Set<number>();
    if (name === ANY_LAYERS) {
      for (let i = Math.min(...places); i <= there.length; i++) next.add(i);
    } else {
      for (const place of places) if (there[place] === name) next.add(place + 1);
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(there.length);
}

/** A value that needs no quotes in a display filter: a number, an address, a word. */
const PLAIN = /^[\w.:/-]+$/;

/**
 * Whether a packet has a value in a field, as in a display filter: if the field occurs several times, one match is enough.
 *
 * @param name a filter name, also with `#2`, `outer.` and `inner.`
 * @throws {RangeError} if no field has the name, or the field can't have the value
 */
export function createFieldCheck(name: string, value: FieldDemand): FieldCheck {
  const filter = compileFieldFilter(name, String(value));
  const shown = createFieldReader(name);
  const check = (record: PacketRecord): Demand => {
    const met = filter.matches(record);
    return {
      met,
      expected: `${name} == ${value}`,
      received: shown === undefined ? `${met ? 'this value' : 'another value'}` : `${shown(record)}`,
    };
  };
  return Object.assign(check, { tracked: filter.tracked });
}

/**
 * Whether a packet has a field at all.
 *
 * @param name as for {@link createFieldCheck}
 * @throws {RangeError} if no field has the name
 */
export function createPresenceCheck(name: string): FieldCheck {
  requireFieldName(name);
  const filter = compileDisplayFilter(name);
  const shown = createFieldReader(name);
  const check = (record: PacketRecord): Demand => {
    const met = filter.matches(record);
    return {
      met,
      expected: name,
      received: shown === undefined ? (met ? 'present' : 'absent') : shown(record),
    };
  };
  return Object.assign(check, { tracked: filter.tracked });
}

const FIELD_NAME = /^[a-z0-9_.-]+(?:#-?[\d,:#-]+)?$/i;

function requireFieldName(name: unknown): void {
  if (typeof name === 'string' && FIELD_NAME.test(name)) return;
  throw new RangeError(
    `"${name}" is not the name of a field; expected one such as ip.src, ip.src#2 or vxlan.vni`,
  );
}

function compileFieldFilter(name: string, value: string): DisplayFilter {
  requireFieldName(name);
  const quoted = `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (!PLAIN.test(value)) return compileDisplayFilter(`${name} == ${quoted}`);
  try {
    return compileDisplayFilter(`${name} == ${value}`);
  } catch (error) {
    // Text needs quotes; if that is not a value either, the first message says it better.
    try {
      return compileDisplayFilter(`${name} == ${quoted}`);
    } catch {
      throw error;
    }
  }
}

/** Reads a field's values in a packet as `-T fields` prints them; undefined for a name without such values. */
function createFieldReader(name: string): ((record: PacketRecord) => string) | undefined {
  const base = name.replace(/#.*$/, '').replace(/^(outer|inner|quoted)\./, '');
  let printer: PacketPrinter;
  try {
    printer = createFieldsPrinter([base]);
  } catch {
    return undefined;
  }
  const out = new ByteWriter();
  return (record) => {
    printer.packet(out, record);
    const text = out.toString().trimEnd();
    out.clear();
    return `${base} ${text === '' ? 'absent' : text}`;
  };
}

const COUNT = /^count\((.*)\)\s*(==|!=|<=|>=|<|>)\s*(\d+)$/s;

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const MOST_PACKETS = 10;

/**
 * `count(icmp.type == 8) == 4`: how many packets match a display filter.
 *
 * @throws {RangeError} if it is not of that form, or the filter is not understood
 */
export function observeCount(text: string): JudgingObserver {
  const [, expression, operator, digits] = COUNT.exec(text.trim()) ?? [];
  if (expression === undefined || operator === undefined) {
    throw new RangeError(`"${text}" is not understood; expected count(DISPLAY FILTER) == NUMBER`);
  }
  const filter = compileDisplayFilter(expression);
  const holds = COMPARISONS[operator] as (a: number, b: number) => boolean;
  const packets: number[] = [];
  let count = 0;
  return {
    tracked: filter.tracked,
    packet(record) {
      if (!filter.matches(record)) return;
      count++;
      if (packets.length < MOST_PACKETS) packets.push(record.number);
    },
    demands: () => [
      {
        met: holds(count, Number(digits)),
        expected: `count(${expression}) ${operator} ${digits}`,
        received: String(count),
        packets,
      },
    ],
  };
}
