/** Which lessons were done, and how far others were taken: small files in the user's state folder (XDG Base Directory Specification). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

/** Lesson → when it was done, in UTC. */
export type Progress = Readonly<Record<string, string>>;

const progressSchema = z.record(z.string(), z.string());

const placesSchema = z.record(
  z.string(),
  z.strictObject({
    at: z.int().min(1),
    skipped: z.int().min(0),
    /** Steps that the lesson had: with others, the place is none. */
    total: z.int(),
    seed: z.string().nullable(),
  }),
);

/** How far lessons were taken that were not done. */
export type Places = Readonly<z.infer<typeof placesSchema>>;

/**
 * `tunnelscope/lessons.json` in XDG_STATE_HOME, ~/.local/state without.
 *
 * @param home the user's folder
 */
export function progressPath(environment: NodeJS.ProcessEnv, home: string): string {
  return statePath(environment, home, 'lessons.json');
}

/** `lesson-places.json` beside it. */
export function placesPath(environment: NodeJS.ProcessEnv, home: string): string {
  return statePath(environment, home, 'lesson-places.json');
}

function statePath(environment: NodeJS.ProcessEnv, home: string, file: string): string {
  // "All paths set in these environment variables must be absolute", and are to be ignored where they are not.
  const given = environment.XDG_STATE_HOME;
  const folder = given?.startsWith('/') ? given : join(home, '.local', 'state');
  return join(folder, 'tunnelscope', file);
}

/** Empty where the file is missing or not ours: no lesson fails for it. */
export function readProgress(path: string): Progress {
  return readState(path, progressSchema) ?? {};
}

/** The same for places. */
export function readPlaces(path: string): Places {
  return readState(path, placesSchema) ?? {};
}

function readState<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** @returns whether it could be written */
export function noteDone(path: string, lesson: string, time: Date): boolean {
  return writeState(path, { ...readProgress(path), [lesson]: time.toISOString() });
}

/** @param place undefined where there is nothing to resume. @returns whether it could be written */
export function notePlace(path: string, lesson: string, place: Places[string] | undefined): boolean {
  const { [lesson]: before, ...others } = readPlaces(path);
  if (place === undefined && before === undefined) return true;
  return writeState(path, place === undefined ? others : { ...others, [lesson]: place });
}

function writeState(path: string, state: object): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(state)}\n`);
    return true;
  } catch {
    return false;
  }
}
