/** What a filter can ask of a packet besides the fields of its headers: `frame.…` as in Wireshark, and ours: `level`, `tunnel`. */

import { type IssueCode, type LayerStack, MAX_ISSUES } from '../decode/layer-stack.ts';
import { deepestLevel, tunnelKind } from '../decode/tunnel.ts';
import { ByteWriter } from '../output/byte-writer.ts';
import {
  eachFragment,
  FAULTS,
  flagsPart,
  fragmentFields,
  frameFields,
  interfaceId,
  PACKET_FLAGS,
} from '../output/frame-fields.ts';
import type { PacketRecord } from '../output/printer.ts';
import { COMMENT, eachPacketOption, hasTime, packetFlags } from '../packet/packet-options.ts';
import { type ByteStrings, type Numbers, packetNumber, type Times, type Values } from './values.ts';

const NANOSECONDS = 1_000_000_000;
/** The time since the last packet that the filter itself let pass. */
export const DISPLAYED = 'frame.time_delta_displayed';

/** By name: makes the values of one operand. */
export const packetValues: ReadonlyMap<string, () => Values> = new Map<string, () => Values>([
  ['frame.number', () => packetNumber((record) => record.number)],
  ['frame.len', () => packetNumber((record) => record.originalLength)],
  ['frame.cap_len', () => packetNumber((record) => record.capturedLength)],
  ...['frame.time_epoch', 'frame.time', 'frame.time_utc'].map((name): [string, () => Values] => [name, date]),
  [
    'frame.time_relative',
    () =>
      timeSince(
        (record) => record.firstSeconds,
        (record) => record.firstNanoseconds,
      ),
  ],
  [
    'frame.time_delta',
    () =>
      timeSince(
        (record) => record.previousSeconds,
        (record) => record.previousNanoseconds,
      ),
  ],
  [
    DISPLAYED,
    () =>
      timeSince(
        (record) => (Number.isNaN(record.displayedSeconds) ? record.seconds : record.displayedSeconds),
        (record) =>
          Number.isNaN(record.displayedSeconds) ? record.nanoseconds : record.displayedNanoseconds,
      ),
  ],
  ...Object.entries(FAULTS).map(([name, code]): [string, () => Values] => [name, () => faults(code)]),
  ...fragmentFields.map(({ name, protocol }): [string, () => Values] => [name, () => fragments(protocol)]),
  ['frame.protocols', () => frameText('frame.protocols')],
  ['frame.interface_id', interfaceNumber],
  ['frame.interface_name', () => interfaceText('name')],
  ['frame.interface_description', () => interfaceText('description')],
  ['frame.comment', comments],
  ...PACKET_FLAGS.map(([name, mask]): [string, () => Values] => [name, () => flags(mask)]),
  ['level', () => packetNumber((record) => deepestLevel(record.stack))],
  ['tunnel', () => tunnelText(tunnelKind)],
  ['tunnel.by', () => tunnelText((_view, stack, layer) => stack.by(layer))],
]);

/** Wireshark's words for numbers, by field. */
export const packetValueNames: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  [
    'frame.packet_flags_direction',
    new Map([
      ['unknown', 0],
      ['inbound', 1],
      ['outbound', 2],
    ]),
  ],
  [
    'frame.packet_flags_reception_type',
    new Map([
      ['not specified', 0],
      ['unicast', 1],
      ['multicast', 2],
      ['broadcast', 3],
      ['promiscuous', 4],
    ]),
  ],
]);

function timeSince(
  sinceSeconds: (record: PacketRecord) => number,
  sinceNanoseconds: (record: PacketRecord) => number,
): Times {
  const seconds = new Float64Array(1);
  const nanoseconds = new Float64Array(1);
  return {
    kind: 'time',
    seconds,
    nanoseconds,
    load(record) {
      const { batch, index, interfaces } = record;
      if (!hasTime(batch, index, interfaces[batch.interfaceIndex[index]])) return 0;
      const difference = record.nanoseconds - sinceNanoseconds(record);
      seconds[0] = record.seconds - sinceSeconds(record) - (difference < 0 ? 1 : 0);
      nanoseconds[0] = difference < 0 ? difference + NANOSECONDS : difference;
      return 1;
    },
  };
}

/** When the packet came. */
function date(): Times {
  const { load, ...times } = timeSince(
    () => 0,
    () => 0,
  );
  return { ...times, kind: 'date', load };
}

/** What tshark has a line of its own for in the tree, for each fault that it finds. */
function faults(code: IssueCode): Numbers {
  const values = new Float64Array(MAX_ISSUES);
  return {
    kind: 'integer',
    values,
    load({ stack }) {
      let count = 0;
      for (let i = 0; i < stack.issueCount; i++) if (stack.issueCode(i) === code) values[count++] = 1;
      return count;
    },
  };
}

