/** `tunnelscope snapshot -r FILE`: packets as text to keep; with `--check`, whether a capture is still what it was. */
import type { Command } from 'commander';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { GROUP, withExamples } from '../help.ts';
import { withInput, withOneFile } from '../input-options.ts';
import type { SnapshotOptions } from './snapshot/snapshot-capture.ts';

export function addSnapshot(program: Command, done: Done): void {
  const command = program.command('snapshot');
  withExamples(command, [
    ['tunnelscope snapshot -r ping.pcap --mask volatile -o ping.txt', 'write a snapshot'],
    ['tunnelscope snapshot -r ping.pcap --check ping.txt', 'compare a capture with it'],
    ['tunnelscope snapshot -r ping.pcap --check ping.txt --update', 'accept what changed'],
  ]);
  withInput(command)
    .summary('write packets as text to keep with a test, or compare with it')
    .description(
      'Writes every layer and field as text to keep with a test. --check compares a capture with such a snapshot: exit code 0 if they are the same, 1 if not.',
    )
    .argument('[filter...]', 'a capture file, then a capture filter in libpcap’s language', collectWords)
    .optionsGroup(GROUP.expect)
    .option('--check <file>', 'compare with this snapshot, packet by packet and field by field')
    .option('-u, --update', 'with --check: rewrite the snapshot if it differs')
    .optionsGroup(GROUP.print)
    .option(
      '--mask <fields>',
      'leave these fields out, by filter name: ip.ttl,eth.src; volatile: times, MAC addresses, identifications, checksums, …',
      parseNames,
    )
    .optionsGroup(GROUP.write)
    .option('-o, --output <file>', 'write the snapshot to a file')
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { snapshot } = await import('./snapshot/snapshot-capture.ts');
      done(await snapshot(withOneFile<SnapshotOptions>(command.optsWithGlobals()), words));
    });
}

/** `ip.id,eth.src`; repeatable. */
function parseNames(text: string, previous: string[] = []): string[] {
  return [...previous, ...text.split(',').map((name) => name.trim())];
}
