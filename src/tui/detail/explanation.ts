/** What is selected, for someone who learns: in paragraphs, for beside the bytes and for a screen reader. */
import { filterName } from '../../decode/field-reading.ts';
import { comparisonOf, encapsulationCost, leftText, linkedRow, shareText } from '../../explain/comparison.ts';
import { arrowed } from '../../explain/lesson.ts';
import { findRow, type Outline, type OutlineRow } from '../../output/outline.ts';
import type { State } from '../state/state.ts';

export interface Paragraph {
  readonly role: 'heading' | 'plain' | 'quiet';
  readonly text: string;
}

/**
 * The selected layer or field; without one, the packet as a whole.
 *
 * @param fate what became of the ping; empty if it is none
 */
export function explanation(state: State, outline: Outline, fate: string): Paragraph[] {
  const selected = findRow(outline, state.cursor);
  const paragraphs =
    selected === undefined ? packetWords(state, outline, fate) : rowWords(state, outline, selected);
  return paragraphs.filter(({ text }) => text !== '');
}

function packetWords({ pair, mtu }: State, outline: Outline, fate: string): Paragraph[] {
  const outer = outline.levels[pair];
  const inner = outline.levels[pair + 1];
  const heading: Paragraph = { role: 'heading', text: fate };
  const hint: Paragraph = { role: 'quiet', text: 'Tab: its headers. L: a lesson about it.' };
  if (outer === undefined) return [heading];
  if (inner === undefined)
    return [heading, { role: 'plain', text: `${arrowed(outer.ends)}, not in a tunnel.` }, hint];
  const how = inner.recognised === '' ? '' : `, ${inner.recognised}`;
  return [
    heading,
    {
      role: 'plain',
      text: `${arrowed(inner.ends)} travels inside ${arrowed(outer.ends)}: ${inner.tunnel}${how}. Routers see only the outer one.`,
    },
    { role: 'plain', text: costSentence(outline, pair, mtu) },
    hint,
  ];
}

function rowWords({ mtu }: State, outline: Outline, selected: OutlineRow): Paragraph[] {
  const { field, description } = selected;
  if (field === undefined) {
    return [
      { role: 'heading', text: description.title },
      { role: 'quiet', text: description.reference },
      { role: 'plain', text: description.about },
    ];
  }
  const places = [filterName(description, field), field.reference ?? description.reference];
  return [
    { role: 'heading', text: `${field.label}: ${selected.value}` },
    { role: 'quiet', text: places.filter(Boolean).join(', ') },
    { role: 'plain', text: field.about },
    { role: 'plain', text: comparisonText(outline, selected, mtu) },
  ];
}

function costSentence(outline: Outline, pair: number, mtu: number): string {
  const cost = encapsulationCost(outline, pair);
  return cost === undefined ? '' : `The tunnel takes ${shareText(cost)}, and ${leftText(cost, mtu)}.`;
}

/** What the same field says on the other side, and what follows from both; of lengths, what the tunnel costs. */
function comparisonText(outline: Outline, selected: OutlineRow, mtu: number): string {
  const other = linkedRow(outline, selected);
  if (other === undefined) return '';
  const side = other.level > selected.level ? 'inner' : 'outer';
  const value = `In the ${side} header: ${other.value === selected.value ? 'the same' : other.value}.`;
  const found = comparisonOf(outline, selected);
  if (found === undefined) return value;
  return `${value} ${(isLength(selected) && costSentence(outline, found.pair, mtu)) || found.says}`;
}

function isLength({ key }: OutlineRow): boolean {
  return key === 'len' || key === 'plen';
}
