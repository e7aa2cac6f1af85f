/** What is known of a packet besides its bytes, by Wireshark's names, for `-T fields`. */
import { etherTypeNames } from '../decode/names.ts';
import { protocols } from '../decode/registry.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { PacketRecord } from './printer.ts';
import { type Template, template } from './template.ts';

/** Writes a value; nothing where the packet has none. */
export type FrameField = (out: ByteWriter, record: PacketRecord) => void;

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
  [
    'frame.interface_name',
    (out, record) => {
      const name = record.interfaceName;
      if (name !== undefined) out.foreign(name);
    },
  ],
]);
