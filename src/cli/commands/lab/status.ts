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
    .description('draw the lab: what is up, tunnels, processes; exit code 1 if something is missing')
    .addOption(new Option('-T, --format <format>', '(default: text)').choices(['text', 'json']))
    .option('--width <columns>', 'width of the drawing', parseNumber('--width', 40, 1000))
    .action(async (flags: StatusFlags) => {
      const lab = await labOf(flags);
      const { showStatus } = await import('./status/show-status.ts');
      done(await showStatus(lab, flags.format ?? 'text', flags.width));
    });
}
