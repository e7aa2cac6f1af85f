import type { Command } from 'commander';
import type { Done } from '../../command-line.ts';
import { EXIT } from '../../errors.ts';
import { writeText } from '../../standard-output.ts';
import { type LabFlags, labOf, withLab } from './lab-options.ts';

export function addMend(program: Command, done: Done): void {
  withLab(program.command('mend'))
    .description('repair a network that was broken on purpose, step by step')
    .action(async (flags: LabFlags) => {
      const lab = await labOf(flags);
      const { mend } = await import('../../../lab/network/mend.ts');
      const { stepText } = await import('./step-text.ts');
      await mend(lab, { onStep: (step, number, count) => writeText(stepText(step, lab, number, count)) });
      done(EXIT.done);
    });
}
