/** `tunnelscope path`: each ping from point to point, and where it was seen last. */
import { type Command, Option } from 'commander';
import type { Done } from '../command-line.ts';
import { parseNumber } from '../flag-values.ts';
import { readSeveral, type SeveralInputOptions, withInput } from '../input-options.ts';
import type { PathOptions } from './path/follow-paths.ts';

type PathFlags = SeveralInputOptions & Pick<PathOptions, 'format' | 'oneClock' | 'width'>;

export function addPath(program: Command, done: Done): void {
  withInput(program.command('path'), readSeveral('one file a host'))
    .description('where was each ping seen, from point to point, and where last? exit code 0 or 1')
    .argument('[filter...]', 'capture files, or a filter in libpcap’s language')
    .addOption(new Option('-T, --format <format>', 'how to print').choices(['text', 'json']))
    .option('--one-clock', 'several files, recorded by one clock: nothing is estimated')
    .option('--width <columns>', 'make the table for so many columns', parseNumber('--width', 60, 1000))
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { read = [], ...options } = command.optsWithGlobals<PathFlags>();
      const { path } = await import('./path/follow-paths.ts');
      done(await path({ ...options, files: [read].flat() }, words));
    });
}
