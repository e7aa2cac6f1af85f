/** The name among `known` that `given` was probably meant to be, if there is one. */
export function similarTo(given: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.floor(given.length / 3) + 1;
  for (const name of known) {
    const distance = editDistance(given, name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/** What to say of a key that is none of `known`. */
export function unknownKey(key: string, known: readonly string[]): string {
  const similar = similarTo(key, known);
  const advice = similar === undefined ? `expected keys: ${known.join(', ')}` : `did you mean ${similar}?`;
  return `unknown key ${JSON.stringify(key)}; ${advice}`;
}

/**
 * @param whose words that name the object in the message
 * @throws {RangeError} if it has a key that is not in `known`
 */
export function requireKeys(whose: string, object: unknown, known: readonly string[]): void {
  if (typeof object !== 'object' || object === null) {
    throw new RangeError(
      `${whose}: received ${typeof object}; expected an object with keys: ${known.join(', ')}`,
    );
  }
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new RangeError(`${whose}: ${unknownKey(unknown, known)}`);
}

/** How many insertions, deletions and replacements turn one string into the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
