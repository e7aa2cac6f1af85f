/** Which lessons were done: a small file in the user's state folder (XDG Base Directory Specification). */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

/** Lesson → when it was done, in UTC. */
export type Progress = Readonly<Record<string, string>>;

const progressSchema = z.record(z.string(), z.string());

/**
 * `tunnelscope/lessons.json` in XDG_STATE_HOME, ~/.local/state without.
 *
 * @param home the user's folder
 */
export function progressPath(environment: NodeJS.ProcessEnv, home: string): string {
  // "All paths set in these environment variables must be absolute", and are to be ignored where they are not.
  const given = environment.XDG_STATE_HOME;
  const folder = given?.startsWith('/') ? given : join(home, '.local', 'state');
  return join(folder, 'tunnelscope', 'lessons.json');
}

/** Empty where the file is missing or not ours: no lesson fails for it. */
export function readProgress(path: string): Progress {
  try {
    const parsed = progressSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}

/** @returns whether it could be written */
export function noteDone(path: string, lesson: string, time: Date): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify({ ...readProgress(path), [lesson]: time.toISOString() })}\n`);
    return true;
  } catch {
    return false;
  }
}
