import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { doctorDocs } from '../../scripts/doctor-docs.ts';
import { CHECKS } from '../../src/doctor/checks.ts';
import { lessonNames } from '../../src/lab/lesson/lesson.ts';

it('docs/doctor.md is what the table of checks says now (npm run docs:doctor makes it anew)', () => {
  expect(readFileSync('docs/doctor.md', 'utf8')).toBe(doctorDocs());
});

const texts = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));

it.each(Object.entries(CHECKS))(
  '%s is made by something, shown by a test, and taught by a lesson',
  (name, { lesson }) => {
    const made = texts('src/doctor').filter(
      (text) => text.includes(`problem('${name}'`) || text.includes(`'${name}',`),
    );
    expect(made).not.toEqual([]);
    const tests = [...texts('test/doctor'), ...texts('test/lab/network')];
    expect(tests.filter((text) => text.includes(` ${name} `))).not.toEqual([]);
    expect(lessonNames()).toContain(lesson);
  },
);
