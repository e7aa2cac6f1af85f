/** Which fields a snapshot leaves open, since they are other ones each time the same thing is captured. */
import { fieldIndex } from '../decode/field-index.ts';
import { filterName } from '../decode/field-reading.ts';
import type { Field } from '../decode/protocol.ts';
import { protocols } from '../decode/registry.ts';
import { frameFields } from '../output/frame-fields.ts';
import { similarTo } from '../text/similar.ts';

/** The name of {@link VOLATILE} among masks. */
const VOLATILE_NAME = 'volatile';

/** Filter names of what senders draw by lot, count up, or take from a clock. */
const VOLATILE_FIELDS: readonly string[] = [
  'frame.time_epoch',
  'ip.id',
  'ipv6.flow',
  'ipv6.fraghdr.ident',
  'icmp.ident',
  'icmpv6.echo.identifier',
  'icmp.originate_timestamp',
  'icmp.receive_timestamp',
  'icmp.transmit_timestamp',
  'icmpv6.opt.nonce',
  'udp.srcport',
  'tcp.srcport',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.options.sack_le',
  'tcp.options.sack_re',
  'tcp.options.timestamp.tsval',
  'tcp.options.timestamp.tsecr',
  'erspan.timestamp',
  // ping writes the time into its payload.
  'data.data',
];

function isVolatile(name: string, { kind }: Field): boolean {
  const isChecksum = kind === 'hex' && name.endsWith('.checksum');
  return kind === 'ether' || isChecksum || VOLATILE_FIELDS.includes(name);
}

/**
 * Filter names of what differs from run to run: times, MAC addresses, identifications, checksums (not whether they are good), source
 * ports, TCP's numbers, payload.
 */
export const VOLATILE: readonly string[] = [
  ...VOLATILE_FIELDS.filter((name) => frameFields.has(name)),
  ...[...fieldIndex]
    .filter(([name, fields]) => fields.some(({ field }) => isVolatile(name, field)))
    .map(([name]) => name),
];

/** Filter names that are masked. */
export type Mask = ReadonlySet<string>;

/**
 * @param names filter names, as `ip.id`, and `volatile` for all of {@link VOLATILE}. A name that stands for several fields, as
 *   `eth.addr` does, masks each of them.
 * @throws {RangeError} if no field has a name
 */
export function compileMask(names: readonly string[]): Mask {
  const mask = new Set<string>();
  for (const name of names) {
    if (name === VOLATILE_NAME) for (const one of VOLATILE) addField(mask, one);
    else addField(mask, name);
  }
  return mask;
}

function addField(mask: Set<string>, name: string): void {
  mask.add(name);
  if (frameFields.has(name)) return;
  const fields = fieldIndex.get(name);
  if (fields === undefined) {
    const near = similarTo(name, [VOLATILE_NAME, ...frameFields.keys(), ...fieldIndex.keys()]);
    throw new RangeError(
      `"${name}" is not the name of a field; expected a filter name${near === undefined ? ' such as ip.id, or volatile' : `: did you mean ${near}?`}`,
    );
  }
  for (const { protocol, field } of fields) {
    const description = protocols[protocol];
    if (field.hidden !== true || description === undefined) continue;
    for (const other of description.fields) {
      if (other.hidden !== true && other.width > 0 && other.bit === field.bit && other.width === field.width)
        mask.add(filterName(description, other));
    }
  }
}
