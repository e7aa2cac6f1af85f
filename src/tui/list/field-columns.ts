/** Columns of the list that the user chose: fields by their filter names, `ip.ttl#2`, `inner.icmp.seq`, `frame.len`. */
import { fieldIndex } from '../../decode/field-index.ts';
import { fieldText } from '../../decode/format.ts';
import type { LayerStack } from '../../decode/layer-stack.ts';
import type { Field } from '../../decode/protocol.ts';
import { scoped, selectLayers } from '../../display-filter/layer-selection.ts';
import { ByteWriter } from '../../output/byte-writer.ts';
import { frameFields } from '../../output/frame-fields.ts';
import { PacketRecord } from '../../output/printer.ts';
import type { CaptureInterface } from '../../packet/source.ts';
import { similarTo } from '../../text/similar.ts';
import { trackedFields } from '../../tracking/tracking.ts';
import { OnePacket } from '../packets/narrowing.ts';
import type { FoundPacket } from '../packets/store.ts';

/** What a packet has in a field, values with their names, several with commas between; empty where it has none. */
export type FieldColumn = (packet: FoundPacket, stack: LayerStack) => string;

/** Values of one column: a hostile packet can have thousands. */
const MOST_VALUES = 8;
/** Of the frame, what a packet tells without those before it. */
const FRAME_FIELDS: readonly string[] = [...frameFields.keys()].filter(
  (name) => name.startsWith('frame.') && !/number|delta|relative|comment/.test(name),
);

/** Why a name can't be a column, in a few words; undefined where it can. */
export function columnFault(name: string): string | undefined {
  const { plain } = partsOf(name);
  if (plain === undefined)
    return `"${name}" is not a field’s name; expected one such as ip.ttl#2 or inner.icmp.seq`;
  if (FRAME_FIELDS.includes(plain) || fieldIndex.has(plain)) return undefined;
  if (trackedFields.has(plain))
    return `${plain}: other packets tell it, and a column has what a packet holds itself`;
  const near = similarTo(plain, [...FRAME_FIELDS, ...fieldIndex.keys()]);
  return `no field is called ${plain}; ${near === undefined ? 'expected one such as ip.ttl or icmp.seq' : `did you mean ${near}?`}`;
}

/** @param name one of which {@link columnFault} knows nothing bad */
export function createFieldColumn(name: string, interfaces: readonly CaptureInterface[]): FieldColumn {
  const { scope, plain = '', nth } = partsOf(name);
  const ofFrame = frameFields.get(plain);
  if (ofFrame !== undefined) {
    const batch = new OnePacket();
    const out = new ByteWriter();
    return (packet, stack) => {
      batch.hold(packet);
      const record = new PacketRecord(stack, interfaces);
      record.advance(batch, 0);
      out.clear();
      ofFrame(out, record);
      return out.toString();
    };
  }
  const indexed = fieldIndex.get(plain) ?? [];
  const protocols = [...new Set(indexed.map(({ protocol }) => protocol))];
  const range = nth === undefined ? undefined : [{ start: nth, length: 1 }];
  const { layers, select } = selectLayers(protocols, scope, range);
  return ({ view }, stack) => {
    const values: string[] = [];
    const count = select(stack);
    for (let i = 0; i < count; i++) {
      const layer = layers[i] as number;
      const start = stack.start(layer);
      const add = (field: Field, at: number) => {
        if (values.length >= MOST_VALUES || field.when?.(view, at, stack, layer) === false) return;
        values.push(fieldText(field, view, at, stack, layer));
      };
      for (const { protocol, field } of indexed) {
        if (protocol !== stack.protocol(layer)) continue;
        if (field.each === undefined) add(field, start);
        else field.each(view, start, stack, layer, (item) => add(field, item));
      }
    }
    return values.join(', ');
  };
}

/** `inner.`, `ip.ttl` and `#2` of `inner.ip.ttl#2`. */
function partsOf(name: string) {
  const [, field, digits] = /^([a-z_][a-z0-9_.-]*)(?:#(-?[1-9]\d*))?$/i.exec(name) ?? [];
  const { scope, plain } = scoped(field ?? '');
  return {
    scope,
    plain: field === undefined ? undefined : plain,
    nth: digits === undefined ? undefined : Number(digits),
  };
}
