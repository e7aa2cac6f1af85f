import type { Command } from 'commander';
import type { Done } from '../../command-line.ts';
import { type LabFlags, labOf, withLab } from './lab-options.ts';

export function addShell(program: Command, done: Done): void {
  withLab(program.command('shell'))
    .description('a shell in a node')
    .argument('<node>', 'h1, rt, h1-ns1, …')
    .action(async (node: string, flags: LabFlags) => {
      const { runHere, shellWords } = await import('../../../lab/network/run.ts');
      done(await runHere(shellWords(await labOf(flags), node)));
    });
}
