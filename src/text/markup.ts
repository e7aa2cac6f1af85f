/** Markup with everything that is put into it escaped, but markup. */
import escapeHtml from 'escape-html';
import { escapeControlsInLines } from './printable.ts';

/** Text that is markup already. Made by {@link markup}; by itself for style sheets and scripts of our own alone. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | readonly Markup[];

/** A template whose values are escaped: `markup\`<b>${name}</b>\``. Serves HTML and SVG alike. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = strings[0] ?? '';
  for (const [i, part] of parts.entries()) text += partText(part) + (strings[i + 1] ?? '');
  return new Markup(text);
}

function partText(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number')
    return escapeHtml(escapeControlsInLines(String(part)));
  return part.map(({ text }) => text).join('');
}
