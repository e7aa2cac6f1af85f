/** `tunnelscope explain -r FILE -n N`: one packet, layer by layer, for people who learn. */
import type { Command } from 'commander';
import type { Done } from '../command-line.ts';
import { parseNumber } from '../flag-values.ts';
import { MTU, withSource } from '../input-options.ts';
import type { ExplainOptions } from './explain/explain-packet.ts';

export function addExplain(program: Command, done: Done): void {
  withSource(program.command('explain'))
    .description('one packet, layer by layer, for people who learn')
    .argument('[filter...]', 'a capture file, or a filter in libpcap’s language')
    .option(
      '-n, --number <n>',
      'the packet’s number; the first that passes the filters where not given',
      parseNumber('-n', 1),
    )
    .option('--width <columns>', 'columns of the text', parseNumber('--width', 60, 1000))
    .option('--html <file>', 'write one page that needs nothing else; - is standard output')
    .option('--svg <file>', 'write a picture for slides; - is standard output')
    .option(...MTU)
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { explain } = await import('./explain/explain-packet.ts');
      done(await explain(command.optsWithGlobals<ExplainOptions>(), words));
    });
}
