/** `tunnelscope interfaces`: what can be captured on. */
import { type Command, Option } from 'commander';
import type { Done } from '../command-line.ts';

export function addInterfaces(program: Command, done: Done): void {
  program
    .command('interfaces')
    .description('what can be captured on, in every network namespace')
    .addOption(new Option('-T, --format <format>', 'how to print them').choices(['table', 'json']))
    .action(async (_flags: unknown, command: Command) => {
      const { showInterfaces } = await import('./interfaces/show-interfaces.ts');
      done(await showInterfaces(command.optsWithGlobals<{ format?: string }>().format));
    });
}
