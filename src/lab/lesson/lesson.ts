/**
 * Lessons, which are data: `lab/lessons/en/*.yaml`. A lesson is a network, and steps that tell, show, ask and let the learner do. The
 * room's other files:
 *
 * - schema.ts: what a lesson's file may hold
 * - engine.ts, events.ts: the lesson as a state machine, and what goes in and out; it knows no terminal and no network. flow.ts goes from
 *   step to step, question.ts and task.ts take what is entered, review.ts looks back
 * - walk.ts: between the engine, who learns (learner.ts), and the network
 * - lesson-network.ts: what a lesson asks of its network; live-network.ts: a lab; recorded-network.ts: files of fixtures/lessons/
 * - packets.ts: what captured packets show, and whether an answer is right
 * - words.ts, terminal-text.ts: the strings around the lessons, and all of it as lines for a terminal
 * - model-learner.ts, record-lesson.ts: a learner who knows, with whom lessons are recorded and tested
 * - progress.ts: which lessons the user has done, and how far others were taken
 * - draw.ts: what a seed draws; result.ts, class-table.ts: what was done, as a file that can be checked, and of a class
 * - mend-commands.ts: a network's repair as lines to type
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compileDisplayFilter } from '../../display-filter/display-filter.ts';
import { FINDINGS } from '../../finding/finding-codes.ts';
import { parseCheckedYaml, readYamlText } from '../../text/checked-yaml.ts';
import { similarTo } from '../../text/similar.ts';
import { dataFolder } from '../network/data-folder.ts';
import { loadNetwork } from '../network/network.ts';
import { headSchema, keysAt, type LessonFile, type LessonHead, lessonSchema } from './schema.ts';

export type { Check, LessonFile, NodeCommand, Question, Step, StepOf } from './schema.ts';

export interface Lesson extends LessonFile {
  /** As it is asked for: `envelope`. */
  readonly name: string;
  /** The language that it is in. */
  readonly language: string;
}

/** Where the package's lessons are: a folder a language. */
export function lessonsFolder(): string {
  return dataFolder('lessons');
}

/** A capture that comes with the lessons. */
export function givenCapture(file: string): string {
  return join(lessonsFolder(), '../../fixtures/lessons/given', `${file}.pcapng`);
}

/** English, which every lesson and every string is in. */
export const FALLBACK_LANGUAGE = 'en';
const LESSON_FILE = /^\d\d-([a-z0-9-]+)\.yaml$/;

/** Names of the lessons, in the order in which they are to be taken. */
export function lessonNames(folder = lessonsFolder()): string[] {
  return [...lessonFiles(folder).keys()];
}

function lessonFiles(folder: string): Map<string, string> {
  const files = readdirSync(join(folder, FALLBACK_LANGUAGE)).sort();
  return new Map(
    files.flatMap((file) => {
      const [, lesson] = LESSON_FILE.exec(file) ?? [];
      return lesson === undefined ? [] : [[lesson, file] as const];
    }),
  );
}

/**
 * @param language whose lesson is wanted: English where that language has not this one
 * @throws {RangeError} if no lesson has the name, or its file is not as it should be
 */
export function loadLesson(name: string, language = FALLBACK_LANGUAGE, folder = lessonsFolder()): Lesson {
  const { path, found } = fileOf(name, language, folder);
  return { ...parseLesson(readYamlText(path, path), path), name, language: found };
}

/** SHA-256 of a lesson's English text, in hexadecimal digits: another one is another lesson. */
export function lessonHash(name: string, folder = lessonsFolder()): string {
  const { path } = fileOf(name, FALLBACK_LANGUAGE, folder);
  return createHash('sha256').update(readYamlText(path, path)).digest('hex');
}

/** A lesson's title alone, for lists: the rest of its file is not looked at. */
export function lessonTitle(name: string, language = FALLBACK_LANGUAGE, folder = lessonsFolder()): string {
  return lessonHead(name, language, folder).title;
}

/** The same with the network that it begins with. */
export function lessonHead(name: string, language = FALLBACK_LANGUAGE, folder = lessonsFolder()): LessonHead {
  const { path } = fileOf(name, language, folder);
  return parseCheckedYaml(readYamlText(path, path), path, headSchema, () => []).value;
}

function fileOf(name: string, language: string, folder: string): { path: string; found: string } {
  const files = lessonFiles(folder);
  const file = files.get(name);
  if (file === undefined) {
    const similar = similarTo(name, files.keys());
    const advice =
      similar === undefined ? `lessons are ${[...files.keys()].join(', ')}` : `did you mean ${similar}?`;
    throw new RangeError(`unknown lesson "${name}"; ${advice}`);
  }
  const found = existsSync(join(folder, language, file)) ? language : FALLBACK_LANGUAGE;
  return { path: join(folder, found, file), found };
}

/**
 * @param file its name, for messages
 * @throws {CheckedYamlError} that names the line: the file is not as the schema wants it, or a network, node, capture, display
 *   filter or finding that it names does not exist
 */
