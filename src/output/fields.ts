import { fieldIndex, type IndexedField } from '../decode/field-index.ts';
import { readNumber } from '../decode/field-reading.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import type { Field } from '../decode/protocol.ts';
import { similarTo } from '../text/similar.ts';
import { type TrackedField, trackedAmong, trackedFields } from '../tracking/tracking.ts';
import type { ByteWriter } from './byte-writer.ts';
import { type ColumnPlan, createColumnPlans } from './field-columns.ts';
import { type FrameField, frameFields, frameFieldsIn, occurrences, SINCE_DISPLAYED } from './frame-fields.ts';
import { NOTHING_CARRIED, type PacketPrinter } from './printer.ts';
import { type Template, template } from './template.ts';
import { FIELD_FORMS, type FieldForms, REFERENCE } from './tshark-versions.ts';

interface FieldsOptions {
  readonly header: boolean;
  readonly separator: Template;
  readonly aggregator: Template;
  readonly occurrence: 'a' | 'f' | 'l';
  readonly quote: Template;
  readonly separatorCode: number;
  readonly quoteCode: number;
}

/** A column: of the frame and what other packets tell of it, or of headers. */
type Column = { readonly frame: FrameField } | { readonly headers: readonly IndexedField[] };

const TAB = 9;
const BACKSLASH = 0x5c;
const SPECIAL: Readonly<Record<string, string>> = { '/t': '\t', '/s': ' ' };
const QUOTES: Readonly<Record<string, string>> = { d: '"', s: "'", n: '' };
const EXPECTED =
  'header=y|n, separator=/t|/s|CHARACTER, aggregator=/s|CHARACTER, occurrence=f|l|a, quote=d|s|n';

/**
 * `-T fields -e ip.src -e icmp.seq`: one line a packet, a column for each name, all occurrences of a field joined, outermost first:
 * byte for byte what tshark 4.4 prints, for every field that both know; docs/tshark.md has what others print otherwise.
 *
 * A checksum's status is Wireshark's number: 0 bad, 1 good, 2 unverifiable, 3 absent; and 4 for partial, left by a sender to its
 * network card, for which Wireshark has none. Checksums are always verified: as tshark does with `-o ip.check_checksum:TRUE` and its like.
 *
 * @param names filter names, as `ip.src`
 * @param settings tshark's `-E`: `header=y`, `separator=,`, `aggregator=/s`, `occurrence=f`, `quote=d`
 * @param forms how values are written
 * @throws {RangeError} if a name or a setting is not known: one line that says what was expected
 */
export function createFieldsPrinter(
  names: readonly string[],
  settings: readonly string[] = [],
  forms: FieldForms = FIELD_FORMS[REFERENCE],
): PacketPrinter {
  if (names.length === 0) {
    throw new RangeError(
      '-T fields prints the fields given with -e; expected at least one, such as -e ip.src',
    );
  }
  const tracked = trackedAmong(names);
  const columns = names.map((name) => columnOf(name, forms));
  const frames = columns.map((column) => ('frame' in column ? column.frame : undefined));
  const planOf = createColumnPlans(columns.map((column) => ('headers' in column ? column.headers : [])));
  const many = parseSettings(settings);
  const { header, separator, aggregator, occurrence, quote, separatorCode, quoteCode } = many;
  const booleans = forms.booleans.map(template) as [Template, Template];
  const isQuoted = quote.length > 0;
  // What is written of a value never holds a tab.
  const escapesSeparators = forms.escapes && !isQuoted && separatorCode !== TAB;
  const escapesQuotes = forms.escapes && isQuoted;

  /** `at`: the layer's or the item's start; `start`: where the column starts in `out`. */
  function writeOccurrence(
    out: ByteWriter,
    field: Field,
    view: DataView,
    at: number,
    stack: LayerStack,
    layer: number,
    start: number,
  ): void {
    if (field.when !== undefined && !field.when(view, at, stack, layer)) return;
    if (out.length === start) {
      if (isQuoted) out.template(quote);
    } else if (occurrence === 'a') {
      out.template(aggregator);
    } else if (occurrence === 'f') {
      return;
    } else {
      // The last one takes the place of those before it.
      out.length = start;
      out.template(quote);
    }
    if (field.kind === 'boolean' && field.isNumber !== true)
      out.template(booleans[readNumber(field, view, at, stack, layer) === 0 ? 0 : 1]);
    else writeValue(out, field, view, at, stack, layer);
  }

  /** The column whose fields are those from `first` up to `end` of the plan. */
  function writeHeaders(
    out: ByteWriter,
    view: DataView,
    stack: LayerStack,
    { layers, fields }: ColumnPlan,
    first: number,
    end: number,
  ): void {
    if (first === end) return;
    const start = out.length;
    for (let i = first; i < end; i++) {
      const field = fields[i];
      const layer = layers[i];
      const at = stack.start(layer);
      if (field.each === undefined) {
        writeOccurrence(out, field, view, at, stack, layer, start);
      } else {
        field.each(view, at, stack, layer, (item) =>
          writeOccurrence(out, field, view, item, stack, layer, start),
        );
      }
      if (occurrence === 'f' && out.length > start) break;
    }
    if (isQuoted && out.length > start) out.template(quote);
  }

  return {
    begin(out) {
      if (!header) return;
      for (const [i, name] of names.entries()) {
        if (i > 0) out.template(separator);
        out.text(name);
      }
      out.newline();
    },

    packet(out, record) {
      const { stack, view } = record;
      const plan = planOf(stack);
      const { ends } = plan;
      let first = 0;
      for (let i = 0; i < columns.length; i++) {
        if (i > 0) out.character(separatorCode);
        const frame = frames[i];
        const start = out.length;
        if (frame === undefined) {
          writeHeaders(out, view, stack, plan, first, ends[i]);
          first = ends[i];
        } else {
          if (isQuoted) out.template(quote);
          const opened = out.length;
          frame(out, record, many);
          if (out.length === opened) out.length = start;
          else if (isQuoted) out.template(quote);
        }
        if (escapesSeparators) out.escape(separatorCode, BACKSLASH, start, out.length);
        else if (escapesQuotes && out.length > start)
          out.escape(quoteCode, quoteCode, start + 1, out.length - 1);
      }
      out.newline();
    },

    end() {},
    ...(tracked.length > 0 && { tracked }),
    ...(tracked.length === 0 && !names.includes(SINCE_DISPLAYED) && { carried: NOTHING_CARRIED }),
  };
}

