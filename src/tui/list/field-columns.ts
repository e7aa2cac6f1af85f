/** Columns of the list that the user chose: fields by their filter names, `ip.ttl#2`, `inner.icmp.seq`, `frame.len`. */
import { fieldIndex } from '../../decode/field-index.ts';
import { fieldText } from '../../decode/format.ts';
import type { LayerStack } from '../../decode/layer-stack.ts';
import type { Field } from '../../decode/protocol.ts';
import { selectLayers } from '../../display-filter/layer-selection.ts';
import { ByteWriter } from '../../output/byte-writer.ts';
import { frameFields } from '../../output/frame-fields.ts';
import { PacketRecord } from '../../output/printer.ts';
import type { CaptureInterface } from '../../packet/source.ts';
import { OnePacket } from '../packets/narrowing.ts';
import type { FoundPacket } from '../packets/store.ts';
import { partsOf } from '../state/column-names.ts';

/** What a packet has in a field, values with their names, several with commas between; empty where it has none. */
export type FieldColumn = (packet: FoundPacket, stack: LayerStack) => string;

/** Values of one column: a hostile packet can have thousands. */
const MOST_VALUES = 8;
/** @param name one of which `columnFault` knows nothing bad */
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
