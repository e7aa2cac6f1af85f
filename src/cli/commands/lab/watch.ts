import { type Command, Option } from 'commander';
import type { Done } from '../../command-line.ts';
import { type LabFlags, labOf, parseInterval, withLab } from './lab-options.ts';
import { up } from './up.ts';
import type { WatchOptions } from './watch/watch-lab.ts';

export function addWatch(program: Command, done: Done): void {
  withLab(program.command('watch'))
    .description('ping continuously, and show each ping from point to point and where it is encapsulated')
    .argument('[network]', 'a network to bring up for this, if it is not up, and take down afterwards')
    .option('--from <node>', 'ping from this node')
    .option('--to <node>', 'ping this node or address')
    .option('-i, --interval <seconds>', 'time between two pings', parseInterval)
    .addOption(
      new Option(
        '--engine <engine>',
        'how to capture: ring (Linux’s own), or cap (npm cap, for one point of the path)',
      ).choices(['ring', 'cap']),
    )
    .option(
      '--user <user>',
      'become this user, name or uid[:gid], once everything is open (default: the user who called sudo)',
    )
    .action(async (network: string | undefined, { lab, ...options }: WatchOptions & LabFlags) => {
      const { watch, watchNetwork } = await import('./watch/watch-lab.ts');
      if (network === undefined) {
        done(await watch(await labOf(lab === undefined ? {} : { lab }), options));
        return;
      }
      const { loadNetwork } = await import('../../../lab/network/network.ts');
      const name = lab ?? loadNetwork(network).name;
      done(await watchNetwork(name, options, () => up(network, { lab: name })));
    });
}
