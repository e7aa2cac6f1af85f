/** What is known of a packet besides its bytes, by Wireshark's names, for `-T fields`. */

import type { IssueCode } from '../decode/layer-stack.ts';
import { etherTypeNames } from '../decode/names.ts';
import { ciscoMetadata, isInGre } from '../decode/protocols/cisco-metadata.ts';
import { protocolNumber, protocols } from '../decode/registry.ts';
import { COMMENT, eachPacketOption, hasTime, packetFlags } from '../packet/packet-options.ts';
import type { ByteWriter } from './byte-writer.ts';
import { dateWriter } from './dates.ts';
import type { PacketRecord } from './printer.ts';
import { type Template, template } from './template.ts';
import type { FieldForms } from './tshark-versions.ts';

/** What to do where a packet has several values: `a`ll, the `f`irst or the `l`ast, and what stands between them. */
export interface Occurrences {
  readonly occurrence: 'a' | 'f' | 'l';
  readonly aggregator: Template;
}

/** Wireshark's names for what is wrong with a packet, and what the issues are called here. */
export const FAULTS = { '_ws.malformed': 'malformed', '_ws.short': 'truncated' } as const;

/** Fields with the numbers of the packets that a whole one was put together from, and the protocol of the layer that has them. */
export const fragmentFields: readonly { readonly name: string; readonly protocol: string }[] = [
  { name: 'ip.fragment', protocol: 'ip' },
  { name: 'ipv6.fragment', protocol: 'ipv6.fraghdr' },
];

/** Every fragment of every layer of a protocol whose payload was put together in this packet. */
export function eachFragment(record: PacketRecord, protocol: string, visit: (number: number) => void): void {
  const { stack } = record;
  for (let layer = 0; layer < stack.count; layer++) {
    if (stack.describe(layer).name === protocol)
      for (const number of record.fragmentsOf(layer)) visit(number);
  }
}

/** Writes a value; nothing if the packet has none. */
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
  ['eth', 'vlan', 'ieee8021ad', 'sll', 'sll2', 'cmd', 'macsec'].includes(name)
    ? fields.find(({ values }) => values === etherTypeNames)
    : undefined,
);
/** Wireshark has one name for both cooked headers of Linux, and lists what tells link types apart behind those that carry any. */
const listed: Readonly<Record<string, string>> = {
  sll2: 'sll',
  pktap: 'pktap:pcap_pktdata',
  ppi: 'ppi:pcap_pktdata',
};
const names: readonly Template[] = protocols.map(({ name }) => template(listed[name] ?? name));
const ETHERTYPE = template(':ethertype');
/** In GRE its type is of GRE's own. */
const METADATA = names[protocolNumber(ciscoMetadata)];

function writeProtocols(out: ByteWriter, { stack, view }: PacketRecord): void {
  if (RAW_LINK_TYPES.includes(stack.linkType)) out.text('raw:');
  for (let layer = 0; layer < stack.count; layer++) {
    const protocol = stack.protocol(layer);
    if (layer > 0) out.text(':');
    out.template(names[protocol]);
    const field = etherTypeField[protocol];
    if (field === undefined || (names[protocol] === METADATA && isInGre(stack, layer))) continue;
    if (field.when?.(view, stack.start(layer), stack, layer) !== false) out.template(ETHERTYPE);
  }
}

const COMMA = template(',');
/** The parts of epb_flags as Wireshark 4.0 names them: their bits, and how it shows them. */
export const PACKET_FLAGS: readonly (readonly [
  name: string,
  mask: number,
  base: 'hex' | 'decimal' | 'flag',
])[] = [
  ['frame.packet_flags', 0xffffffff, 'hex'],
  ['frame.packet_flags_direction', 0x3, 'hex'],
  ['frame.packet_flags_reception_type', 0x1c, 'decimal'],
  ['frame.packet_flags_fcs_length', 0x1e0, 'decimal'],
  ['frame.packet_flags_reserved', 0xfe00, 'decimal'],
  ['frame.packet_flags_crc_error', 0x1000000, 'flag'],
  ['frame.packet_flags_packet_too_error', 0x2000000, 'flag'],
  ['frame.packet_flags_packet_too_short_error', 0x4000000, 'flag'],
  ['frame.packet_flags_wrong_inter_frame_gap_error', 0x8000000, 'flag'],
  ['frame.packet_flags_unaligned_frame_error', 0x10000000, 'flag'],
  ['frame.packet_flags_start_frame_delimiter_error', 0x20000000, 'flag'],
  ['frame.packet_flags_preamble_error', 0x40000000, 'flag'],
  ['frame.packet_flags_symbol_error', 0x80000000, 'flag'],
];

/** A part of the flags as a number: shifted down to where its mask begins. */
export function flagsPart(flags: number, mask: number): number {
  return ((flags & mask) >>> 0) / ((mask & -mask) >>> 0);
}

/** The one field whose value depends on what was printed before. */
export const SINCE_DISPLAYED = 'frame.time_delta_displayed';

/** The same fields as a version of tshark writes them, with a memory of their own. */
export function frameFieldsIn(forms: FieldForms): ReadonlyMap<string, FrameField> {
  const write = frameFields.get('frame.time_delta') as FrameField;
  const isFirstEmpty = forms.firstDelta === 'nothing';
  const [no, yes] = forms.booleans.map(template) as [Template, Template];
  return new Map<string, FrameField>([
    ...frameFields,
    ...PACKET_FLAGS.filter(([, , base]) => base === 'flag').map(([name, mask]): [string, FrameField] => [
      name,
      (out, { batch, index, interfaces }) => {
        const flags = packetFlags(batch, index, interfaces[batch.interfaceIndex[index]]);
        if (flags !== undefined) out.template(flagsPart(flags, mask) === 0 ? no : yes);
      },
    ]),
    [
      'frame.time_delta',
      (out, record) => (isFirstEmpty && record.number === 1 ? undefined : write(out, record)),
    ],
    [SINCE_DISPLAYED, timeField(sinceDisplayed(isFirstEmpty))],
    ...(forms.dates === 'words'
      ? []
      : [true, false].map((isUtc): [string, FrameField] => [
          isUtc ? 'frame.time_utc' : 'frame.time',
          timeField(dateField(isUtc, true)),
        ])),
  ]);
}

