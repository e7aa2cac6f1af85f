/** Text for terminals that know ASCII alone. */

/** The environment's character set: LC_ALL before LC_CTYPE before LANG (POSIX, 8.2). */
export function isUnicodeLocale(environment: NodeJS.ProcessEnv): boolean {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  return /utf-?8/i.test(locale);
}

/** Replacements for our own signs, one cell for one, on terminals that know only ASCII. */
const IN_ASCII: Readonly<Record<string, string>> = {
  '→': '>',
  '←': '<',
  '▾': '-',
  '▸': '+',
  '─': '-',
  '│': '|',
  '·': '|',
  µ: 'u',
  '✓': '*',
  '…': '~',
  '–': '-',
  '≠': '#',
  '●': '*',
  '↩': '<',
  '↻': 'r',
  '▁': '_',
  '▂': '.',
  '▃': '-',
  '▄': '~',
  '▅': '=',
  '▆': '+',
  '▇': '%',
  '█': '#',
  '×': 'x',
  '✕': 'x',
  '▶': '>',
  '◀': '<',
  '═': '=',
  '╌': '-',
  '▀': '"',
  '┌': '+',
  '┐': '+',
  '└': '+',
  '┘': '+',
  '┴': '+',
  '┤': '+',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
};

/** The same text in ASCII, as many cells wide. */
export function inAscii(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (sign) => IN_ASCII[sign] ?? '?');
}
