/**
 * A capture's packets as tshark reads them and as we do, held against each other: when each came and how long it is, the stack
 * of layers, every field that both know with all its occurrences in order, and what is wrong with it.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import { fieldIndex } from '../../src/decode/field-index.ts';
import { readNumber } from '../../src/decode/field-reading.ts';
import { fieldText, hexDigits } from '../../src/decode/format.ts';
import { LayerStack } from '../../src/decode/layer-stack.ts';
import type { Field } from '../../src/decode/protocol.ts';
import { protocols } from '../../src/decode/registry.ts';
import { ByteWriter } from '../../src/output/byte-writer.ts';
import { FIELD_FORMS } from '../../src/output/tshark-versions.ts';
import { TSHARK, tshark, tsharkVersion } from './tshark.ts';

/** What tshark does on its own account, switched off: it reassembles, and leaves checksums unread. */
const TSHARK_OPTIONS: readonly string[] = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'ip.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'tcp.relative_sequence_numbers:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
].flatMap((option) => ['-o', option]);

const BOOLEANS = FIELD_FORMS[tsharkVersion].booleans;
/** Between a field's occurrences: nothing that a value holds. */
const AGGREGATOR = '\x1f';
/** What stands in front of the fields in each line. */
const FRAME_COLUMNS: readonly string[] = [
  'frame.time_epoch',
  'frame.cap_len',
  'frame.len',
  'frame.protocols',
  '_ws.malformed',
  '_ws.short',
  'frame.encap_type',
];
const ENCAPSULATION = FRAME_COLUMNS.length - 1;

/** Protocols and fields by the names that tshark knows. */
export interface Vocabulary {
  readonly protocols: ReadonlySet<string>;
  readonly fields: ReadonlySet<string>;
}

export function tsharkVocabulary(): Vocabulary {
  const vocabulary = { protocols: new Set<string>(), fields: new Set<string>() };
  for (const line of tshark('-G', 'fields').split('\n')) {
    const [kind, , name] = line.split('\t');
    if (kind === 'P') vocabulary.protocols.add(name as string);
    else if (kind === 'F') vocabulary.fields.add(name as string);
  }
  return vocabulary;
}

export interface CapturedPacket {
  /** From 1, as Wireshark counts. */
  readonly number: number;
  readonly view: DataView;
  /** Where the packet starts in the view. */
  readonly start: number;
  readonly linkType: number;
  /** Of the link type itself, the header of the packet's record. */
  readonly stack: LayerStack;
}

export interface Difference {
  /** `packets`, `frame.…`, `layers`, `malformed`, `truncated`, or a field's filter name. */
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  /** The names of the layers that tshark sees too. */
  readonly layers: readonly string[];
  readonly theirLayers: readonly string[];
  readonly packet: CapturedPacket;
}

export interface Agreement {
  readonly packets: number;
  /** Values of fields that both have. */
  readonly values: number;
  /** How often tshark read on in a protocol that is not known here, by its name. */
  readonly foreign: ReadonlyMap<string, number>;
}

export interface CompareOptions {
  readonly vocabulary: Vocabulary;
  /** Told to tshark (`udp.port==8472,vxlan`), so that it sees what we see by ourselves. */
  readonly decodeAs?: readonly string[];
  /** What tshark's answer is to be read from; tshark itself where not given. */
  readonly answer?: (args: readonly string[]) => AsyncIterable<string>;
  readonly onDifference: (difference: Difference) => void;
}

/** Layers of tshark's that are steps of its own, or headers that it leaves out of the stack now and then. */
const STEPS: ReadonlySet<string> = new Set([
  ...[
    'ethertype',
    'pcap_pktdata',
    'wlan_radio',
    'raw',
    'pwethheuristic',
    'pwethnocw',
    'eth_maybefcs',
    'udpencap',
    'vxlan-gpe',
    'vxlan_gpe',
  ],
]);

/** The fields that both know. */
export function sharedFields(vocabulary: Vocabulary): readonly string[] {
  return [...fieldIndex.keys()].filter((name) => vocabulary.fields.has(name));
}

