/** A lesson's texts as markup: paragraphs, lists, `commands` and *new words*, as terminal-text.ts has them for a terminal. */
import { type Markup, markup } from '../../text/markup.ts';
import { joinedLines } from '../../text/wide-text.ts';

export function textMarkup(text: string): Markup {
  return markup`${text
    .trimEnd()
    .split(/\n\s*\n/)
    .map(paragraphMarkup)}`;
}

/** Lines that are indented stay as they are, and items of a list begin lines of their own; all others are one text. */
function paragraphMarkup(paragraph: string): Markup {
  const lines = paragraph.replace(/^\n+/, '').split('\n');
  if (lines.every((line) => /^ {2}/.test(line))) {
    return markup`<pre tabindex="0">${lines.join('\n')}</pre>
`;
  }
  const items: string[] = [];
  for (const line of lines) {
    if (/^- /.test(line) || items.length === 0) items.push(line);
    else items.push(joinedLines(items.pop() ?? '', line.trim()));
  }
  return markup`${items.map((item) =>
    /^- /.test(item)
      ? markup`<ul><li>${wordsMarkup(item.slice(2))}</li></ul>
`
      : markup`<p>${wordsMarkup(item)}</p>
`,
  )}`;
}

/** `commands` and *new words* stand out. */
export function wordsMarkup(text: string): Markup {
  const parts = text.split(/(`[^`]+`|(?<![\w*])\*(?! )[^*\n]+(?<! )\*(?![\w*]))/);
  return markup`${parts.map((part, i) => {
    if (i % 2 === 0) return markup`${part}`;
    return part.startsWith('`')
      ? markup`<code>${part.slice(1, -1)}</code>`
      : markup`<em>${part.slice(1, -1)}</em>`;
  })}`;
}
