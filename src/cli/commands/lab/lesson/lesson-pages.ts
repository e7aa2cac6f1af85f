/** `lab lesson NAME --html` and `--html-all`: recorded lessons as pages. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFailureReason } from '../../../../capture/write/output-file.ts';
import { languages, lessonNames, lessonTitle, loadLesson } from '../../../../lab/lesson/lesson.ts';
import { type IndexPart, lessonIndex, lessonPage } from '../../../../lab/lesson/lesson-page.ts';
import { openRecording } from '../../../../lab/lesson/recorded-network.ts';
import { loadWords, type Words } from '../../../../lab/lesson/words.ts';
import { CaptureError } from '../../../../packet/source.ts';
import { UsageError } from '../../../errors.ts';
import { writeDocument } from '../../../write-document.ts';

export async function writeLessonPage(
  name: string | undefined,
  file: string | true,
  language: string,
  words: Words,
): Promise<void> {
  if (name === undefined)
    throw new UsageError('--html: expected the name of a lesson; --html-all writes all');
  const lesson = loadLesson(name, language);
  writeDocument(file === true ? `${name}.html` : file, await lessonPage(lesson, words, openRecording(name)));
}

/** A folder a language, and an index above them. */
export async function writeLessonSite(folder: string): Promise<void> {
  const names = lessonNames();
  const parts: IndexPart[] = [];
  for (const language of languages()) {
    const words = loadWords(language);
    makeFolder(join(folder, language));
    const lessons: IndexPart['lessons'][number][] = [];
    for (const [i, name] of names.entries()) {
      const lesson = loadLesson(name, language);
      const following = names[i + 1];
      const next =
        following === undefined
          ? {}
          : { next: { href: `${following}.html`, title: lessonTitle(following, language) } };
      const text = await lessonPage(lesson, words, openRecording(name), { index: '../index.html', ...next });
      writeDocument(join(folder, language, `${name}.html`), text);
      lessons.push({ href: `${language}/${name}.html`, title: lesson.title, about: lesson.about });
    }
    parts.push({ language, words, lessons });
  }
  writeDocument(join(folder, 'index.html'), lessonIndex(parts));
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new CaptureError(
      `${path}: can't be made a folder: ${writeFailureReason(error as NodeJS.ErrnoException)}`,
    );
  }
}
