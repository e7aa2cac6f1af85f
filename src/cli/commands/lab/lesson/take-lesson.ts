/** Lessons at a terminal, or over a pipe: lines on standard input answer questions. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DRAWN, drawFault, withOrder } from '../../../../lab/lesson/draw.ts';
import type { Learner } from '../../../../lab/lesson/learner.ts';
import {
  FALLBACK_LANGUAGE,
  type Lesson,
  languages,
  loadLesson,
  wantedLanguage,
} from '../../../../lab/lesson/lesson.ts';
import {
  noteDone,
  notePlace,
  placesPath,
  progressPath,
  readPlaces,
  readProgress,
} from '../../../../lab/lesson/progress.ts';
import { pictureColumns } from '../../../../lab/lesson/terminal-text.ts';
import { type Place, walkLesson } from '../../../../lab/lesson/walk.ts';
import { fill, loadWords, type Words } from '../../../../lab/lesson/words.ts';
import { isUnicodeLocale } from '../../../../text/ascii.ts';
import { EXIT, UsageError } from '../../../errors.ts';
import { endWithTerminal } from '../../../standard-output.ts';
import { asCaller, becomeCaller, callersHome } from './caller.ts';
import { listText, nextText } from './lesson-list.ts';
import { type LessonRecord, openRecord, type RecordFlags } from './lesson-record.ts';
import { openSession } from './lesson-session.ts';
import { isOnTerminal, print, printUnicode, textOptions } from './lesson-terminal.ts';

export interface LessonOptions extends RecordFlags {
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
  /** Draws the fault, and the order of choices. */
  seed?: string;
  /** From where it was left last time. */
  resume?: boolean;
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
    for (const flag of ['seed', 'resume', 'result', 'key'] as const) {
      if (options[flag] !== undefined) throw new UsageError(`--${flag}: expected the name of a lesson`);
    }
    becomeCaller();
    const done = readProgress(progressPath(process.env, callersHome()));
    print(listText(language, words, done));
    return EXIT.done;
  }
  const { wanted, seed } = lessonFor(name, language, options.seed);
  const record = openRecord(wanted, seed, options);
  const place = asCaller(() => readPlaces(placesPath(process.env, callersHome()))[wanted.name]);
  const left = place?.total === wanted.steps.length && place.seed === (seed ?? null) ? place : undefined;
  if (options.resume === true && left === undefined) {
    throw new UsageError(
      `--resume: ${wanted.name}${seed === undefined ? '' : ` with --seed ${seed}`} was not left in the middle; leave --resume out`,
    );
  }
  const taken = await takeLesson(wanted, words, language, options, record, left);
  becomeCaller();
  record?.write();
  const reached = taken.place;
  notePlace(
    placesPath(process.env, callersHome()),
    wanted.name,
    taken.isOver || reached === undefined || reached.at < 1
      ? undefined
      : { at: reached.at, skipped: reached.skipped, total: wanted.steps.length, seed: seed ?? null },
  );
  if (taken.isDone) {
    noteDone(progressPath(process.env, callersHome()), wanted.name, new Date());
    print(nextText(wanted, language, words));
  }
  if (record !== undefined) print(`${fill(words.resultWritten, { file: record.file })}\n`);
  // At a terminal it is no failure to do something else; whoever pipes answers wants to know.
  return taken.isDone || isOnTerminal() ? EXIT.done : EXIT.notMet;
}

/** The lesson that is meant, with a seed's fault and order. */
function lessonFor(
  name: string,
  language: string,
  given: string | undefined,
): { wanted: Lesson; seed: string | undefined } {
  if (given === '') throw new UsageError('--seed: expected a number or a name');
  const seed = given ?? (name === DRAWN ? String(randomInt(1, 1_000_000)) : undefined);
  if (seed === undefined) return { wanted: loadLesson(name, language), seed };
  return { wanted: withOrder(loadLesson(name === DRAWN ? drawFault(seed) : name, language), seed), seed };
}

interface Taken {
  /** With every question answered and every task done. */
  readonly isDone: boolean;
  /** The last step was reached. */
  readonly isOver: boolean;
  /** How far the learner came; undefined before the first step. */
  readonly place: Place | undefined;
}

async function takeLesson(
  wanted: Lesson,
  words: Words,
  language: string,
  { offline, lab, resume }: LessonOptions,
  record: LessonRecord | undefined,
  left: Place | undefined,
): Promise<Taken> {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-lesson-'));
  const interruption = new AbortController();
  const { network, learner, close } = await openSession(
    wanted,
    words,
    folder,
    offline === true || wanted.network === undefined,
    lab,
    interruption,
  );
  let place: Place | undefined;
  let from: Place | undefined;
  const taken = (isDone: boolean): Taken => ({
    isDone,
    isOver: place !== undefined && place.at >= wanted.steps.length,
    place: place ?? from,
  });
  try {
    if (wanted.language !== language) {
      await learner.show([{ kind: 'note', text: fill(words.notTranslated, { language }) }]);
    }
    from = left !== undefined && (await goesOn(wanted, words, learner, left, resume)) ? left : undefined;
    if (interruption.signal.aborted) return { isDone: false, isOver: false, place: left };
    record?.begin(from !== undefined);
    const columns = () => pictureColumns(textOptions().columns);
    const isDone = await walkLesson({
      lesson: wanted,
      words,
      network,
      learner,
      columns,
      resume: from,
      onDeed: (deed, at) => record?.note(at, deed),
      onPlace: (reached) => {
        place = reached;
      },
    });
    record?.note(place?.at ?? 0, { what: isDone ? 'done' : 'pause' });
    return taken(isDone);
  } catch (error) {
    // Ctrl-C while something ran: what it broke off is no fault.
    if (!interruption.signal.aborted) throw error;
    record?.note(place?.at ?? 0, { what: 'pause' });
    return taken(false);
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

/** Whether to go on where the lesson was left: as --resume says, or as somebody at a terminal does. */
async function goesOn(
  { steps }: Lesson,
  words: Words,
  learner: Learner,
  { at }: Place,
  resume: boolean | undefined,
): Promise<boolean> {
  if (resume !== undefined || !isOnTerminal()) return resume === true;
  const asked = fill(words.resume, { number: at + 1, total: steps.length });
  const line = await learner.pause(asked);
  return line !== undefined && !/^(start|no?)$/i.test(line.trim());
}
