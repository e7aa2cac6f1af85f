import type { Command } from 'commander';
import { escapeControls } from '../../../text/printable.ts';
import type { Done } from '../../command-line.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { writeText } from '../../standard-output.ts';
import type { LabFlags } from './lab-options.ts';

interface DownFlags extends LabFlags {
  all?: boolean;
  force?: boolean;
}

export function addDown(program: Command, done: Done): void {
  program
    .command('down')
    .description('take a lab down: everything it made, and nothing else')
    .argument('[name]', 'the lab’s name (default: the only lab)')
    .option('--lab <name>', 'the same')
    .option('--all', 'all labs')
    .option(
      '--force',
      'even if its journal is damaged: every namespace whose name begins with the lab’s and belongs to no other lab',
    )
    .action(async (name: string | undefined, flags: DownFlags) => {
      if (name !== undefined && flags.lab !== undefined && name !== flags.lab) {
        throw new UsageError(`both the lab ${name} and --lab ${flags.lab} were given; expected one of them`);
      }
      await down(name ?? flags.lab, flags);
      done(EXIT.done);
    });
}

async function down(name: string | undefined, { all, force }: DownFlags): Promise<void> {
  const { bringDown } = await import('../../../lab/network/down.ts');
  const { journalNames } = await import('../../../lab/network/journal.ts');
  const names = journalNames();
  if (all !== true && name === undefined && names.length !== 1) {
    throw new UsageError(
      names.length === 0
        ? 'no lab is up: there is nothing to take down'
        : `several labs are up: ${names.join(', ')}; name one, or use --all`,
    );
  }
  for (const one of all === true ? names : [name ?? (names[0] as string)]) {
    const { namespaces, processes, foreign, byInode } = await bringDown(one, { isForced: force === true });
    writeText(`lab ${one} is down: ${namespaces.length} namespaces removed, ${processes} processes ended\n`);
    for (const namespace of foreign) {
      console.error(
        escapeControls(`tunnelscope: namespace ${namespace} was left alone: it does not belong to this lab`),
      );
    }
    if (byInode) {
      console.error(
        'tunnelscope: namespaces were identified by inode alone: this kernel has no namespace cookies (Linux 5.14)',
      );
    }
  }
}