function columnOf(name: string, forms: FieldForms): Column {
  const frame = frameFieldsIn(forms).get(name);
  if (frame !== undefined) return { frame };
  const tracked = trackedFields.get(name);
  if (tracked !== undefined) return { frame: trackedColumn(tracked) };
  const headers = fieldIndex.get(name);
  if (headers !== undefined) return { headers };
  const near = similarTo(name, [...frameFields.keys(), ...trackedFields.keys(), ...fieldIndex.keys()]);
  throw new RangeError(
    `-e "${name}": no field has this name; expected a filter name such as ${near ?? 'ip.src or icmp.seq'}`,
  );
}

/** What a tracker tells of the packet's layers, the values of all of them. */
function trackedColumn({ tracker, value, kind, protocol }: TrackedField): FrameField {
  return (out, { stack, tracking }, many) => {
    const { count, layers, values } = tracking.tracker(tracker);
    const next = occurrences(out, many);
    for (let i = 0; i < count; i++) {
      const told = (values[value] as Float64Array)[i] as number;
      if (Number.isNaN(told) || stack.describe(layers[i] as number).name !== protocol || !next()) continue;
      if (kind === 'double') out.words(doubleText(told));
      else if (kind === 'time') out.time(told, (values[value + 1] as Float64Array)[i] as number);
      else out.uint(told);
    }
  };
}

/** As C's `%.15g` has it. */
function doubleText(value: number): string {
  const short = Number(value.toPrecision(15));
  if (short !== 0 && (Math.abs(short) < 1e-4 || Math.abs(short) >= 1e15))
    return short.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return String(short);
}

function parseSettings(settings: readonly string[]): FieldsOptions {
  let header = false;
  let separator = '\t';
  let aggregator = ',';
  let occurrence: FieldsOptions['occurrence'] = 'a';
  let quote = '';
  for (const setting of settings) {
    const [key, value] = split(setting);
    const character = SPECIAL[value] ?? (/^[\t -~]$/.test(value) ? value : undefined);
    if (key === 'header' && (value === 'y' || value === 'n')) header = value === 'y';
    else if (key === 'separator' && character !== undefined) separator = character;
    else if (key === 'aggregator' && character !== undefined) aggregator = character;
    else if (key === 'occurrence' && (value === 'a' || value === 'f' || value === 'l')) occurrence = value;
    else if (key === 'quote' && QUOTES[value] !== undefined) quote = QUOTES[value];
    else throw new RangeError(`-E "${setting}" is not understood; expected ${EXPECTED}`);
  }
  return {
    header,
    separator: template(separator),
    separatorCode: separator.charCodeAt(0),
    quoteCode: quote.charCodeAt(0),
    aggregator: template(aggregator),
    occurrence,
    quote: template(quote),
  };
}

function split(setting: string): [string, string] {
  const equals = setting.indexOf('=');
  return equals < 0 ? [setting, ''] : [setting.slice(0, equals), setting.slice(equals + 1)];
}

/** A value as tshark's `-T fields` writes it. */
export function writeValue(
  out: ByteWriter,
  field: Field,
  view: DataView,
  start: number,
  stack: LayerStack,
  layer: number,
): void {
  switch (field.kind) {
    case 'uint':
    case 'status':
      out.uint(readNumber(field, view, start, stack, layer));
      return;
    case 'boolean':
      out.uint(readNumber(field, view, start, stack, layer) === 0 ? 0 : 1);
      return;
    case 'hex':
      out.text('0x');
      out.hex(readNumber(field, view, start, stack, layer), field.digits ?? ((field.width + 7) >> 3) * 2);
      return;
    case 'ipv4':
      if (field.read !== undefined) {
        out.ipv4Number(field.read(view, start, stack, layer));
        return;
      }
  }
  if (field.compose !== undefined) {
    field.compose(out, view, start, stack, layer);
    return;
  }
  const place = field.span === undefined ? (field.bit >> 3) << 16 : field.span(view, start, stack, layer);
  const from = start + (place >>> 16);
  if (field.kind === 'ipv4') out.ipv4(view, from);
  else if (field.kind === 'ipv6') out.ipv6(view, from);
  else if (field.kind === 'ether') out.ether(view, from);
  else if (field.kind === 'bytes') out.hexBytes(view, from, from + (place & 0xffff));
  else out.packetText(view, from, from + (place & 0xffff));
}
