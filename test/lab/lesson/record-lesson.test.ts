/** Every lesson in its real network: broken before, mended by the stated solution; what it asks is so there as well. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { namedNamespaces } from '../../../src/host/namespace.ts';
import type { Said } from '../../../src/lab/lesson/events.ts';
import { lessonNames, loadLesson } from '../../../src/lab/lesson/lesson.ts';
import { capturePath } from '../../../src/lab/lesson/lesson-network.ts';
import { isRight } from '../../../src/lab/lesson/packets.ts';
import { recordLesson } from '../../../src/lab/lesson/record-lesson.ts';
import { openRecording } from '../../../src/lab/lesson/recorded-network.ts';
import { loadWords } from '../../../src/lab/lesson/words.ts';
import { missingForLiveCapture, missingForNamespaces, skipNote } from '../../support/lab.ts';
import { wrongAnswers } from '../../support/lesson-answers.ts';

const missing = missingForLiveCapture() ?? missingForNamespaces('nft', 'pgrep');
const words = loadWords('en');

describe.skipIf(missing !== undefined).concurrent(`lessons, live${skipNote(missing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-lessons-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.for(lessonNames())('%s', async (name, { expect }) => {
    const lesson = loadLesson(name);
    const said: Said[] = [];
    const lab = `tl${process.pid}-${name}`.slice(0, 20);
    // Throws where an answer or a solution does not do.
    await recordLesson(name, folder, { lab, checksFirst: true, onSaid: (more) => said.push(...more) });
    const checks = said.filter(({ text }) => text === words.notMet || text === words.met);
    const tasks = lesson.steps.filter((step) => step.do === 'task');
    expect(checks.map(({ text }) => text)).toEqual(tasks.flatMap(() => [words.notMet, words.met]));
    expect(namedNamespaces().filter((namespace) => namespace.startsWith(`${lab}-`))).toEqual([]);

    const recorded = openRecording(name, folder);
    for (const question of lesson.steps.filter((step) => step.do === 'ask')) {
      const path = question.of === undefined ? undefined : capturePath(lesson, recorded, question.of);
      for (const answer of wrongAnswers(question)) {
        expect(await isRight(path, question, answer), `${answer} to: ${question.question}`).toBe(false);
      }
    }
    // Recorded anew, the lesson has the same files as the one that comes with the package, but for the first check.
    const before = readdirSync(join('fixtures/lessons', name));
    expect(readdirSync(join(folder, name)).filter((file) => !file.startsWith('check-'))).toEqual(
      before.filter((file) => !file.startsWith('check-')),
    );
  });
});
