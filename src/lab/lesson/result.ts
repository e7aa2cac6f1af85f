/**
 * A lesson's result as a file: what was done and when, each entry with a hash that covers all before it, and a seal where a teacher gave
 * a key. No score stands in it: that is counted from the answers, which are judged again (class-table.ts).
 *
 * The program runs on the learner's machine and its source is open, so a chain of hashes alone shows damage and careless changes, not skilful
 * ones. The seal shows that whoever made the file had the key that goes with its seed.
 */
import { createHash, createHmac, scryptSync, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import type { Deed } from './events.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
const time = z.iso.datetime();
/** As many characters of an answer or command as are kept, and entries of a lesson. */
const MOST_TEXT = 1000;
const MOST_ENTRIES = 5000;

const entrySchema = z.strictObject({
  time,
  /** Index of the step, from 0. */
  at: z.int().min(0).max(1000),
  what: z.enum(['answer', 'hint', 'skip', 'solution', 'command', 'check', 'pause', 'resume', 'done']),
  text: z.string().max(MOST_TEXT).optional(),
  isRight: z.boolean().optional(),
  /** SHA-256 of the hash before and of this entry without its hash. */
  hash,
});

const headSchema = z.strictObject({
  format: z.literal('tunnelscope lesson result 1'),
  lesson: z.string().max(100),
  /** Of the lesson's English file: with another text, answers have other numbers. */
  lessonHash: hash,
  seed: z.string().max(200).nullable(),
  isLive: z.boolean(),
  begun: time,
});

const resultSchema = z.strictObject({
  ...headSchema.shape,
  entries: z.array(entrySchema).max(MOST_ENTRIES),
  /** HMAC-SHA256 of the last hash, with the learner's key. */
  seal: hash.nullable(),
});

export type ResultHead = z.infer<typeof headSchema>;
export type ResultEntry = z.infer<typeof entrySchema>;
export type LessonResult = z.infer<typeof resultSchema>;

/** @throws {RangeError} what it is not, in one line */
export function parseResult(text: string): LessonResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError('is not a lesson’s result: expected JSON');
  }
  const parsed = resultSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RangeError(`is not a lesson’s result: ${issue?.path.join('.')}: ${issue?.message}`);
}

export function formatResult(result: LessonResult): string {
  return `${JSON.stringify(result, undefined, 1)}\n`;
}

export function beginResult(head: Omit<ResultHead, 'format'>): LessonResult {
  return { format: 'tunnelscope lesson result 1', ...head, entries: [], seal: null };
}

/** The result with one more entry; without a seal, which would be of the one before. */
export function withEntry(
  result: LessonResult,
  at: number,
  deed: Omit<Deed, 'what'> & Pick<ResultEntry, 'what'>,
  now: Date,
): LessonResult {
  if (result.entries.length >= MOST_ENTRIES) return result;
  const { what, text, isRight } = deed;
  const entry = {
    time: now.toISOString(),
    at,
    what,
    ...(text !== undefined && { text: text.slice(0, MOST_TEXT) }),
    ...(isRight !== undefined && { isRight }),
  };
  return {
    ...result,
    entries: [...result.entries, { ...entry, hash: entryHash(lastHash(result), entry) }],
    seal: null,
  };
}

/** @param key as {@link learnersKey} made it */
export function sealed(result: LessonResult, key: string): LessonResult {
  return { ...result, seal: sealOf(result, key) };
}

/** What a result's hashes and its seal say. */
export type Proof =
  | 'sealed'
  /** The hashes are right; no key was given when it was made. */
  | 'unsealed'
  /** It has a seal, and no class was named to check it with. */
  | 'seal unchecked'
  | 'changed'
  /** Of another key than the one that goes with the seed. */
  | 'other key';

/** @param passphrase of the class; undefined if there is none to check the seal with */
export function proofOf(result: LessonResult, passphrase: string | undefined): Proof {
  let before = headHash(result);
  for (const { hash: stated, ...entry } of result.entries) {
    before = entryHash(before, entry);
    if (before !== stated) return 'changed';
  }
  const { seal, seed } = result;
  if (seal === null) return 'unsealed';
  if (passphrase === undefined) return 'seal unchecked';
  const expected = sealOf(result, learnersKey(passphrase, seed ?? ''));
  return timingSafeEqual(Buffer.from(seal), Buffer.from(expected)) ? 'sealed' : 'other key';
}

/**
 * A learner's key: of the class's passphrase and the learner's seed, so that it fits no other seed. scrypt (RFC 7914), as learners
 * could otherwise try out passphrases with the keys that they have.
 *
 * @returns 32 hexadecimal digits
 */
export function learnersKey(passphrase: string, seed: string): string {
  return scryptSync(passphrase, `tunnelscope ${seed}`, 16).toString('hex');
}

/** What the hash of the last entry covers all of; of a result without entries, its head's. */
export function lastHash(result: LessonResult): string {
  return result.entries.at(-1)?.hash ?? headHash(result);
}

function sealOf(result: LessonResult, key: string): string {
  return createHmac('sha256', key).update(lastHash(result)).digest('hex');
}

function headHash(result: LessonResult): string {
  const { format, lesson, lessonHash, seed, isLive, begun } = result;
  return digest(JSON.stringify([format, lesson, lessonHash, seed, isLive, begun]));
}

function entryHash(
  before: string,
  { time: when, at, what, text, isRight }: Omit<ResultEntry, 'hash'>,
): string {
  return digest(JSON.stringify([before, when, at, what, text ?? null, isRight ?? null]));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
