import { escapeControlsInLines } from './printable.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text for XML. Controls are escaped: XML can't hold most of them, and a report is printed by others. */
export function xml(text: string): string {
  return escapeControlsInLines(text).replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
