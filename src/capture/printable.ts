/** Text out of a file as it may be shown: whatever is not printable ASCII is escaped. */
export function printable(text: string): string {
  return text.replace(/[^ -~]/gu, escapeCharacter);
}

/** The same for a path, which the user may write in any script: only what has no shape of its own is escaped. */
export function printablePath(path: string): string {
  return path.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) as number;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
