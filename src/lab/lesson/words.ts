/** What lessons say around their own texts, in the learner's language: `lab/lessons/LANGUAGE/interface.yaml`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { parseCheckedYaml, readYamlText } from '../../text/checked-yaml.ts';
import { FALLBACK_LANGUAGE, lessonsFolder } from './lesson.ts';

const word = z.string().min(1);

/** The English file shows what each string says. */
const wordsSchema = z.strictObject({
  listTitle: word,
  listDone: word,
  listHow: word,
  notTranslated: word,
  bringingUp: word,
  offline: word,
  step: word,
  goOn: word,
  more: word,
  answer: word,
  answerNumber: word,
  wordSeparator: word,
  expectedChoice: word,
  choiceHelp: word,
  valueHelp: word,
  pauseHelp: word,
  moreHelp: word,
  nothingAsked: word,
  noBack: word,
  lookingBack: word,
  resume: word,
  resuming: word,
  right: word,
  wrong: word,
  tryAgain: word,
  hint: word,
  noHint: word,
  withoutHint: word,
  noTaskHint: word,
  solutionIs: word,
  taskHelp: word,
  noNode: word,
  checking: word,
  met: word,
  notMet: word,
  findingStays: word,
  wayBack: word,
  solutionShown: word,
  taskOffline: word,
  taskOfflineChecked: word,
  commandStopped: word,
  commandFailed: word,
  noOutput: word,
  done: word,
  doneSkipped: word,
  next: word,
  ended: word,
  resultWritten: word,
  inputEnded: word,
  pageKeys: word,
  pageBack: word,
  pageNext: word,
  pageCheck: word,
  pageTryAgain: word,
  pageAnswer: word,
  pageWay: word,
  pageLessons: word,
});

export type Words = z.infer<typeof wordsSchema>;
type Values = Readonly<Record<string, string | number>>;

/** @throws {CheckedYamlError} if the file is not as it should be */
export function loadWords(language: string, folder = lessonsFolder()): Words {
  const path = (of: string) => join(folder, of, 'interface.yaml');
  const english = parseWords(path(FALLBACK_LANGUAGE), wordsSchema);
  if (language === FALLBACK_LANGUAGE || !existsSync(path(language))) return english;
  // Strings that are not translated yet are in English.
  return { ...english, ...(parseWords(path(language), wordsSchema.partial()) as Partial<Words>) };
}

function parseWords<T>(path: string, schema: z.ZodType<T>): T {
  return parseCheckedYaml(readYamlText(path, path), path, schema, () => Object.keys(wordsSchema.shape)).value;
}

/** @param values what to put in for `{name}` */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
