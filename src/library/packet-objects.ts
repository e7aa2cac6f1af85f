/** Packets as plain objects, for tests and scripts: comfort over speed. The command line reads batches instead. */

import type { DecodeAs } from '../decode/decode-as.ts';
import { createDecoder, type Decoder } from '../decode/decoder.ts';
import { fieldIndex } from '../decode/field-index.ts';
import { itemKinds, readNumber } from '../decode/field-reading.ts';
import { etherText, hexDigits, ipv4Text, ipv6Text } from '../decode/format.ts';
import { type Issue, LayerStack } from '../decode/layer-stack.ts';
import { DATA, type Field } from '../decode/protocol.ts';
import type { Reassembler } from '../decode/reassembly.ts';
import { protocols } from '../decode/registry.ts';
import { similarTo } from '../text/similar.ts';

/** A packet of a capture, with its own copy of the bytes: it stays valid for as long as you keep it. */
export interface Packet {
  /** 1 for the capture's first packet. */
  readonly number: number;
  /** Seconds since 1970 in UTC, with nine decimals: "1763828594.123456789". A string, as a double does not hold nanoseconds. */
  readonly time: string;
  /** The captured bytes. */
  readonly bytes: Uint8Array;
  /** The length on the wire: more than `bytes` has if the capture cut the packet short. */
  readonly originalLength: number;
  /** LINKTYPE_ number of the outermost header: 1 is Ethernet. */
  readonly linkType: number;
  /** The interface's name, if the capture has it. */
  readonly interface: string | undefined;
  /** Distinguishes interfaces whose names are the same or unknown. */
  readonly interfaceIndex?: number;
}

export type FieldValue = number | boolean | string;

/** One header, outermost first in {@link DecodedPacket.layers}. */
export interface DecodedLayer {
  /** Wireshark's name: `eth`, `ip`, `vxlan`; ours alone: `tunpi`, `data`. */
  readonly protocol: string;
  /** Where the header starts, in bytes from the start of the packet or, if it is reassembled, of the reassembled payload. */
  readonly offset: number;
  /** The length of the header in bytes; for `data`, of all its bytes. */
  readonly length: number;
  /** How many tunnels the header is inside: 0 for the outermost ones. */
  readonly level: number;
  /** On a tunnel's first layer: how the tunnel was recognised. */
  readonly by?: 'port' | 'protocol' | 'user' | 'guess';
  /** Present and true if an ICMP error quotes the header. */
  readonly quoted?: true;
  /** Present and true if the header is in a payload reassembled from fragments. */
  readonly reassembled?: true;
  /** Numbers of the packets whose fragments this header's payload was reassembled from. */
  readonly fragments?: readonly number[];
  /** Values by Wireshark's names: `{ ttl: 64, src: '10.1.0.10' }`. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /**
   * Present if the header has options, records or other repeated items: the kind of item → the values of each, in order:
   * `{ option: [{ option_kind: 2, option_len: 4, 'options.mss_val': 1460 }] }`.
   */
  readonly items?: Readonly<Record<string, readonly Readonly<Record<string, FieldValue>>[]>>;
}

export interface DecodedPacket {
  /** Outermost first. */
  readonly layers: readonly DecodedLayer[];
  /** What was truncated, malformed, unsupported or too deep; empty for a plain packet. */
  readonly issues: readonly Issue[];
}

export interface DecodeOptions {
  /** Of the outermost header; default: 1 (Ethernet). Not needed for a {@link Packet}. */
  readonly linkType?: number;
  /** Like `-d`: `[{ table: 'udp.port', value: 9000, name: 'tun' }]`. */
  readonly decodeAs?: readonly DecodeAs[];
  /**
   * Reassembles fragments: the layers of the whole are in the packet that completes it. Use one reassembler per capture, and
   * decode its packets in order; bare bytes are not reassembled.
   *
   * ```ts
   * const reassembler = createReassembler(createDecoder());
   * for await (const packet of openCapture('ping.pcap')) console.log(decode(packet, { reassembler }).layers);
   * ```
   */
  readonly reassembler?: Reassembler;
}

const MOST_DECODERS = 16;
/** By their `decodeAs`: making a decoder takes as long as decoding thousands of packets. */
const decoders = new Map<string, Decoder>();
const stack = new LayerStack();

/** @throws {RangeError} if `decodeAs` names a protocol that does not exist */
export function decoderFor(decodeAs: readonly DecodeAs[] = []): Decoder {
  const key =
    decodeAs.length === 0
      ? ''
      : JSON.stringify(decodeAs.map(({ table, value, name }) => [table, value, name]));
  let decoder = decoders.get(key);
  if (decoder === undefined) {
    decoder = createDecoder({ decodeAs });
    if (decoders.size === MOST_DECODERS) decoders.clear();
    decoders.set(key, decoder);
  }
  return decoder;
}

/**
 * Decodes one packet, from a capture or made by you.
 *
 * ```ts
 * const { layers } = decode(packet);
 * expect(layers.map((layer) => layer.protocol)).toEqual(['eth', 'ip', 'udp', 'vxlan', 'eth', 'ip', 'icmp', 'data']);
 * expect(layers[5].fields.src).toBe('172.16.0.2');
 * ```
 *
 * Never throws because of the bytes: what is wrong with them is in `issues`.
 *
 * @throws {RangeError} if `decodeAs` names a protocol that does not exist
 */
