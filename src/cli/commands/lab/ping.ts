import { type Command, Option } from 'commander';
import type { Lab } from '../../../lab/network/labs.ts';
import type { Exchange, ExchangeOptions } from '../../../lab/network/try-exchange.ts';
import { escapeControls } from '../../../text/printable.ts';
import type { Done } from '../../command-line.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { parseNumber } from '../../flag-values.ts';
import { interruptible } from '../../signals.ts';
import { writeText } from '../../standard-output.ts';
import { type LabFlags, labOf, parseInterval, withLab } from './lab-options.ts';

interface PingFlags extends LabFlags {
  count?: number;
  interval?: number;
  tcp?: number;
  dns?: string | true;
  size?: number;
}

/** Of a query, where the network does not say one. */
const DEFAULT_NAME = 'lab.test';

export function addPing(program: Command, done: Done): void {
  withLab(program.command('ping'))
    .description('ping from node to node (default: the ping the network is about)')
    .argument('[from]', 'a node: h1-ns1')
    .argument('[to]', 'a node, or an address')
    .option('-c, --count <n>', 'stop after N pings', parseNumber('-c', 1))
    .option('-i, --interval <seconds>', 'time between two pings', parseInterval)
    .addOption(
      new Option('--tcp <port>', 'connect by TCP instead, and send bytes that a server there sends back')
        .argParser(parseNumber('--tcp', 1, 65535))
        .conflicts('dns'),
    )
    .option('--dns [name]', `ask a DNS server there for a name instead (default: ${DEFAULT_NAME})`, parseName)
    .option('--size <bytes>', 'bytes that --tcp sends (default: 64)', parseNumber('--size', 1, 1 << 24))
    .action(async (from: string | undefined, to: string | undefined, flags: PingFlags, command: Command) => {
      const { count, interval, tcp, dns, size } = flags;
      if (size !== undefined && tcp === undefined) {
        throw new UsageError('--size is for --tcp; a ping takes its size after --: lab ping -- -s 1400');
      }
      const lab = await labOf(flags);
      if (tcp !== undefined || dns !== undefined) {
        if (command.args.length > 2) {
          throw new UsageError('options after -- are for ping; --tcp and --dns take none');
        }
        const exchange = tcp === undefined ? { dns: dns === true ? DEFAULT_NAME : (dns as string) } : { tcp };
        return done(await tryHere(lab, exchange, { from, to, count, interval, size }));
      }
      const { shellLine } = await import('../../../lab/network/step-commands.ts');
      const { pingWords, runHere } = await import('../../../lab/network/run.ts');
      // What comes after -- goes to ping as it is.
      const options = command.args.slice(2);
      const words = pingWords(lab, {
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

/** @returns 0 where one was answered, else 1, as ping does */
async function tryHere(lab: Lab, exchange: Exchange, options: ExchangeOptions): Promise<number> {
  const { tryExchanges } = await import('../../../lab/network/try-exchange.ts');
  return interruptible(async (signal) => {
    const onText = (text: string) => writeText(`${escapeControls(text)}\n`);
    const { tried, answered } = await tryExchanges(lab, exchange, { ...options, onText, signal });
    const [one, several] = 'tcp' in exchange ? ['connection', 'connections'] : ['query', 'queries'];
    writeText(`${tried} ${tried === 1 ? one : several}, ${answered} answered\n`);
    return answered > 0 ? EXIT.done : EXIT.notMet;
  });
}

function parseName(text: string): string {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(text) && text.length <= 253) return text;
  throw new UsageError(`--dns "${escapeControls(text)}" is not a name; expected one such as lab.test`);
}
