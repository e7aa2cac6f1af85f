import packageDescription from '../../package.json' with { type: 'json' };
import { EXIT, errorLine } from './errors.ts';
import { endOutput, OutputClosed, writeText } from './standard-output.ts';
import { isVersionAsked } from './version.ts';

/**
 * Runs a command, and says on standard error what went wrong.
 *
 * @param words of the command line, without the program's name
 * @returns the exit code, once all output has been written
 */
export async function execute(words: readonly string[]): Promise<number> {
  const status = await carryOut(words).catch(failed);
  return endOutput().then(
    () => status,
    (error: unknown) => Math.max(status, failed(error)),
  );
}

async function carryOut(words: readonly string[]): Promise<number> {
  if (isVersionAsked(words)) {
    writeText(`${packageDescription.version}\n`);
    return EXIT.done;
  }
  const { run } = await import('./program.ts');
  return run(words, packageDescription.version);
}

function failed(error: unknown): number {
  if (error instanceof OutputClosed) return EXIT.done;
  console.error(errorLine(error));
  return EXIT.notCarriedOut;
}
