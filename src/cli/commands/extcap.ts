/** `tunnelscope extcap`: interfaces of every network namespace in Wireshark, which calls this very command (extcap(4)). */
import { Argument, type Command, Option } from 'commander';
import type { Done } from '../command-line.ts';
import { UsageError } from '../errors.ts';
import { parseNumber } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import type { ExtcapRequest } from './extcap/request.ts';

const ACTIONS = ['install', 'uninstall'] as const;

interface ExtcapFlags extends ExtcapRequest {
  folder?: string;
  sudo?: boolean;
  extcapVersion?: string;
}

/** Flags for Wireshark, which no one types. */
const PROTOCOL: readonly Option[] = [
  new Option('--extcap-interfaces'),
  new Option('--extcap-version [version]'),
  new Option('--extcap-interface <value>'),
  new Option('--extcap-dlts'),
  new Option('--extcap-config'),
  new Option('--extcap-capture-filter <expr>'),
  new Option('--capture'),
  new Option('--fifo <path>'),
  // The settings that --extcap-config offers.
  new Option('--display-filter <expr>'),
  new Option('--snaplen <bytes>').argParser(parseNumber('--snaplen', 0, 262144)),
  new Option('--no-promiscuous'),
  // Given by the script of `install --sudo`, so that a sudo rule can allow only this.
  new Option('--for-caller'),
];

export function addExtcap(program: Command, done: Done): void {
  const command = program.command('extcap');
  withExamples(command, [
    ['tunnelscope extcap install', 'then: tshark -D; tshark -i tunnelscope:h1:eth0'],
    ['tunnelscope extcap install --folder ~/.local/lib/wireshark/extcap', 'for a Wireshark of your own'],
  ]);
  command
    .summary('capture in network namespaces with Wireshark and tshark')
    .description('Makes interfaces in every network namespace capture interfaces of Wireshark and tshark.')
    .addArgument(
      new Argument('[action]', 'add it to Wireshark’s extcap folder, or remove it').choices(ACTIONS),
    )
    .optionsGroup(GROUP.other)
    .option('--folder <folder>', 'Wireshark’s extcap folder (default: the one that tshark -G folders prints)')
    .option('--sudo', 'have Wireshark call it through sudo, for users who may not capture');
  for (const option of PROTOCOL) command.addOption(option.hideHelp());
  command.action(async (action: (typeof ACTIONS)[number] | undefined, flags: ExtcapFlags) => {
    if (action === undefined) {
      const { answer } = await import('./extcap/answer.ts');
      return done(await answer(flags, program.version() ?? ''));
    }
    if (flags.forCaller === true) {
      throw new UsageError(`--for-caller is only for captures; leave it out of extcap ${action}`);
    }
    const { install, uninstall } = await import('./extcap/install.ts');
    done(action === 'install' ? install(flags) : uninstall(flags));
  });
}
