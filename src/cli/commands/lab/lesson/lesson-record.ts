/** `lab lesson --result FILE`: what is done in a lesson, kept until it ends, and written then. */
import { existsSync, readFileSync } from 'node:fs';
import { type Lesson, lessonHash } from '../../../../lab/lesson/lesson.ts';
import {
  beginResult,
  formatResult,
  type LessonResult,
  parseResult,
  proofOf,
  sealed,
  withEntry,
} from '../../../../lab/lesson/result.ts';
import { UsageError } from '../../../errors.ts';
import { writeDocument } from '../../../write-document.ts';
import { asCaller } from './caller.ts';

export interface LessonRecord {
  readonly file: string;
  /** @param isResumed the file of last time goes on */
  begin(isResumed: boolean): void;
  note(...entry: EntryArguments): void;
  write(): void;
}

type EntryArguments =
  Parameters<typeof withEntry> extends [unknown, infer At, infer Deed, unknown]
    ? [at: At, deed: Deed]
    : never;

export interface RecordFlags {
  result?: string;
  key?: string;
  offline?: boolean;
}

/** @returns undefined where no file was asked for */
export function openRecord(
  lesson: Lesson,
  seed: string | undefined,
  { result: file, key, offline }: RecordFlags,
): LessonRecord | undefined {
  if (file === undefined) {
    if (key !== undefined) throw new UsageError('--key seals a result: expected --result FILE too');
    return undefined;
  }
  if (key !== undefined && seed === undefined) {
    throw new UsageError('--key goes with a seed: expected --seed too, as your teacher gave both');
  }
  const before = asCaller(() => readBefore(file));
  let result = beginResult({
    lesson: lesson.name,
    lessonHash: lessonHash(lesson.name),
    seed: seed ?? null,
    isLive: offline !== true,
    begun: new Date().toISOString(),
  });
  return {
    file,
    begin(isResumed) {
      if (before === undefined) return;
      if (!isResumed) {
        throw new UsageError(
          `--result ${file} is there already: expected another name, or --resume to go on with it`,
        );
      }
      requireSame(file, before, result);
      result = withEntry(before, 0, { what: 'resume' }, new Date());
    },
    note(at, deed) {
      result = withEntry(result, at, deed, new Date());
    },
    write() {
      writeDocument(file, formatResult(key === undefined ? result : sealed(result, key)));
    },
  };
}

function readBefore(file: string): LessonResult | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return parseResult(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `--result ${file} is there already, and ${(error as Error).message}; expected another name`,
    );
  }
}

/** Only what was left unchanged, and of the same lesson, goes on. */
function requireSame(file: string, before: LessonResult, now: LessonResult): void {
  const isSame =
    before.lesson === now.lesson &&
    before.lessonHash === now.lessonHash &&
    before.seed === now.seed &&
    before.isLive === now.isLive;
  if (isSame && proofOf(before, undefined) !== 'changed') return;
  const reason = isSame
    ? 'its hashes are wrong: it was changed by hand'
    : 'it is of another lesson, seed or network';
  throw new UsageError(`--result ${file} can’t be gone on with: ${reason}; expected another name`);
}
