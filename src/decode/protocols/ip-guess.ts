/** IP in IP whose bytes are no IP packet: a program may send something of its own with protocol 4 or 41. */
import { DATA, type Decoding } from '../protocol.ts';

/** The entry of what it is instead, if its bytes prove that; else DATA. */
export function guessedInIp(stack: Decoding, view: DataView, offset: number, end: number): number {
  if (stack.count === 0 || stack.describe(stack.count - 1).addresses === undefined) return DATA;
  const { ipGuesses } = stack.tables;
  for (let i = 0; i < ipGuesses.length; i++) {
    if (ipGuesses[i].prove(view, offset, end)) return ipGuesses[i].entry;
  }
  return DATA;
}
