/** `tunnelscope snapshot -r FILE`: packets as text to keep; with `--check`, whether a capture is still what it was. */
import type { Command } from 'commander';
import type { Done } from '../command-line.ts';
import { withInput } from '../input-options.ts';
import type { SnapshotOptions } from './snapshot/snapshot-capture.ts';

export function addSnapshot(program: Command, done: Done): void {
  withInput(program.command('snapshot'))
    .description('every layer and field as text to keep beside a test; --check compares: exit code 0 or 1')
    .argument('[filter...]', 'a capture file, or a filter in libpcap’s language')
    .option(
      '--mask <field[,field…]>',
      'leave these fields open, by filter name; volatile: times, MACs, identifications, checksums, …',
      parseNames,
    )
    .option('-o, --output <file>', 'write it to a file')
    .option('--check <file>', 'compare with a snapshot, by packets and fields')
    .option('-u, --update', 'with --check: write the snapshot anew where it differs')
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { snapshot } = await import('./snapshot/snapshot-capture.ts');
      done(await snapshot(command.optsWithGlobals<SnapshotOptions>(), words));
    });
}

/** `ip.id,eth.src`; repeatable. */
function parseNames(text: string, previous: string[] = []): string[] {
  return [...previous, ...text.split(',').map((name) => name.trim())];
}