/** A field's value as `-T fields` prints it: numbers plain, hexadecimal as wide as Wireshark's type. */
function rawText(field: Field, view: DataView, start: number, stack: LayerStack, layer: number): string {
  switch (field.kind) {
    case 'boolean':
      if (field.isNumber === true) return String(readNumber(field, view, start, stack, layer));
      return BOOLEANS[readNumber(field, view, start, stack, layer) === 0 ? 0 : 1];
    case 'uint':
    case 'status':
      return String(readNumber(field, view, start, stack, layer));
    case 'hex': {
      const digits = field.digits ?? Math.ceil(field.width / 8) * 2;
      return `0x${readNumber(field, view, start, stack, layer).toString(16).padStart(digits, '0')}`;
    }
    case 'bytes': {
      const place = field.span?.(view, start, stack, layer) ?? 0;
      const from = start + (place >>> 16);
      return hexDigits(view, from, from + (place & 0xffff));
    }
    default: {
      if (field.compose === undefined) return fieldText(field, view, start, stack, layer);
      const out = new ByteWriter();
      field.compose(out, view, start, stack, layer);
      return out.toString();
    }
  }
}

/**
 * How many layers tshark sees too: what is guessed straight in UDP, without a port that tells, is data to it.
 *
 * @param told how the user has told both to read a port: a protocol's name
 */
function visibleLayers(stack: LayerStack, told: ReadonlySet<string>): number {
  for (let layer = 1; layer < stack.count; layer++) {
    const { name } = stack.describe(layer);
    if (
      stack.describe(layer - 1).name === 'udp' &&
      ['tunpi', 'eth', 'ip', 'ipv6', 'gue'].includes(name) &&
      !told.has(name)
    ) {
      return layer;
    }
  }
  return stack.count;
}

/** The stack's layers by tshark's names; several MPLS labels are one layer to it. */
function layerNames(stack: LayerStack, count: number): string[] {
  const names: string[] = [];
  for (let layer = 0; layer < count; layer++) {
    const { name } = stack.describe(layer);
    if (STEPS.has(name) || (name === 'mpls' && names.at(-1) === 'mpls')) continue;
    names.push(name === 'sll2' ? 'sll' : name);
  }
  return names;
}

/** The values of a field in a packet's first `layers` layers. */
function valuesOf(name: string, view: DataView, stack: LayerStack, layers: number): string {
  let values = '';
  for (let layer = 0; layer < layers; layer++) {
    for (const { protocol, field } of fieldIndex.get(name) ?? []) {
      if (protocol !== stack.protocol(layer)) continue;
      const add = (at: number): void => {
        if (field.when?.(view, at, stack, layer) === false) return;
        const text = rawText(field, view, at, stack, layer);
        values = values === '' ? text : `${values}${AGGREGATOR}${text}`;
      };
      const start = stack.start(layer);
      if (field.each === undefined) add(start);
      else field.each(view, start, stack, layer, add);
    }
  }
  return values;
}

/** Whether a field's values are the first of others. */
function isContinued(values: string, others: string): boolean {
  return values === '' || others.startsWith(`${values}${AGGREGATOR}`);
}

/** "UDP" of "[Malformed Packet: UDP]" and "[Packet size limited during capture: UDP truncated]". */
const FAULT = /^\[(?:Malformed Packet: (.+?)|Packet size limited during capture: (.+) truncated)(?:: .*)?\]$/;

function faultsOf(column: string): string[] {
  return column.split(AGGREGATOR).flatMap((text) => {
    const match = FAULT.exec(text);
    return match === null ? [] : [(match[1] ?? match[2]) as string];
  });
}

