import type { Command } from 'commander';
import type { Done } from '../../command-line.ts';
import { EXIT } from '../../errors.ts';
import { writeText } from '../../standard-output.ts';

export function addList(program: Command, done: Done): void {
  program
    .command('list')
    .description('list the networks, and the labs that are up')
    .action(async () => {
      const { loadNetwork, networkNames } = await import('../../../lab/network/network.ts');
      const { journalNames } = await import('../../../lab/network/journal.ts');
      const names = networkNames();
      const width = Math.max(...names.map((name) => name.length));
      const lines = names.map((name) => `${name.padEnd(width)}  ${loadNetwork(name).title}`);
      const labs = journalNames();
      if (labs.length > 0) lines.push('', `labs: ${labs.join(', ')}`);
      writeText(lines.map((line) => `${line}\n`).join(''));
      done(EXIT.done);
    });
}
