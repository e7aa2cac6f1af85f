/** `tunnelscope drops`: what the kernel drops, and why, as it happens. */
import { type Command, Option } from 'commander';
import type { Done } from '../command-line.ts';
import { collect, parseNumber } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import { HOST_ROOT, USER, withAutostop } from '../input-options.ts';
import type { DropsOptions } from './drops/watch-drops.ts';

export function addDrops(program: Command, done: Done): void {
  const command = program.command('drops');
  withExamples(command, [
    ['sudo tunnelscope drops', 'all of this machine'],
    ['sudo tunnelscope drops -i eth0 -i h1:vxlan0', 'packets that were at these devices'],
    ['sudo tunnelscope drops -a duration:10 -T json-lines', 'for a script, ten seconds long'],
  ]);
  command
    .summary('show what the kernel drops, and why')
    .description(
      'Shows what the Linux kernel drops, in every network namespace, by reason, place and device, with what it means and what to do. Needs root.',
    )
    .optionsGroup(GROUP.capture)
    .option(
      '-i, --interface <name>',
      'only packets that were at this device; repeatable; NETNS:NAME: in another network namespace; pod:…, container:…',
      collect,
    )
    .option(...HOST_ROOT)
    .option(...USER)
    .optionsGroup(GROUP.choose)
    .option('-c, --count <n>', 'stop after N drops', parseNumber('-c', 1));
  withAutostop(command)
    .optionsGroup(GROUP.print)
    .addOption(new Option('-T, --format <format>', '(default: text)').choices(['text', 'json-lines']))
    .action(async (_flags: unknown, command: Command) => {
      const { watchDrops } = await import('./drops/watch-drops.ts');
      done(await watchDrops(command.optsWithGlobals<DropsOptions>()));
    });
}
