/**
 * Text that Mermaid takes as text: `;` ends a statement, `#` begins an entity, `%%` a comment, and a word "end" closes a block. All but
 * letters, digits and a few signs become entities by their number.
 */
export function plainMermaid(words: string): string {
  const escaped = words
    .replace(/[^\p{L}\p{N} .,:/→←×~µ_()@=+-]/gu, (sign) => `#${sign.codePointAt(0)};`)
    .replace(/\bend\b/gi, (word) => `${word.slice(0, 1)}#${word.codePointAt(1)};${word.slice(2)}`);
  return escaped === '' ? '-' : escaped;
}
