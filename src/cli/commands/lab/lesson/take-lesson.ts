/** Lessons at a terminal, or over a pipe: lines on standard input answer questions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { dropPrivileges, userToBecome } from '../../../../capture/privileges.ts';
import { isQuit } from '../../../../lab/lesson/engine.ts';
import type { Said } from '../../../../lab/lesson/events.ts';
import {
  FALLBACK_LANGUAGE,
  type Lesson,
  languages,
  lessonNames,
  lessonTitle,
  loadLesson,
  wantedLanguage,
} from '../../../../lab/lesson/lesson.ts';
import type { Learner } from '../../../../lab/lesson/learner.ts';
import type { LessonNetwork } from '../../../../lab/lesson/lesson-network.ts';
import { noteDone, progressPath, readProgress } from '../../../../lab/lesson/progress.ts';
import { pictureColumns, saidText } from '../../../../lab/lesson/terminal-text.ts';
import { walkLesson } from '../../../../lab/lesson/walk.ts';
import { fill, loadWords, type Words } from '../../../../lab/lesson/words.ts';
import { requireRoot } from '../../../../lab/network/machine.ts';
import { isUnicodeLocale } from '../../../../text/ascii.ts';
import { EXIT, UsageError } from '../../../errors.ts';
import { SIGNALS } from '../../../signals.ts';
import { endWithTerminal } from '../../../standard-output.ts';
import { createPager, isOnTerminal, openLines, print, printUnicode, textOptions } from './lesson-terminal.ts';

export interface LessonOptions {
  /** From recordings, without a network. */
  offline?: boolean;
  /** A language tag: `zh-CN`. */
  language?: string;
  /** The lab's name; default: the lesson's. */
  lab?: string;
  /** A folder to record what `offline` needs into, a folder a lesson. */
  record?: string;
  /** A file to write the recorded lesson to as a page; true for NAME.html. */
  html?: string | true;
  /** A folder to write all of them to. */
  htmlAll?: string;
}

export async function lesson(name: string | undefined, options: LessonOptions): Promise<number> {
  const { language: chosen } = options;
  const wantedHere = wantedLanguage(chosen, process.env);
  // A terminal that the locale says knows only ASCII can't show other scripts, unless the user asks for them.
  const language = chosen === undefined && !isUnicodeLocale(process.env) ? FALLBACK_LANGUAGE : wantedHere;
  if (chosen !== undefined && language !== FALLBACK_LANGUAGE) printUnicode();
  if (chosen !== undefined && !languages().includes(language)) {
    throw new UsageError(`--language ${chosen}: there are lessons in ${languages().join(', ')}`);
  }
  const words = loadWords(language);
  if (options.record !== undefined) {
    const { recordLessons } = await import('./record-lessons.ts');
    return recordLessons(name, options.record, options.lab);
  }
  if (options.htmlAll !== undefined && (name !== undefined || options.html !== undefined)) {
    throw new UsageError(
      `--html-all writes all lessons; received ${name === undefined ? '--html' : `"${name}"`} too: leave it out, or use --html for one lesson`,
    );
  }
  if (options.html !== undefined || options.htmlAll !== undefined) {
    becomeCaller();
    const pages = await import('./lesson-pages.ts');
    if (options.htmlAll !== undefined) await pages.writeLessonSite(options.htmlAll);
    if (options.html !== undefined) await pages.writeLessonPage(name, options.html, language, words);
    return EXIT.done;
  }
  if (name === undefined) {
    becomeCaller();
    print(listText(language, words));
    return EXIT.done;
  }
  const wanted = loadLesson(name, language);
  const isDone = await takeLesson(wanted, words, language, options);
  if (isDone) {
    becomeCaller();
    noteDone(progressPath(process.env, callersHome()), wanted.name, new Date());
    print(nextText(wanted, language, words));
  }
  // At a terminal it is no failure to do something else; whoever pipes answers wants to know.
  return isDone || isOnTerminal() ? EXIT.done : EXIT.notMet;
}

/** Root was for the network alone: what is the caller's own is read and written as the caller. */
function becomeCaller(): void {
  const user = userToBecome(undefined);
  if (user !== undefined) dropPrivileges(user);
}

function callersHome(): string {
  return process.env.SUDO_UID === undefined ? homedir() : userInfo().homedir;
}

async function takeLesson(
  wanted: Lesson,
  words: Words,
  language: string,
  { offline, lab }: LessonOptions,
): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-lesson-'));
  const interruption = new AbortController();
  const { network, learner, close } = await open(wanted, words, folder, offline === true, lab, interruption);
  try {
    if (wanted.language !== language) {
      await learner.show([{ kind: 'note', text: fill(words.notTranslated, { language }) }]);
    }
    const columns = () => pictureColumns(textOptions().columns);
    return await walkLesson({ lesson: wanted, words, network, learner, columns });
  } catch (error) {
    // Ctrl-C while something ran: what it broke off is no fault.
    if (interruption.signal.aborted) return false;
    throw error;
  } finally {
    try {
      await network.close();
    } finally {
      // Only now: a terminal that goes away sends its signal more than once.
      close();
      rmSync(folder, { recursive: true, force: true });
      endWithTerminal();
    }
  }
}

interface Opened {
  readonly network: LessonNetwork;
  readonly learner: Learner;
  close(): void;
}

async function open(
  wanted: Lesson,
  words: Words,
  folder: string,
  isOffline: boolean,
  lab: string | undefined,
  interruption: AbortController,
): Promise<Opened> {
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
  const pager = createPager(async () => {
    const line = await next(`[${words.more}] `);
    const goesOn = line !== undefined && !isQuit(line);
    if (!goesOn) end();
    return goesOn;
  });
  return {
    network,
    learner: {
      async show(said) {
        for (const one of said) {
          if (!interruption.signal.aborted || one.kind === 'note')
            await pager.show(saidText(one, textOptions()));
        }
      },
      line(prompt) {
        pager.read();
        return next(prompt);
      },
      async pause(prompt) {
        pager.read();
        // Who reads from a pipe needs no time.
        return isOnTerminal() || interruption.signal.aborted ? next(`[${prompt}] `) : '';
      },
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

function listText(language: string, words: Words): string {
  const done = readProgress(progressPath(process.env, callersHome()));
  const names = lessonNames();
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => {
    const tick = name in done ? `  ${words.listDone}` : '';
    return `  ${name.padEnd(width)}  ${lessonTitle(name, language)}${tick}`;
  });
  const said: Said = { kind: 'text', text: words.listTitle };
  const how = words.listHow.split('\n').map((line) => `  ${line}`);
  return [saidText(said, textOptions()).trim(), '', ...lines, '', ...how, ''].join('\n');
}

function nextText({ name }: Lesson, language: string, words: Words): string {
  const names = lessonNames();
  const next = names[names.indexOf(name) + 1];
  if (next === undefined) return '';
  const text = fill(words.next, { name: next, title: lessonTitle(next, language) });
  return saidText({ kind: 'note', text }, textOptions());
}
