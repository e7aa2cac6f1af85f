/** `tunnelscope explain -r FILE -n N`: one packet, layer by layer, for people who learn. */
import type { Command } from 'commander';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { parseNumber } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import { MTU, withOneFile, withSource } from '../input-options.ts';
import type { ExplainOptions } from './explain/explain-packet.ts';

export function addExplain(program: Command, done: Done): void {
  const command = program.command('explain');
  withExamples(command, [
    ['tunnelscope explain -r ping.pcap -n 3', 'the third packet'],
    ['tunnelscope explain -r ping.pcap -Y icmp --html packet.html', 'the first ping, as a web page'],
  ]);
  withSource(command)
    .summary('explain one packet, layer by layer')
    .description('Explains one packet, layer by layer, for people who are learning.')
    .argument('[filter...]', 'a capture file, then a capture filter in libpcap’s language', collectWords)
    .optionsGroup(GROUP.choose)
    .option('-n, --number <n>', 'the packet’s number (default: the first that matches)', parseNumber('-n', 1))
    .optionsGroup(GROUP.print)
    .option('--width <columns>', 'width of the text', parseNumber('--width', 60, 1000))
    .option(...MTU)
    .optionsGroup(GROUP.write)
    .option('--html <file>', 'write a self-contained web page; - is standard output')
    .option('--svg <file>', 'write a picture for slides; - is standard output')
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { explain } = await import('./explain/explain-packet.ts');
      done(await explain(withOneFile<ExplainOptions>(command.optsWithGlobals()), words));
    });
}
