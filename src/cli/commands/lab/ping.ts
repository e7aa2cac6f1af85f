import type { Command } from 'commander';
import { escapeControls } from '../../../text/printable.ts';
import type { Done } from '../../command-line.ts';
import { parseNumber } from '../../flag-values.ts';
import { type LabFlags, labOf, parseInterval, withLab } from './lab-options.ts';

interface PingFlags extends LabFlags {
  count?: number;
  interval?: number;
}

export function addPing(program: Command, done: Done): void {
  withLab(program.command('ping'))
    .description('ping from node to node (default: the ping the network is about)')
    .argument('[from]', 'a node: h1-ns1')
    .argument('[to]', 'a node, or an address')
    .option('-c, --count <n>', 'stop after N pings', parseNumber('-c', 1))
    .option('-i, --interval <seconds>', 'time between two pings', parseInterval)
    .action(async (from: string | undefined, to: string | undefined, flags: PingFlags, command: Command) => {
      const { shellLine } = await import('../../../lab/network/step-commands.ts');
      const { pingWords, runHere } = await import('../../../lab/network/run.ts');
      const { count, interval } = flags;
      // What stands behind -- goes to ping as it is.
      const options = command.args.slice(2);
      const words = pingWords(await labOf(flags), {
        from,
        to,
        count,
        interval,
        ...(options.length > 0 && { options }),
      });
      console.error(`$ ${escapeControls(shellLine(words))}`);
      done(await runHere(words));
    })
    .allowExcessArguments();
}
