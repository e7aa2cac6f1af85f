/** What is known of a packet besides its bytes, by Wireshark's names, for `-T fields`. */
import { COMMENT, eachPacketOption, packetFlags } from '../capture/pcapng-blocks.ts';
import { etherTypeNames } from '../decode/names.ts';
import { protocols } from '../decode/registry.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { PacketRecord } from './printer.ts';
import { type Template, template } from './template.ts';

/** What to do where a packet has several values: `a`ll, the `f`irst or the `l`ast, and what stands between them. */
export interface Occurrences {
  readonly occurrence: 'a' | 'f' | 'l';
  readonly aggregator: Template;
}

/** Writes a value; nothing where the packet has none. */
export type FrameField = (out: ByteWriter, record: PacketRecord, occurrences?: Occurrences) => void;

const NANOSECONDS = 1_000_000_000;
const RAW_LINK_TYPES: readonly number[] = [12, 14, 101];

function writeDifference(
  out: ByteWriter,
  record: PacketRecord,
  sinceSeconds: number,
  sinceNanoseconds: number,
): void {
  const nanoseconds = record.nanoseconds - sinceNanoseconds;
  const seconds = record.seconds - sinceSeconds;
  if (nanoseconds < 0) out.time(seconds - 1, nanoseconds + NANOSECONDS);
  else out.time(seconds, nanoseconds);
}

/** By protocol number: Wireshark lists its dissector for EtherTypes like a protocol, behind each that has an EtherType. */
const etherTypeField = protocols.map(({ name, fields }) =>
  ['eth', 'vlan', 'ieee8021ad', 'sll', 'sll2'].includes(name)
    ? fields.find(({ values }) => values === etherTypeNames)
    : undefined,
);
/** Wireshark has one name for both cooked headers of Linux. */
const names: readonly Template[] = protocols.map(({ name }) => template(name === 'sll2' ? 'sll' : name));
const ETHERTYPE = template(':ethertype');

function writeProtocols(out: ByteWriter, { stack, view }: PacketRecord): void {
  if (RAW_LINK_TYPES.includes(stack.linkType)) out.text('raw:');
  for (let layer = 0; layer < stack.count; layer++) {
    const protocol = stack.protocol(layer);
    if (layer > 0) out.text(':');
    out.template(names[protocol]);
    const field = etherTypeField[protocol];
    if (field === undefined) continue;
    if (field.when?.(view, stack.start(layer), stack, layer) !== false) out.template(ETHERTYPE);
  }
}

const COMMA = template(',');
/** epb_flags, bits 0 and 1. */
const DIRECTION = 3;

function writeComments(
  out: ByteWriter,
  { batch, index, interfaces }: PacketRecord,
  many?: Occurrences,
): void {
  const { occurrence = 'a', aggregator = COMMA } = many ?? {};
  const start = out.length;
  let count = 0;
  eachPacketOption(batch, index, interfaces[batch.interfaceIndex[index]], (code, at, size) => {
    if (code !== COMMENT || (occurrence === 'f' && count > 0)) return;
    if (occurrence === 'l') out.length = start;
    else if (count > 0) out.template(aggregator);
    out.packetText(batch.view, at, at + size);
    count++;
  });
}

/** @param mask the part of the flags that is shown, all 32 bits wide as Wireshark has it */
function flagsField(mask: number): FrameField {
  return (out, { batch, index, interfaces }) => {
    const flags = packetFlags(batch, index, interfaces[batch.interfaceIndex[index]]);
    if (flags === undefined) return;
    out.text('0x');
    out.hex((flags & mask) >>> 0, 8);
  };
}

export const frameFields: ReadonlyMap<string, FrameField> = new Map<string, FrameField>([
  ['frame.number', (out, record) => out.uint(record.number)],
  ['frame.time_epoch', (out, record) => out.time(record.seconds, record.nanoseconds)],
  [
    'frame.time_relative',
    (out, record) => writeDifference(out, record, record.firstSeconds, record.firstNanoseconds),
  ],
  [
    'frame.time_delta',
    (out, record) => writeDifference(out, record, record.previousSeconds, record.previousNanoseconds),
  ],
  ['frame.len', (out, record) => out.uint(record.originalLength)],
  ['frame.cap_len', (out, record) => out.uint(record.capturedLength)],
  ['frame.protocols', writeProtocols],
  ['frame.comment', writeComments],
  ['frame.packet_flags', flagsField(0xffffffff)],
  ['frame.packet_flags_direction', flagsField(DIRECTION)],
  [
    'frame.interface_name',
    (out, record) => {
      const name = record.interfaceName;
      if (name !== undefined) out.foreign(name);
    },
  ],
]);
