/**
 * Names of devices, which may hold any byte but zero, slash, colon and white space (dev_valid_name in Linux's net/core/dev.c). In a string a byte
 * that is not UTF-8 is a surrogate of its own, U+DC80 to U+DCFF, so that no two names become one, and each goes back to its bytes (as PEP 383).
 */
import { printable } from '../text/printable.ts';

const BYTE = 0xdc00;
const strict = new TextDecoder('utf-8', { fatal: true });

export function nameOfBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    // One character at a time: names are at most 15 bytes.
  }
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    name +=
      length === 0
        ? String.fromCharCode(BYTE + (bytes[at] as number))
        : strict.decode(bytes.subarray(at, at + length));
    at += Math.max(length, 1);
  }
  return name;
}

function characterLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      strict.decode(bytes.subarray(at, at + length));
      return length;
    } catch {
      // Longer, or none.
    }
  }
  return 0;
}

export function bytesOfName(name: string): Uint8Array {
  const parts = [...name].map((character) => {
    const code = character.codePointAt(0) as number;
    return code >= BYTE + 0x80 && code <= BYTE + 0xff ? Buffer.of(code - BYTE) : Buffer.from(character);
  });
  return Buffer.concat(parts);
}

/**
 * The device that is meant by a name: by that itself; else as outputs print it (`\xff`); else as it arrives on a command
 * line, where Node replaces what is not UTF-8 (U+FFFD), if that can be one device only.
 */
export function deviceMeant(wanted: string, names: readonly string[]): string | undefined {
  if (names.includes(wanted)) return wanted;
  const printed = names.find((name) => printable(name) === wanted);
  if (printed !== undefined) return printed;
  const replaced = names.filter((name) => new TextDecoder().decode(bytesOfName(name)) === wanted);
  return replaced.length === 1 ? replaced[0] : undefined;
}