/** Limit on the fragments of one packet. */
const MOST_FRAGMENTS = 8192;

/** The numbers of the packets whose fragments were put together. */
function fragments(protocol: string): Numbers {
  const values = new Float64Array(MOST_FRAGMENTS);
  return {
    kind: 'integer',
    values,
    load(record) {
      let count = 0;
      eachFragment(record, protocol, (number) => {
        if (count < MOST_FRAGMENTS) values[count++] = number;
      });
      return count;
    },
  };
}

/** Text that is composed for each packet, in memory that is kept. */
function composedText(
  most: number,
  compose: (out: ByteWriter, record: PacketRecord, ends: Int32Array) => number,
): ByteStrings {
  const out = new ByteWriter();
  const starts = new Int32Array(most);
  const lengths = new Int32Array(most);
  const ends = new Int32Array(most);
  const text = {
    kind: 'text' as const,
    view: out.view,
    starts,
    lengths,
    load(record: PacketRecord) {
      out.clear();
      const count = compose(out, record, ends);
      for (let i = 0; i < count; i++) {
        starts[i] = i === 0 ? 0 : ends[i - 1];
        lengths[i] = ends[i] - starts[i];
      }
      text.view = out.view;
      return count;
    },
  };
  return text;
}

function frameText(name: string): ByteStrings {
  const write = frameFields.get(name);
  return composedText(1, (out, record, ends) => {
    write?.(out, record);
    ends[0] = out.length;
    return out.length === 0 ? 0 : 1;
  });
}

function tunnelText(textOf: (view: DataView, stack: LayerStack, layer: number) => string): ByteStrings {
  return composedText(MOST_TUNNELS, (out, { view, stack }, ends) => {
    let count = 0;
    for (let layer = 0; layer < stack.count && count < MOST_TUNNELS; layer++) {
      if (stack.by(layer) === '') continue;
      out.text(textOf(view, stack, layer));
      ends[count++] = out.length;
    }
    return count;
  });
}

const MOST_TUNNELS = 16;
/** Limit on the comments of one packet. */
const MOST_COMMENTS = 64;

/** The flags that a pcapng file has for a packet; no value if it has none. */
function flags(mask: number): Numbers {
  const values = new Float64Array(1);
  return {
    kind: 'integer',
    values,
    load({ batch, index, interfaces }) {
      const found = packetFlags(batch, index, interfaces[batch.interfaceIndex[index]]);
      values[0] = flagsPart(found ?? 0, mask);
      return found === undefined ? 0 : 1;
    },
  };
}

/** The comments that a pcapng file has for a packet, verbatim. */
function comments(): ByteStrings {
  const starts = new Int32Array(MOST_COMMENTS);
  const lengths = new Int32Array(MOST_COMMENTS);
  let count = 0;
  const visit = (code: number, at: number, size: number): void => {
    if (code !== COMMENT || count === MOST_COMMENTS) return;
    starts[count] = at;
    lengths[count++] = size;
  };
  const text = {
    kind: 'text' as const,
    view: new DataView(new ArrayBuffer(0)) as DataView,
    starts,
    lengths,
    load({ batch, index, interfaces }: PacketRecord) {
      count = 0;
      text.view = batch.view;
      eachPacketOption(batch, index, interfaces[batch.interfaceIndex[index]], visit);
      return count;
    },
  };
  return text;
}

function interfaceNumber(): Numbers {
  const values = new Float64Array(1);
  return {
    kind: 'integer',
    values,
    load(record) {
      const id = interfaceId(record);
      values[0] = id ?? 0;
      return id === undefined ? 0 : 1;
    },
  };
}

/** As the capture has it, in UTF-8. */
function interfaceText(key: 'name' | 'description'): ByteStrings {
  const encoder = new TextEncoder();
  const known = new Map<string, DataView>();
  const lengths = new Int32Array(1);
  const text = {
    kind: 'text' as const,
    view: new DataView(new ArrayBuffer(0)) as DataView,
    starts: new Int32Array(1),
    lengths,
    load({ batch, index, interfaces }: PacketRecord) {
      const words = interfaces[batch.interfaceIndex[index]]?.[key];
      if (words === undefined) return 0;
      let bytes = known.get(words);
      if (bytes === undefined) known.set(words, (bytes = new DataView(encoder.encode(words).buffer)));
      text.view = bytes;
      lengths[0] = bytes.byteLength;
      return 1;
    },
  };
  return text;
}
