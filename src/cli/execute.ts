import packageDescription from '../../package.json' with { type: 'json' };
import { EXIT, errorLine } from './errors.ts';
import { OutputClosed, writeText } from './standard-output.ts';

/**
 * Carries a command out, and says on standard error what it can't do.
 *
 * @param words of the command line, without the program's name
 * @returns the exit code
 */
export async function execute(words: readonly string[]): Promise<number> {
  try {
    if (words.length === 1 && words[0] === '--version') {
      // Asked by scripts that only look whether the command is there: answered before anything is loaded.
      writeText(`${packageDescription.version}\n`);
      return EXIT.done;
    }
    const { run } = await import('./program.ts');
    return await run(words, packageDescription.version);
  } catch (error) {
    if (error instanceof OutputClosed) return EXIT.done;
    console.error(errorLine(error));
    return EXIT.notCarriedOut;
  }
}
