/** Names for a display filter that are being typed. */
import { namesBeginning } from '../../display-filter/vocabulary.ts';

/** Names to choose from. */
export interface Offer {
  /** The shortest first. */
  readonly names: readonly string[];
  /** Which of them stands in the text; -1 before one is chosen. */
  readonly chosen: number;
  /** Where in the text the name begins. */
  readonly from: number;
}

export interface Completed {
  readonly text: string;
  readonly at: number;
  readonly offer: Offer | undefined;
}

/** The word that ends at `at`: a name so far. */
function wordBefore(text: string, at: number): string {
  return /[a-z_][a-z0-9_.-]*$/i.exec(text.slice(0, at))?.[0] ?? '';
}

/**
 * The text with the word before `at` completed as far as all names agree that begin so. Where there are several, they are
 * offered, and each further step puts the next of them into the text.
 *
 * @param offer what was offered before, as long as nothing else was done
 */
export function completed(text: string, at: number, offer: Offer | undefined, step: 1 | -1 = 1): Completed {
  if (offer !== undefined) {
    const { names, from } = offer;
    const first = step === 1 ? 0 : names.length - 1;
    const chosen = offer.chosen < 0 ? first : (offer.chosen + step + names.length) % names.length;
    const before = text.slice(0, from) + names[chosen];
    return { text: before + text.slice(at), at: before.length, offer: { names, from, chosen } };
  }
  const word = wordBefore(text, at);
  const names = word === '' ? [] : namesBeginning(word);
  let common = names[0];
  if (common === undefined) return { text, at, offer };
  for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
  const from = at - word.length;
  const before = text.slice(0, from) + common;
  const sorted = [...names].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return {
    text: before + text.slice(at),
    at: before.length,
    offer: names.length > 1 ? { names: sorted, chosen: -1, from } : undefined,
  };
}
