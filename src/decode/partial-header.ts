/** Headers of which only the beginning is there: the capture cut the packet short in them, or the error that quotes them. */
import { type Field, type Protocol, STOP } from './protocol.ts';

/**
 * The protocol of a header that breaks off: its fields in their fixed places, each there as far as its bits are, and nothing that takes
 * more than them (a checksum's status, lengths, options). It goes by the same name, and has a number of its own: whatever
 * knows a protocol by its number can rely on whole headers, and asks nothing.
 *
 * @param version what a field of that name must say: where it says something else, no other field means anything
 */
export function partialHeaderOf(protocol: Protocol, version?: number): Protocol {
  const { name, title, short, reference, osi, about, fields } = protocol;
  const hasPorts = fields.some(({ key }) => key === 'dstport');
  return {
    name,
    title: `${title}, cut short`,
    short,
    reference,
    ...(osi !== undefined && { osi }),
    about,
    attach: [],
    fields: fields.filter(isFixed).map((field) => ({ ...field, when: isCaptured(field, version) })),
    isPartial: true,
    summary(out, view, start, stack, layer) {
      if (hasPorts && stack.headerLength(layer) >= 4) {
        out.uint(view.getUint16(start));
        out.text(' > ');
        out.uint(view.getUint16(start + 2));
        out.text(', ');
      }
      out.text('header cut short');
    },
    // Recorded by the loop, where the whole header's protocol could not read it.
    decode: () => STOP,
  };
}

/** Read from bits that always stand in the same place. A flag's own reader looks at no others. */
function isFixed({ width, span, each, read, kind }: Field): boolean {
  return width > 0 && span === undefined && each === undefined && (read === undefined || kind === 'boolean');
}

/** A header says in its beginning what a field in its middle is: what a condition looks at stands before the field. */
function isCaptured(
  { key, bit, width, when }: Field,
  version: number | undefined,
): NonNullable<Field['when']> {
  const needed = (bit + width + 7) >> 3;
  return (view, start, stack, layer) =>
    stack.headerLength(layer) >= needed &&
    (version === undefined || key === 'version' || view.getUint8(start) >> 4 === version) &&
    (when === undefined || when(view, start, stack, layer));
}
