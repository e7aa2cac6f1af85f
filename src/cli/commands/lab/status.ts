import { type Command, Option } from 'commander';
import type { Done } from '../../command-line.ts';
import { parseNumber } from '../../flag-values.ts';
import { type LabFlags, labOf, withLab } from './lab-options.ts';

interface StatusFlags extends LabFlags {
  format?: 'text' | 'json';
  width?: number;
}

export function addStatus(program: Command, done: Done): void {
  withLab(program.command('status'))
    .description(
      'a drawing of the lab with what is up, tunnels, processes; exit code 1 where something is missing',
    )
    .addOption(new Option('-T, --format <format>', 'how to print it').choices(['text', 'json']))
    .option('--width <columns>', 'make the drawing for so many columns', parseNumber('--width', 40, 1000))
    .action(async (flags: StatusFlags) => {
      const lab = await labOf(flags);
      const { showStatus } = await import('./status/show-status.ts');
      done(await showStatus(lab, flags.format ?? 'text', flags.width));
    });
}
