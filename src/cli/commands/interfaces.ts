/** `tunnelscope interfaces`: what can be captured on. */
import { type Command, Option } from 'commander';
import type { Done } from '../command-line.ts';
import { GROUP, withExamples } from '../help.ts';
import { HOST_ROOT } from '../input-options.ts';
import type { InterfacesOptions } from './interfaces/show-interfaces.ts';

export function addInterfaces(program: Command, done: Done): void {
  const command = program.command('interfaces');
  withExamples(command, [
    ['sudo tunnelscope interfaces', 'all network namespaces'],
    ['tunnelscope interfaces -T json', 'for a script'],
    ['sudo tunnelscope interfaces --svg host.svg', 'namespaces, devices and tunnels as a picture'],
  ]);
  command
    .summary('list the interfaces to capture on')
    .description('Lists the interfaces to capture on, in every network namespace.')
    .optionsGroup(GROUP.capture)
    .option(...HOST_ROOT)
    .optionsGroup(GROUP.print)
    .addOption(
      new Option('-T, --format <format>', '(default: table)').choices(['table', 'json', 'mermaid', 'dot']),
    )
    .optionsGroup(GROUP.write)
    .option('--svg <file>', 'write a picture of namespaces, devices and tunnels; - is standard output')
    .action(async (_flags: unknown, command: Command) => {
      const { showInterfaces } = await import('./interfaces/show-interfaces.ts');
      done(await showInterfaces(command.optsWithGlobals<InterfacesOptions>()));
    });
}
