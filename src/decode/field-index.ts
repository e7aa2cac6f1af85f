/** Fields by their filter names, for `-e` and display filters. */
import { filterName } from './field-reading.ts';
import type { Field } from './protocol.ts';
import { protocols } from './registry.ts';

export interface IndexedField {
  /** The protocol's number: its place in the registry, and what a layer's meta word holds. */
  readonly protocol: number;
  readonly field: Field;
}

const byName = new Map<string, IndexedField[]>();
for (const [number, protocol] of protocols.entries()) {
  for (const field of protocol.fields) {
    const name = filterName(protocol, field);
    const found = byName.get(name);
    if (found === undefined) byName.set(name, [{ protocol: number, field }]);
    else found.push({ protocol: number, field });
  }
}

/**
 * Filter name ("ip.ttl") → every field that answers to it: more than one where several protocols share a name, and where a
 * name stands for two fields of one header ("ip.addr" is source and destination), in the order in which they stand there.
 */
export const fieldIndex: ReadonlyMap<string, readonly IndexedField[]> = byName;
