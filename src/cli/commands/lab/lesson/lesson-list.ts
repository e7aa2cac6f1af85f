/** The lessons as a list, and which one comes next. */
import { type Lesson, lessonNames, lessonTitle } from '../../../../lab/lesson/lesson.ts';
import type { Progress } from '../../../../lab/lesson/progress.ts';
import { saidText } from '../../../../lab/lesson/terminal-text.ts';
import { fill, type Words } from '../../../../lab/lesson/words.ts';
import { textOptions } from './lesson-terminal.ts';

/** @param done those that the user has done */
export function listText(language: string, words: Words, done: Progress): string {
  const names = lessonNames();
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => {
    const tick = name in done ? `  ${words.listDone}` : '';
    return `  ${name.padEnd(width)}  ${lessonTitle(name, language)}${tick}`;
  });
  const how = words.listHow.split('\n').map((line) => `  ${line}`);
  return [
    saidText({ kind: 'text', text: words.listTitle }, textOptions()).trim(),
    '',
    ...lines,
    '',
    ...how,
    '',
  ].join('\n');
}

export function nextText({ name }: Lesson, language: string, words: Words): string {
  const names = lessonNames();
  const next = names[names.indexOf(name) + 1];
  if (next === undefined) return '';
  const text = fill(words.next, { name: next, title: lessonTitle(next, language) });
  return saidText({ kind: 'note', text }, textOptions());
}
