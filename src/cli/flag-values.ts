/** Values of flags that are the same for every command, with one line for what they can't be. */
import { UsageError } from './errors.ts';

/** A whole number of at least `minimum`. */
export function parseNumber(flag: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum) {
      throw new UsageError(
        `${flag} "${text}" is not understood; expected a whole number ${maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`}`,
      );
    }
    return value;
  };
}

/** For a flag that may be given several times. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}
