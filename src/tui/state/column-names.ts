/** Names of fields that may have a column in the list. */
import { fieldIndex } from '../../decode/field-index.ts';
import { scoped } from '../../display-filter/layer-selection.ts';
import { frameFields } from '../../output/frame-fields.ts';
import { similarTo } from '../../text/similar.ts';
import { trackedFields } from '../../tracking/tracking.ts';

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

/** `inner.`, `ip.ttl` and `#2` of `inner.ip.ttl#2`. */
export function partsOf(name: string) {
  const [, field, digits] = /^([a-z_][a-z0-9_.-]*)(?:#(-?[1-9]\d*))?$/i.exec(name) ?? [];
  const { scope, plain } = scoped(field ?? '');
  return {
    scope,
    plain: field === undefined ? undefined : plain,
    nth: digits === undefined ? undefined : Number(digits),
  };
}