export function parseLesson(yaml: string, file: string): LessonFile {
  const { value, fail } = parseCheckedYaml(yaml, file, lessonSchema, keysAt);
  const captures = new Set<string>();
  let nodes = value.network === undefined ? [] : nodesOf(value.network, ['network']);

  /** Refuses what can't be had, with the line in which it stands. */
  function attempt<T>(path: readonly PropertyKey[], get: () => T): T {
    try {
      return get();
    } catch (error) {
      return fail(path, (error as Error).message);
    }
  }
  function nodesOf(network: string, path: readonly PropertyKey[]): readonly string[] {
    return Object.keys(attempt(path, () => loadNetwork(network)).nodes);
  }
  function requireNode(point: string | undefined, path: readonly PropertyKey[]): void {
    const node = point?.split(' ')[0];
    if (node === undefined || nodes.includes(node)) return;
    fail(
      path,
      `there is no node ${node}; there are ${nodes.join(', ') || 'none: the lesson has no network'}`,
    );
  }
  function requireFilter(expression: string | undefined, path: readonly PropertyKey[], answer = ''): void {
    const filter = expression?.replaceAll('{answer}', answer);
    if (filter !== undefined) attempt(path, () => compileDisplayFilter(filter));
  }
  function requireFinding(code: string | undefined, path: readonly PropertyKey[]): void {
    if (code === undefined || code in FINDINGS) return;
    const similar = similarTo(code, Object.keys(FINDINGS));
    fail(
      path,
      `there is no finding ${code}; ${similar === undefined ? 'docs/findings.md lists them' : `did you mean ${similar}?`}`,
    );
  }
  function requireCapture(capture: string | undefined, path: readonly PropertyKey[]): void {
    if (capture === undefined || captures.has(capture)) return;
    fail(path, `no step before captures "${capture}"; there are ${[...captures].join(', ') || 'none'}`);
  }

  for (const [i, step] of value.steps.entries()) {
    const at = (...path: PropertyKey[]) => ['steps', i, ...path];
    if (step.do === 'up') nodes = nodesOf(step.network, at('network'));
    if (step.do === 'open') {
      captures.add(step.capture);
      if (!existsSync(givenCapture(step.file)))
        fail(at('file'), `there is no capture ${givenCapture(step.file)}`);
    }
    if (step.do === 'run') {
      requireNode(step.on, at('on'));
      for (const [k, point] of (step.at ?? []).entries()) requireNode(point, at('at', k));
      if (step.capture !== undefined) captures.add(step.capture);
    }
    if (step.do === 'show') {
      requireCapture(step.of, at('of'));
      requireFilter(step.packet, at('packet'));
    }
    if (step.do === 'ask') {
      requireCapture(step.of, at('of'));
      requireFilter(step.seen, at('seen'), step.value);
      requireFilter(step.count, at('count'));
      for (const [k, { seen, finding }] of (step.choices ?? []).entries()) {
        requireFilter(seen, at('choices', k, 'seen'));
        requireFinding(finding, at('choices', k, 'finding'));
      }
    }
    if (step.do === 'task') {
      requireNode(step.on, at('on'));
      requireNode(step.check.from, at('check', 'from'));
      for (const [k, point] of step.check.at.entries()) requireNode(point, at('check', 'at', k));
      requireFilter(step.check.seen, at('check', 'seen'));
      requireFinding(step.check.without, at('check', 'without'));
      for (const [k, { on }] of (step.solution ?? []).entries()) requireNode(on, at('solution', k, 'on'));
    }
  }
  return value;
}

/** Of a locale such as `zh_CN.UTF-8`, or of a language tag such as `zh-Hans-CN`: language, script, country. */
const LOCALE = /^([a-z]{2,3})(?:[_-]([a-z]{4}))?(?:[_-]([a-z]{2}))?(?:[_.@-]|$)/i;

/**
 * The language that the user wants, by their choice or the environment: LC_ALL before LC_MESSAGES before LANG (POSIX, 8.2).
 *
 * @param available language tags that there are lessons in: the best match is taken, by language and script (RFC 5646), so
 *   that zh and zh_SG find zh-CN, and zh_TW, which is written differently, does not
 * @returns one of those, or else two or three letters, such as `de`; English if nothing says another
 */
export function wantedLanguage(
  chosen: string | undefined,
  environment: NodeJS.ProcessEnv,
  available: readonly string[] = languages(),
): string {
  const locale = chosen ?? (environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '');
  const [, language, script, country] = LOCALE.exec(locale) ?? [];
  if (language === undefined) return FALLBACK_LANGUAGE;
  const tag = [language, script, country].filter((part) => part !== undefined).join('-');
  const isSame = (one: string) => one.toLowerCase() === tag.toLowerCase();
  const written = writingOf(tag);
  return (
    available.find(isSame) ?? available.find((one) => writingOf(one) === written) ?? language.toLowerCase()
  );
}

/** A language and its script: `zh-Hans` of `zh-CN`. */
function writingOf(tag: string): string {
  const { language, script } = new Intl.Locale(tag).maximize();
  return `${language}-${script}`;
}

/** Languages that a lesson or some string is there in. */
export function languages(folder = lessonsFolder()): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
