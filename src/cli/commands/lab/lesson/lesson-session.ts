/** A learner at a terminal or behind a pipe, and the network that they take a lesson in. */
import { isQuit } from '../../../../lab/lesson/engine.ts';
import type { Learner } from '../../../../lab/lesson/learner.ts';
import type { Lesson } from '../../../../lab/lesson/lesson.ts';
import type { LessonNetwork } from '../../../../lab/lesson/lesson-network.ts';
import { saidText } from '../../../../lab/lesson/terminal-text.ts';
import type { Words } from '../../../../lab/lesson/words.ts';
import { requireRoot } from '../../../../lab/network/machine.ts';
import { UsageError } from '../../../errors.ts';
import { SIGNALS } from '../../../signals.ts';
import { createPager, isOnTerminal, openLines, print, textOptions } from './lesson-terminal.ts';

export interface LessonSession {
  readonly network: LessonNetwork;
  readonly learner: Learner;
  close(): void;
}

/**
 * @param folder for captures
 * @param interruption is aborted by Ctrl-C and signals
 */
export async function openSession(
  wanted: Lesson,
  words: Words,
  folder: string,
  isOffline: boolean,
  lab: string | undefined,
  interruption: AbortController,
): Promise<LessonSession> {
  const network = isOffline
    ? (await import('../../../../lab/lesson/recorded-network.ts')).openRecording(wanted.name)
    : await openNetwork(lab ?? wanted.name, folder, interruption.signal);
  const lines = openLines(() => {
    // A command that runs is what Ctrl-C is for first, as in a shell.
    if (!network.stopCommand()) end();
  });
  const end = () => {
    interruption.abort();
    lines.close();
  };
  for (const signal of SIGNALS) process.on(signal, end);
  /** Once the lesson is to end, that is the answer to everything. */
  const next = async (prompt: string) => {
    const line = interruption.signal.aborted ? undefined : await lines.next(prompt);
    return line ?? (interruption.signal.aborted ? 'q' : undefined);
  };
  /** Asked for in the middle of a text: answers the next question or pause, in place of the text's rest. */
  let isBack = false;
  const pager = createPager(async () => {
    if (isBack) return false;
    for (;;) {
      const line = await next(`[${words.more}] `);
      if (line === undefined || isQuit(line)) {
        end();
        return false;
      }
      const word = line.trim().toLowerCase();
      isBack = word === 'back';
      if (!['help', '?', 'hint'].includes(word)) return !isBack;
      print(saidText({ kind: 'note', text: words.moreHelp }, textOptions()));
    }
  });
  const wordOr = (ask: () => Promise<string | undefined>) => {
    pager.read();
    if (!isBack) return ask();
    isBack = false;
    return Promise.resolve('back');
  };
  return {
    network,
    learner: {
      async show(said) {
        for (const one of said) {
          if (isBack) return;
          if (!interruption.signal.aborted || one.kind === 'note')
            await pager.show(saidText(one, textOptions()));
        }
      },
      line: (prompt) => wordOr(() => next(prompt)),
      pause: (prompt) =>
        // Who reads from a pipe needs no time.
        wordOr(async () => (isOnTerminal() || interruption.signal.aborted ? next(`[${prompt}] `) : '')),
    },
    close() {
      for (const signal of SIGNALS) process.removeListener(signal, end);
      lines.close();
    },
  };
}

async function openNetwork(lab: string, folder: string, signal: AbortSignal): Promise<LessonNetwork> {
  try {
    requireRoot();
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; --offline takes the lesson with recorded packets`);
  }
  return (await import('../../../../lab/lesson/live-network.ts')).openLiveLesson({ lab, folder, signal });
}
