/** Text for a screen reader: words instead of signs. */
import { escapeForeign } from '../../text/printable.ts';

const WORDS: Readonly<Record<string, string>> = {
  '→': 'to',
  '←': 'back',
  '↩': 'answers',
  '≠': 'different',
  '✓': '',
  '×': 'lost',
  '·': ',',
  µ: 'u',
};

/** One line: signs as words, nothing that is drawn, and whatever else is not printable ASCII escaped. */
export function plain(text: string): string {
  const words = text.replace(/[\u2500-\u25ff]/g, ' ').replace(/[→←↩≠✓×·µ]/g, (sign) => WORDS[sign] ?? '');
  return escapeForeign(words.replace(/ +/g, ' ').replace(/ ,/g, ',').trim());
}