export function decode(packet: Packet | Uint8Array, options: DecodeOptions = {}): DecodedPacket {
  const bytes = packet instanceof Uint8Array ? packet : packet.bytes;
  const originalLength = packet instanceof Uint8Array ? bytes.length : packet.originalLength;
  const linkType = options.linkType ?? (packet instanceof Uint8Array ? 1 : packet.linkType);
  const decoder = decoderFor(options.decodeAs);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  decoder.decode(view, 0, bytes.length, originalLength, linkType, stack);
  const { reassembler } = options;
  let where = view;
  if (reassembler !== undefined && stack.fragment >= 0 && !(packet instanceof Uint8Array)) {
    const { number, time, interfaceIndex = 0 } = packet;
    where = reassembler.packet(view, stack, number, Number(time), 0, interfaceIndex);
  }
  const layers: DecodedLayer[] = [];
  for (let layer = 0; layer < stack.count; layer++) layers.push(layerOf(where, layer, reassembler));
  const issues: Issue[] = [];
  for (let issue = 0; issue < stack.issueCount; issue++) issues.push(stack.issue(issue));
  return { layers, issues };
}

/**
 * A field's values in a decoded packet, by Wireshark's name for it, outermost first, including those of options and other items.
 *
 * ```ts
 * fieldValues(decode(packet), 'ip.src'); // ['10.1.0.10', '172.16.0.2']
 * ```
 *
 * @throws {RangeError} if no field has the name
 */
export function fieldValues(packet: DecodedPacket, name: string): FieldValue[] {
  const found = fieldIndex.get(name);
  if (found === undefined) {
    const similar = similarTo(name, [...fieldIndex.keys()]);
    const advice = similar === undefined ? 'docs/protocols.md lists them' : `did you mean ${similar}?`;
    throw new RangeError(`"${name}" is not the name of a field; ${advice}`);
  }
  const values: FieldValue[] = [];
  for (const { protocol, fields, items } of packet.layers) {
    const own = found.filter((entry) => protocols[entry.protocol]?.name === protocol);
    for (const key of new Set(own.map(({ field }) => field.key))) {
      const groups = items === undefined ? [] : Object.values(items).flat();
      for (const group of [fields, ...groups]) {
        const value = group[key];
        if (value !== undefined) values.push(value);
      }
    }
  }
  return values;
}

function layerOf(view: DataView, layer: number, reassembler: Reassembler | undefined): DecodedLayer {
  const protocol = stack.describe(layer);
  const start = stack.start(layer);
  const by = stack.by(layer) as '' | NonNullable<DecodedLayer['by']>;
  const fields: Record<string, FieldValue> = {};
  for (const field of protocol.fields) {
    // Payload is what `data` is about, and the only field that it has.
    if (field.hidden === true && stack.protocol(layer) !== DATA) continue;
    if (field.each !== undefined) continue;
    if (field.when !== undefined && !field.when(view, start, stack, layer)) continue;
    fields[field.key] = fieldValue(field, view, start, layer);
  }
  const items = itemsOf(view, layer);
  return {
    protocol: protocol.name,
    offset: start - stack.base(layer),
    length: stack.headerLength(layer),
    level: stack.level(layer),
    ...(by === '' ? {} : { by }),
    ...(stack.isQuoted(layer) ? { quoted: true } : {}),
    ...(stack.isReassembled(layer) ? { reassembled: true } : {}),
    ...(stack.carriesReassembled(layer) ? { fragments: [...(reassembler?.fragmentsOf(layer) ?? [])] } : {}),
    fields,
    ...(Object.keys(items).length === 0 ? {} : { items }),
  };
}

function itemsOf(view: DataView, layer: number): Record<string, Record<string, FieldValue>[]> {
  const items: Record<string, Record<string, FieldValue>[]> = {};
  for (const { key, each, fields } of itemKinds(stack.describe(layer))) {
    each(view, stack.start(layer), stack, layer, (at) => {
      const item: Record<string, FieldValue> = {};
      for (const field of fields) {
        if (field.when?.(view, at, stack, layer) === false) continue;
        item[field.key] = fieldValue(field, view, at, layer);
      }
      items[key] ??= [];
      items[key].push(item);
    });
  }
  return items;
}

function fieldValue(field: Field, view: DataView, start: number, layer: number): FieldValue {
  const place = field.span === undefined ? (field.bit >> 3) << 16 : field.span(view, start, stack, layer);
  const at = start + (place >>> 16);
  switch (field.kind) {
    case 'uint':
    case 'hex':
      return readNumber(field, view, start, stack, layer);
    case 'boolean':
      return readNumber(field, view, start, stack, layer) !== 0;
    case 'status': {
      const value = readNumber(field, view, start, stack, layer);
      return field.values?.[value] ?? value;
    }
    case 'ipv4':
      return ipv4Text(view, at);
    case 'ipv6':
      return ipv6Text(view, at);
    case 'ether':
      return etherText(view, at);
    case 'bytes':
      return hexDigits(view, at, at + (place & 0xffff));
    case 'text': {
      let text = '';
      for (let i = at; i < at + (place & 0xffff); i++) text += String.fromCharCode(view.getUint8(i));
      return text;
    }
  }
}
