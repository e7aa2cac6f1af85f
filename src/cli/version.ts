/**
 * Whether the words ask for the version alone, as scripts do that only look whether the command is there: that is answered before anything
 * is loaded. -v with anything else is tcpdump's: more of each packet.
 */
export function isVersionAsked(words: readonly string[]): boolean {
  return words.length === 1 && (words[0] === '--version' || words[0] === '-v');
}
