/** Names for a display filter that are being typed. */
import { fieldIndex } from '../decode/field-index.ts';
import { protocols } from '../decode/registry.ts';

/** The word that ends at `at`: a field's name so far. */
function wordBefore(text: string, at: number): string {
  return /[a-z][a-z0-9_.]*$/i.exec(text.slice(0, at))?.[0] ?? '';
}

/** Names that begin as the word before `at` does, the shortest first; empty where there is no word. */
export function namesAt(text: string, at: number): readonly string[] {
  const word = wordBefore(text, at);
  if (word === '') return [];
  const names = new Set([...protocols.map(({ name }) => name), ...fieldIndex.keys()]);
  return [...names]
    .filter((name) => name.startsWith(word) && name !== word)
    .sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** The text with the word before `at` completed as far as all names agree; to the shortest where it can't be longer. */
export function completed(text: string, at: number): { readonly text: string; readonly at: number } {
  const names = namesAt(text, at);
  const [first] = names;
  if (first === undefined) return { text, at };
  const word = wordBefore(text, at);
  let common = first;
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  const name = common.length > word.length ? common : first;
  const before = text.slice(0, at - word.length) + name;
  return { text: before + text.slice(at), at: before.length };
}
