/** `tunnelscope doctor`: is this host's overlay set up so that it can work? */
import { type Command, Option } from 'commander';
import type { Done } from '../command-line.ts';
import { collect } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import type { DoctorOptions } from './doctor/examine-hosts.ts';

export function addDoctor(program: Command, done: Done): void {
  const command = program.command('doctor');
  withExamples(command, [
    ['sudo tunnelscope doctor', 'all network namespaces of this host'],
    ["sudo tunnelscope doctor 'socat-*'", 'some of them: those of a lab'],
    ['sudo tunnelscope doctor -T json > h1.json', 'on each host; then'],
    ['tunnelscope doctor --from h1.json --from h2.json', 'faults that show only if both ends are compared'],
  ]);
  command
    .summary('check this host’s tunnels, routes, MTUs and firewalls')
    .description(
      'Looks at tunnels, routes, neighbours, MTUs, firewalls and containers in every network namespace, and says what can’t work, why, and how to repair it. Sends nothing and changes nothing. Exit code: 0 if there is no error, 1 if there is one.',
    )
    .argument('[namespace...]', 'only network namespaces with these names; * stands for anything')
    .optionsGroup(GROUP.read)
    .option(
      '--from <file>',
      'examine a host’s facts, saved with -T json, instead of this host; repeatable',
      collect,
    )
    .optionsGroup(GROUP.print)
    .addOption(new Option('-T, --format <format>', '(default: table)').choices(['table', 'json']))
    .optionsGroup(GROUP.write)
    .option('--junit <file>', 'write the checks as JUnit XML too; on failure, the reason')
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { examineHosts } = await import('./doctor/examine-hosts.ts');
      done(await examineHosts(command.optsWithGlobals<DoctorOptions>(), words));
    });
}
