import { type Command, Option } from 'commander';
import type { Done } from '../../command-line.ts';
import { type LabFlags, labOf, parseInterval, withLab } from './lab-options.ts';
import { up } from './up.ts';
import type { WatchOptions } from './watch/watch-lab.ts';

export function addWatch(program: Command, done: Done): void {
  withLab(program.command('watch'))
    .description('pings that go on, each shown from point to point, and where an envelope is put around it')
    .argument('[network]', 'brought up for this, and taken down afterwards, where it is not up')
    .option('--from <node>', 'pings come from here')
    .option('--to <node|address>', 'and go there')
    .option('-i, --interval <seconds>', 'between two pings', parseInterval)
    .addOption(
      new Option('--engine <engine>', 'cap: npm cap, for one point of the way').choices(['ring', 'cap']),
    )
    .option('--user <name|uid[:gid]>', 'become this user once all is open (with sudo: who called it)')
    .action(async (network: string | undefined, { lab, ...options }: WatchOptions & LabFlags) => {
      const { watch, watchNetwork } = await import('./watch/watch-lab.ts');
      if (network === undefined) {
        done(await watch(await labOf(lab === undefined ? {} : { lab }), options));
        return;
      }
      const { loadNetwork } = await import('../../../lab/network/network.ts');
      const name = lab ?? loadNetwork(network).name;
      done(await watchNetwork(name, options, () => up(network, { as: name })));
    });
}
