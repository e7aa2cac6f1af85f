/** One packet as a lesson: what it is as a whole, and step by step each layer, with what it is for. */
import { bitsText, hexDigits } from '../decode/format.ts';
import type { LayerStack } from '../decode/layer-stack.ts';
import { deepestLevel } from '../decode/tunnel.ts';
import { ByteWriter } from '../output/byte-writer.ts';
import { writeInfo } from '../output/columns.ts';
import { writeIssue } from '../output/issues.ts';
import { createOutline, type Outline, type OutlineLayer, type OutlineRow } from '../output/outline.ts';
import {
  type Comparison,
  compareLevels,
  costText,
  encapsulationCost,
  incomparableText,
  networkOf,
  USUAL_MTU,
} from './comparison.ts';
import { osiText, type Place, routerText, whyText } from './roles.ts';

/** A field of a step, with the bytes that it stands in. */
export interface LessonField {
  readonly row: OutlineRow;
  /** Its bytes as hex digits, two by two, the first eight at most; its bits, where it is not whole bytes; empty if it has none. */
  readonly bytes: string;
  /** Where it is specified. */
  readonly reference: string;
}

/** One layer, taken off the packet. Positions are in bytes from the packet's start. */
export interface Step {
  readonly layer: OutlineLayer;
  /** Just past the last byte of what the layer carries. */
  readonly end: number;
  readonly osi: string;
  readonly why: string;
  /** What a router between the outermost two ends sees of it. */
  readonly router: string;
  /** What it costs: "20 of 130 bytes (15 %)". */
  readonly cost: string;
  readonly fields: readonly LessonField[];
  /** What is wrong with it. */
  readonly issues: readonly string[];
}

export interface Lesson {
  /** The packet in a few sentences. */
  readonly summary: readonly string[];
  readonly outline: Outline;
  /** Outermost first. */
  readonly steps: readonly Step[];
  /** A tunnel each, outermost first: what its two sides say of the same thing, and what it costs. */
  readonly tunnels: readonly Tunnel[];
}

export interface Tunnel {
  readonly name: string;
  readonly outerEnds: string;
  readonly innerEnds: string;
  readonly compared: readonly Comparison[];
  /** What it costs; why nothing is compared, where that is so. */
  readonly cost: string;
}

/** The most bytes of a field that are shown as digits. */
const SHOWN_BYTES = 8;

/**
 * @param stack the packet, decoded
 * @param mtu the path's, against which the tunnels' cost is told
 */
export function createLesson(view: DataView, stack: LayerStack, mtu = USUAL_MTU): Lesson {
  const outline = createOutline(view, stack);
  const deepest = deepestLevel(stack);
  const steps = outline.layers.map((layer, i) => createStep(view, stack, outline, layer, i, deepest));
  const tunnels: Tunnel[] = [];
  for (let level = 1; level < outline.levels.length; level++) {
    const cost = encapsulationCost(outline, level - 1);
    const compared = compareLevels(outline, level - 1);
    const isCut = stack.hasIssue('truncated');
    const inWords = cost === undefined ? '' : costText(cost, mtu);
    tunnels.push({
      name: outline.levels[level]?.tunnel ?? '',
      outerEnds: outline.levels[level - 1]?.ends ?? '',
      innerEnds: outline.levels[level]?.ends ?? '',
      compared,
      cost: compared.length > 0 ? inWords : incomparableText(outline, level - 1, isCut),
    });
  }
  return { summary: summarize(view, stack, outline), outline, steps, tunnels };
}

function summarize(view: DataView, stack: LayerStack, outline: Outline): string[] {
  const news = written((out) => writeInfo(out, view, stack)).trim();
  const innermost = outline.levels.at(-1);
  const sentences = [`${news}: ${arrowed(innermost?.ends ?? '')}.`];
  for (let level = outline.levels.length - 1; level > 0; level--) {
    const { tunnel = '', recognised = '' } = outline.levels[level] ?? {};
    const how = recognised === '' ? '' : `, ${recognised}`;
    const outside = arrowed(outline.levels[level - 1]?.ends ?? '');
    sentences.push(`It travels in an envelope: ${tunnel}${how}, ${outside}.`);
  }
  if (outline.levels.length === 1) sentences.push('It is not in a known tunnel.');
  if (outline.marks !== '') sentences.push(`Something is wrong with it: ${outline.marks}`);
  return sentences;
}

function createStep(
  view: DataView,
  stack: LayerStack,
  outline: Outline,
  layer: OutlineLayer,
  index: number,
  deepest: number,
): Step {
  const end = Math.max(layer.to, stack.layerEnd(index) - stack.packetStart);
  const place = placeOf(outline, layer, index, deepest);
  const size = layer.to - layer.from;
  const issues: string[] = [];
  for (let i = 0; i < stack.issueCount; i++) {
    const issue = stack.issue(i);
    // What comes after the last layer is explained with it.
    if (issue.layer === index || (issue.layer >= stack.count && index === stack.count - 1))
      issues.push(written((out) => writeIssue(out, issue)));
  }
  return {
    layer,
    end,
    osi: osiText(layer, outline.layers[index + 1]),
    why: whyText(layer, place),
    router: routerText(layer, place),
    cost: `${size} of ${outline.length} bytes (${Math.round((size / outline.length) * 100)} %)`,
    fields: layer.fields.map((row) => lessonField(view, stack.start(index), layer, row)),
    issues,
  };
}

function placeOf(outline: Outline, layer: OutlineLayer, index: number, deepest: number): Place {
  const { level } = layer;
  const carrier = outline.layers[index]?.fields.find(({ key }) => key === 'dstport');
  const [from, to] = endsOf(outline, level);
  const [outerFrom, outerTo] = endsOf(outline, level - 1);
  return {
    level,
    deepest,
    from,
    to,
    outerFrom,
    outerTo,
    innermostTo: endsOf(outline, deepest)[1],
    carrier: carrier === undefined ? '' : ` port ${carrier.value}`,
  };
}

/** Addresses of a level's ends, without ports. */
function endsOf(outline: Outline, level: number): [string, string] {
  const network = networkOf(outline, level);
  const value = (key: string) => network?.fields.find((row) => row.key === key)?.value ?? '';
  return [value('src'), value('dst')];
}

/** @param start where the layer starts in `view` */
function lessonField(view: DataView, start: number, layer: OutlineLayer, row: OutlineRow): LessonField {
  const { field } = row;
  const first = start + row.from - layer.from;
  // A field of an item (an option) counts its bits from the item.
  const drawn = field === undefined ? '' : bitsText(field, view, first - (field.bit >> 3));
  const length = row.to - row.from;
  const digits = hexDigits(view, first, first + Math.min(length, SHOWN_BYTES)).replace(/..(?=.)/g, '$& ');
  return {
    row,
    bytes: drawn !== '' ? drawn : length > SHOWN_BYTES ? `${digits} …` : digits,
    reference: field?.reference ?? row.description.reference,
  };
}

function written(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter();
  write(out);
  return out.toString();
}

/** Our own sign between two ends, as outputs have it in ASCII. */
export function arrowed(ends: string): string {
  return ends.replaceAll(' > ', ' → ');
}