/** The time since the packet that was written before. */
function sinceDisplayed(isFirstEmpty: boolean): FrameField {
  let before: { seconds: number; nanoseconds: number } | undefined;
  return (out, record) => {
    const { seconds, nanoseconds } = before ?? record;
    if (before !== undefined || !isFirstEmpty) writeDifference(out, record, seconds, nanoseconds);
    before ??= { seconds: 0, nanoseconds: 0 };
    before.seconds = record.seconds;
    before.nanoseconds = record.nanoseconds;
  };
}

/** Asked before each value: puts what stands between two, and says whether this one is wanted. */
export function occurrences(out: ByteWriter, many?: Occurrences): () => boolean {
  const { occurrence = 'a', aggregator = COMMA } = many ?? {};
  const start = out.length;
  let count = 0;
  return () => {
    if (count++ === 0) return true;
    if (occurrence === 'f') return false;
    if (occurrence === 'l') out.length = start;
    else out.template(aggregator);
    return true;
  };
}

function writeComments(
  out: ByteWriter,
  { batch, index, interfaces }: PacketRecord,
  many?: Occurrences,
): void {
  const next = occurrences(out, many);
  eachPacketOption(batch, index, interfaces[batch.interfaceIndex[index]], (code, at, size) => {
    if (code === COMMENT && next()) out.packetText(batch.view, at, at + size);
  });
}

function flagsField(mask: number, base: 'hex' | 'decimal' | 'flag'): FrameField {
  return (out, { batch, index, interfaces }) => {
    const flags = packetFlags(batch, index, interfaces[batch.interfaceIndex[index]]);
    if (flags === undefined) return;
    const part = flagsPart(flags, mask);
    if (base !== 'hex') {
      out.uint(part);
      return;
    }
    out.text('0x');
    out.hex(part, 8);
  };
}

/** A time; nothing for a packet of which the file tells none. */
function timeField(write: (out: ByteWriter, record: PacketRecord) => void): FrameField {
  return (out, record) => {
    const { batch, index, interfaces } = record;
    if (hasTime(batch, index, interfaces[batch.interfaceIndex[index]])) write(out, record);
  };
}

function dateField(isUtc: boolean, isIso = false): FrameField {
  const write = dateWriter(isUtc, isIso);
  return (out, { seconds, nanoseconds }) => write(out, seconds, nanoseconds);
}

/** As Wireshark words it in the tree's last line. */
function faultField(code: IssueCode): FrameField {
  const [before, behind] =
    code === 'malformed'
      ? ['[Malformed Packet: ', ']']
      : ['[Packet size limited during capture: ', ' truncated]'];
  return (out, { stack }, many) => {
    const next = occurrences(out, many);
    for (let i = 0; i < stack.issueCount; i++) {
      const { layer, code: found } = stack.issue(i);
      if (found !== code || !next()) continue;
      out.text(before);
      out.text(stack.describe(Math.min(layer, stack.count - 1)).short);
      out.text(behind);
    }
  };
}

/** Text about the packet's interface, as its capture tells it. */
function interfaceText(key: 'name' | 'description'): FrameField {
  return (out, { batch, index, interfaces }) => {
    const value = interfaces[batch.interfaceIndex[index]]?.[key];
    if (value !== undefined) out.foreign(value);
  };
}

/** The interface's number as the capture counts it; undefined in one that counts none. */
export function interfaceId({ batch, index, interfaces }: PacketRecord): number | undefined {
  return interfaces[batch.interfaceIndex[index]]?.id;
}

export const frameFields: ReadonlyMap<string, FrameField> = new Map<string, FrameField>([
  ['frame.number', (out, record) => out.uint(record.number)],
  ['frame.time_epoch', timeField((out, record) => out.time(record.seconds, record.nanoseconds))],
  [
    'frame.time_relative',
    timeField((out, record) => writeDifference(out, record, record.firstSeconds, record.firstNanoseconds)),
  ],
  [
    'frame.time_delta',
    timeField((out, record) =>
      writeDifference(out, record, record.previousSeconds, record.previousNanoseconds),
    ),
  ],
  ['frame.len', (out, record) => out.uint(record.originalLength)],
  ['frame.cap_len', (out, record) => out.uint(record.capturedLength)],
  ['frame.protocols', writeProtocols],
  ['frame.comment', writeComments],
  ...PACKET_FLAGS.map(([name, mask, base]): [string, FrameField] => [name, flagsField(mask, base)]),
  [
    'frame.interface_id',
    (out, record) => {
      const id = interfaceId(record);
      if (id !== undefined) out.uint(id);
    },
  ],
  ['frame.time', timeField(dateField(false))],
  ['frame.time_utc', timeField(dateField(true))],
  ...fragmentFields.map(({ name, protocol }): [string, FrameField] => [
    name,
    (out, record, many) => {
      const next = occurrences(out, many);
      eachFragment(record, protocol, (number) => {
        if (next()) out.uint(number);
      });
    },
  ]),
  ...Object.entries(FAULTS).map(([name, code]): [string, FrameField] => [name, faultField(code)]),
  ['frame.interface_name', interfaceText('name')],
  ['frame.interface_description', interfaceText('description')],
]);
