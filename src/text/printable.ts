/** Text from outside (files, packets, names, paths) as it may be shown: nothing in it moves a cursor or turns the direction of writing. */

/** For what comes out of packets and files: whatever is not printable ASCII is escaped. */
export function printable(text: string): string {
  return text.replace(/[^ -~]/gu, escapeCharacter);
}

/** For paths and messages, which may be in any script: only what has no shape of its own is escaped (controls, formats, unassigned). */
export function escapeControls(text: string): string {
  // Most have none, and the classes of Unicode take longer to compile than a small capture to open.
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/** The same for text of several lines: ends of lines and tabs stay. */
export function escapeControlsInLines(text: string): string {
  return text.replace(/[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

/** For a screen of cells, where each character has to be one wide: printable ASCII and typographic signs stay. */
export function escapeForeign(text: string): string {
  return text.replace(/[^ -~\u2013-\u2026]/gu, escapeCharacter);
}

/** A value as JSON in printable ASCII alone. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number;
  // A byte of a device's name that is not UTF-8.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
