/** `tunnelscope completion SHELL`: a script for a shell, which then asks `tunnelscope complete` what words may become. */
import { Argument, type Command } from 'commander';
import type { Done } from '../command-line.ts';
import { EXIT } from '../errors.ts';
import { writeText } from '../standard-output.ts';
import type { Shell } from './completion/scripts.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

export function addCompletion(program: Command, done: Done): void {
  program
    .command('completion')
    .description('print a completion script for your shell: source <(tunnelscope completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completion/scripts.ts');
      writeText(completionScript(shell));
      done(EXIT.done);
    });
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => {
      const { completionsOf } = await import('./completion/complete-words.ts');
      writeText(await completionsOf(program, words));
      done(EXIT.done);
    });
}
