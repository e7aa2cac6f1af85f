/** What a DNS message asks, as a number that is the same in query and answer. */

const HEADER = 12;
const QUESTIONS = 4;
/** RFC 1035, section 2.3.4. */
const LONGEST_NAME = 255;
/** Type and class. */
const REST = 4;

/**
 * A hash of the first question: name, type and class. Letters count alike whether large or small (RFC 4343).
 *
 * @param message where the DNS header starts
 * @param end just past the message's last byte that is here
 * @returns 0 where there is no question, as in some answers that only have an RCODE, or it is not here as a whole
 */
export function questionHash(view: DataView, message: number, end: number): number {
  if (view.getUint16(message + QUESTIONS) === 0) return 0;
  const last = Math.min(end, message + HEADER + LONGEST_NAME + REST);
  let hash = 0x811c9dc5 | 0;
  let at = message + HEADER;
  for (;;) {
    if (at >= last) return 0;
    const length = view.getUint8(at);
    // A pointer in the first name has nothing before it to point to.
    if (length >= 0x40) return 0;
    const next = at + 1 + length;
    if (next > last) return 0;
    for (; at < next; at++) {
      const byte = view.getUint8(at);
      hash = Math.imul(hash ^ (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte), 0x01000193);
    }
    if (length === 0) break;
  }
  if (at + REST > last) return 0;
  hash = Math.imul(hash ^ view.getInt32(at), 0x01000193);
  return hash === 0 ? 1 : hash;
}
