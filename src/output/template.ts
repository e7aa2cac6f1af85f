/** Constant text, made ready to be stored eight bytes at a time. */

/**
 * Text as little-endian doubles, the last one padded with zeros. A double is the widest piece that a DataView stores
 * without a BigInt; ASCII bytes never make a NaN, whose bits an engine may change on the way (the top byte would have to be 0x7f or 0xff).
 */
export interface Template {
  readonly words: Float64Array;
  /** In bytes, without the padding. */
  readonly length: number;
}

/** Typographic characters of our own labels, as a terminal under LANG=C and a grep can take them. */
const PLAIN: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '…': '...',
  '→': '>',
};

/** The text in printable ASCII, newlines and tabs kept; what has no plain form becomes a question mark. */
export function plainAscii(text: string): string {
  return text.replace(/[^\n\t -~]/gu, (character) => PLAIN[character] ?? '?');
}

export function template(text: string): Template {
  const plain = plainAscii(text);
  const bytes = new Uint8Array((plain.length + 7) & ~7);
  for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  const words = new Float64Array(bytes.length / 8);
  for (let i = 0; i < words.length; i++) words[i] = view.getFloat64(i * 8, true);
  return { words, length: plain.length };
}
