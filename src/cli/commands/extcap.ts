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

/** What Wireshark says, and nobody types. */
const PROTOCOL: readonly Option[] = [
  new Option('--extcap-interfaces'),
  new Option('--extcap-version [version]'),
  new Option('--extcap-interface <value>'),
  new Option('--extcap-dlts'),
  new Option('--extcap-config'),
  new Option('--extcap-capture-filter <expr>'),
  new Option('--capture'),
  new Option('--fifo <path>'),
  // The arguments that --extcap-config offers.
  new Option('--display-filter <expr>'),
  new Option('--snaplen <bytes>').argParser(parseNumber('--snaplen', 0, 262144)),
  new Option('--no-promiscuous'),
  // Said by the script of `install --sudo`, so that sudo can be told to allow nothing else.
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
    .addArgument(new Argument('[action]', 'put it into Wireshark’s folder, or take it out').choices(ACTIONS))
    .optionsGroup(GROUP.other)
    .option(
      '--folder <folder>',
      'Wireshark’s folder for extcap programs (default: as tshark -G folders says)',
    )
    .option('--sudo', 'let Wireshark call it through sudo, for users who may not capture themselves');
  for (const option of PROTOCOL) command.addOption(option.hideHelp());
  command.action(async (action: (typeof ACTIONS)[number] | undefined, flags: ExtcapFlags) => {
    if (action === undefined) {
      const { answer } = await import('./extcap/answer.ts');
      return done(await answer(flags, program.version() ?? ''));
    }
    if (flags.forCaller === true) {
      throw new UsageError(`--for-caller is for captures; expected extcap ${action} without it`);
    }
    const { install, uninstall } = await import('./extcap/install.ts');
    done(action === 'install' ? install(flags) : uninstall(flags));
  });
}
