/** `tunnelscope lab`: container networks in network namespaces. It has commands of its own, which no other command waits for. */
import type { Command } from 'commander';
import type { Done } from '../command-line.ts';

export function addLab(program: Command, done: Done): void {
  program
    .command('lab')
    .description('container networks in network namespaces, to learn and test on')
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => {
      const { runLab } = await import('./lab/lab-program.ts');
      done(await runLab(words));
    });
}
