import type { Command } from 'commander';
import type { Done } from '../../command-line.ts';
import { type LabFlags, labOf, withLab } from './lab-options.ts';

export function addRun(program: Command, done: Done): void {
  withLab(program.command('run'))
    .description('run a command in a node: run h1 -- ip route')
    .argument('<node>', 'h1, rt, h1-ns1, …')
    .argument('<command...>', 'the command and its arguments')
    .passThroughOptions()
    .action(async (node: string, words: string[], flags: LabFlags) => {
      const { nodeWords, runHere } = await import('../../../lab/network/run.ts');
      const command = words[0] === '--' ? words.slice(1) : words;
      done(await runHere(nodeWords(await labOf(flags), node, command)));
    });
}
