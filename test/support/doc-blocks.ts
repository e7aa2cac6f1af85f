/** Fenced blocks of a page, the commands in them, and its links. */

export interface Block {
  /** `console`: commands after `$ `, and what they print. `sh`: commands, a line each. */
  readonly language: string;
  readonly text: string;
}

export interface DocCommand {
  readonly command: string;
  /** What the page shows of its output, lines; undefined for a block that shows none. */
  readonly output?: readonly string[];
}

const BLOCK = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(BLOCK)].map(([, , language = '', text = '']) => ({ language, text }));
}

export function commandsOf(page: string): DocCommand[] {
  return blocksOf(page).flatMap(({ language, text }) => {
    const lines = text.split('\n').slice(0, -1);
    if (language === 'sh') {
      return lines.filter((line) => /^[^#]/.test(line)).map((line) => ({ command: uncommented(line) }));
    }
    if (language !== 'console') return [];
    const commands: { command: string; output: string[] }[] = [];
    for (const line of lines) {
      if (line.startsWith('$ ')) commands.push({ command: line.slice(2), output: [] });
      else commands.at(-1)?.output.push(line);
    }
    return commands;
  });
}

function uncommented(line: string): string {
  return line.replace(/\s+# .*$/, '').trim();
}

/** Targets of links and pictures, without what is in code. */
export function linksOf(page: string): string[] {
  return [...page.replace(BLOCK, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** Whether a page's lines are what was printed; `…` alone on a line stands for any number of lines. */
export function isShown(output: readonly string[], printed: string): boolean {
  const lines = output.map((line) => (line === '…' ? '(?:.*\\n)*?' : `${escaped(line)}\\n`));
  return new RegExp(`^${lines.join('')}$`).test(printed);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