/** The capture's lines as tshark answers them. */
export async function* tsharkLines(args: readonly string[]): AsyncGenerator<string> {
  const child = spawn(TSHARK, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  yield* createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
}

/**
 * Compares a capture's packets.
 *
 * @throws {CaptureError} where we can't open it
 */
export async function compareCapture(path: string, options: CompareOptions): Promise<Agreement> {
  const { vocabulary, decodeAs = [], answer = tsharkLines, onDifference } = options;
  const told = new Set(decodeAs.map((rule) => rule.slice(rule.indexOf(',') + 1)));
  const names = sharedFields(vocabulary);
  const decoder = createDecoder();
  const known = new Set(protocols.map(({ name }) => name));
  const lines = answer([
    ...['-n', '-r', path, ...TSHARK_OPTIONS, ...decodeAs.flatMap((rule) => ['-d', rule])],
    ...['-T', 'fields', '-E', 'occurrence=a', '-E', `aggregator=${AGGREGATOR}`],
    ...[...FRAME_COLUMNS, ...names].flatMap((name) => ['-e', name]),
  ])[Symbol.asyncIterator]();
  const nextPacket = async (): Promise<string[] | undefined> => {
    for (;;) {
      const line = await lines.next();
      if (line.done === true) return undefined;
      const columns = line.value.split('\t');
      // Custom blocks and the like are records to tshark, too: without a link type, they are no packets.
      if (columns[ENCAPSULATION] !== '') return columns;
    }
  };
  const foreign = new Map<string, number>();
  const stack = new LayerStack();
  let packets = 0;
  let values = 0;
  const source = await openCaptureFile(path);
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    const { view } = batch;
    for (let i = 0; i < batch.count; i++) {
      packets++;
      const columns = await nextPacket();
      if (columns === undefined) continue;
      const start = batch.start[i] as number;
      const captured = batch.capturedLength[i] as number;
      const linkType = source.interfaces[batch.interfaceIndex[i] as number]?.linkType as number;
      decoder.decode(view, start, captured, batch.originalLength[i] as number, linkType, stack);
      const packet = { number: packets, view, start, linkType, stack };
      const visible = visibleLayers(stack, told);
      const layers = layerNames(stack, visible);
      const theirs = (columns[3] as string).split(':').filter((name) => !STEPS.has(name) && name !== '');
      const found = (name: string, our: string, their: string) =>
        onDifference({ name, ours: our, theirs: their, layers, theirLayers: theirs, packet });

      const time = `${batch.seconds[i]}.${String(batch.nanoseconds[i]).padStart(9, '0')}`;
      if (time !== columns[0]) found('frame.time_epoch', time, columns[0] as string);
      if (String(captured) !== columns[1]) found('frame.cap_len', String(captured), columns[1] as string);
      if (String(batch.originalLength[i]) !== columns[2]) {
        found('frame.len', String(batch.originalLength[i]), columns[2] as string);
      }

      const faults = [...faultsOf(columns[4] as string), ...faultsOf(columns[5] as string)];
      let same = 0;
      while (same < layers.length && layers[same] !== 'data' && layers[same] === theirs[same]) same++;
      const ourNext = layers[same] ?? '';
      const theirNext = theirs[same] ?? '';
      const isForeign = theirNext !== '' && theirNext !== 'data' && !known.has(theirNext);
      if (isForeign) foreign.set(theirNext, (foreign.get(theirNext) ?? 0) + 1);
      if (visible < stack.count && isForeign) found('guess', stack.describe(visible).name, theirNext);
      // A header that is cut off, or not one: data here, a layer with the first of its fields there.
      const isBroken = faults.length > 0 && stack.issueCount > 0 && (ourNext === '' || ourNext === 'data');
      let stacksDiffer = false;
      if (
        !isBroken &&
        (ourNext !== '' && ourNext !== 'data' ? true : theirNext !== '' && theirNext !== 'data' && !isForeign)
      ) {
        stacksDiffer = true;
        found(
          'layers',
          layers.slice(Math.max(0, same - 1)).join(':'),
          theirs.slice(Math.max(0, same - 1)).join(':'),
        );
      }
      const ourFault = stack.hasIssue('malformed') || stack.hasIssue('truncated');
      if (!isForeign && faults.length > 0 && !ourFault) found('fault', '', faults.join());
      if (faults.length === 0 && stack.hasIssue('malformed')) {
        found('fault', Array.from({ length: stack.issueCount }, (_, n) => stack.issue(n).message).join(), '');
      }

      for (const [column, name] of names.entries()) {
        if (name.startsWith('data.') && (isForeign || stacksDiffer || visible < stack.count || isBroken))
          continue;
        const our = valuesOf(name, view, stack, visible);
        const their = columns[FRAME_COLUMNS.length + column] as string;
        if (our === their) {
          if (our !== '') values += our.split(AGGREGATOR).length;
          continue;
        }
        if ((isForeign || isBroken || stacksDiffer) && isContinued(our, their)) continue;
        if (stacksDiffer && isContinued(their, our)) continue;
        found(name, our.replaceAll(AGGREGATOR, ','), their.replaceAll(AGGREGATOR, ','));
      }
    }
  }
  await source.close();
  let theirPackets = packets;
  while ((await nextPacket()) !== undefined) theirPackets++;
  if (theirPackets > packets) {
    const packet = { number: packets, view: new DataView(new ArrayBuffer(0)), start: 0, linkType: 0, stack };
    const [ours, theirs] = [String(packets), String(theirPackets)];
    onDifference({ name: 'packets', ours, theirs, layers: [], theirLayers: [], packet });
  }
  return { packets, values, foreign };
}
