/** Answers of other programs are the same for the same words and files: each is asked for once in a run of the tests. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that all test files of a run share; global-setup.ts makes it, and takes it away. */
export const ANSWERS = 'TUNNELSCOPE_TEST_ANSWERS';

/**
 * @param args files among them count by what they hold, not by their names
 * @param ask what the program says; what it throws is not remembered
 */
export function remembered(program: string, args: readonly string[], ask: () => string): string {
  const folder = process.env[ANSWERS];
  if (folder === undefined) return ask();
  const hash = createHash('sha256').update(program);
  for (const arg of args) hash.update('\0').update(contentOf(arg) ?? arg);
  const file = join(folder, hash.digest('hex'));
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const answer = ask();
    // Another test file may be writing the same.
    const own = `${file}-${randomUUID()}`;
    writeFileSync(own, answer);
    renameSync(own, file);
    return answer;
  }
}

function contentOf(arg: string): Buffer | undefined {
  const path = arg.replace(/^lua_script:/, '');
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? createHash('sha256').update(readFileSync(path)).digest() : undefined;
}
