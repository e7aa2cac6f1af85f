/**
 * The terminal for a screen reader: lines one below the other, each told once when it is new. Nothing is drawn, nothing is
 * taken back, and the cursor stays where the last word ended.
 */

import { inAscii } from '../../text/ascii.ts';
import { escapeForeign } from '../../text/printable.ts';
import { PROMPTS, type Prompt } from '../state/prompt.ts';
import type { Terminal } from '../terminal/screen.ts';
import type { SpokenContext } from './context.ts';
import { plain } from './plain.ts';
import { sentencesOf } from './sentences.ts';

/** What is wrong with a text is told when nobody has typed for so long. */
const TYPING_MILLISECONDS = 700;
/** Names that are read out of all there are to choose from. */
const MOST_OFFERED = 8;

function offered(names: readonly string[]): string {
  const more = names.length > MOST_OFFERED ? ', and more' : '';
  return `${names.length} names: ${names.slice(0, MOST_OFFERED).join(', ')}${more}. Tab takes the next.`;
}

const GREETING =
  'tunnelscope, for a screen reader. Question mark lists the keys, a repeats where you are, q quits.';

export class Narrator {
  readonly #terminal: Pick<Terminal, 'write'>;
  readonly #isUnicode: boolean;
  /** What was told of each topic, and when. */
  readonly #told = new Map<string, { readonly key: string; readonly at: number }>();
  #announcements = 0;
  #isGreeted = false;
  /** The prompt's text as it stands on the line that is not ended; undefined without a prompt. */
  #typed: string | undefined;
  #toldFault = '';
  #offered: readonly string[] | undefined;
  #later: NodeJS.Timeout | undefined;
  #fault: NodeJS.Timeout | undefined;

  constructor(terminal: Pick<Terminal, 'write'>, isUnicode: boolean) {
    this.#terminal = terminal;
    this.#isUnicode = isUnicode;
  }

  /** The terminal is not taken: lines go on where the shell's end. */
  enter(): void {}

  /** Nothing stands still that could be shown again. */
  paint(): void {}

  /** Gives the terminal back: on a line of its own. */
  leave(): void {
    clearTimeout(this.#later);
    this.#endPrompt();
  }

  /** Tells what has changed. */
  tell(context: SpokenContext): void {
    if (!this.#isGreeted) {
      this.#isGreeted = true;
      this.#line(GREETING);
    }
    if (this.#announcements !== context.announcements) this.#told.clear();
    this.#announcements = context.announcements;
    const { prompt } = context.state;
    if (prompt !== undefined) {
      this.#tellPrompt(prompt);
      return;
    }
    this.#endPrompt();
    this.#tellSentences(context);
  }

  #tellSentences(context: SpokenContext): void {
    const now = performance.now();
    const sentences = sentencesOf(context);
    const topics = new Set(sentences.map(({ topic }) => topic));
    // What comes back is new again.
    for (const topic of this.#told.keys()) if (!topics.has(topic)) this.#told.delete(topic);
    let wait = Number.POSITIVE_INFINITY;
    for (const { topic, key, lines, pause = 0 } of sentences) {
      const told = this.#told.get(topic);
      if (told?.key === key) continue;
      // A topic with a pause begins with one: what it says was just told.
      const at = told?.at ?? (pause > 0 ? now : Number.NEGATIVE_INFINITY);
      if (now - at < pause) {
        if (told === undefined) this.#told.set(topic, { key: '', at: now });
        wait = Math.min(wait, at + pause - now);
        continue;
      }
      this.#told.set(topic, { key, at: now });
      for (const line of lines) this.#line(line);
    }
    clearTimeout(this.#later);
    if (wait < Number.POSITIVE_INFINITY) this.#later = setTimeout(() => this.tell(context), wait).unref();
  }

  /** Echoes what is typed as far as it grows; what is otherwise edited stands whole on a new line. */
  #tellPrompt({ kind, text, fault, offer }: Prompt): void {
    const { label, hint } = PROMPTS[kind];
    const head = `${label}: `;
    const before = this.#typed;
    if (before === undefined) {
      this.#line(`${label}, ${hint}. Enter accepts, Escape cancels.`);
      this.#write(head + escapeForeign(text));
    } else if (text.startsWith(before)) this.#write(escapeForeign(text.slice(before.length)));
    else this.#write(`\n${head}${escapeForeign(text)}`);
    this.#typed = text;
    if (offer !== undefined && offer.names !== this.#offered)
      this.#write(`\n${offered(offer.names)}\n${head}${escapeForeign(text)}`);
    this.#offered = offer?.names;
    clearTimeout(this.#fault);
    if (fault === '' || offer !== undefined) this.#toldFault = '';
    if (fault === '' || offer !== undefined || fault === this.#toldFault) return;
    this.#fault = setTimeout(() => {
      this.#toldFault = fault;
      this.#write(`\nError: ${plain(fault)}\n${head}${escapeForeign(text)}`);
    }, TYPING_MILLISECONDS).unref();
  }

  #endPrompt(): void {
    clearTimeout(this.#fault);
    this.#toldFault = '';
    if (this.#typed === undefined) return;
    this.#typed = undefined;
    this.#write('\n');
  }

  #line(text: string): void {
    const line = plain(text);
    if (line !== '') this.#write(`${line}\n`);
  }

  #write(text: string): void {
    if (text !== '') this.#terminal.write(this.#isUnicode ? text : inAscii(text));
  }
}
