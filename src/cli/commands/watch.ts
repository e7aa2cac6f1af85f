/** `tunnelscope watch`: pings, connections and queries by tunnel, all day, with metrics for Prometheus. */
import { isIP } from 'node:net';
import type { Command } from 'commander';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { UsageError } from '../errors.ts';
import { parseNumber } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import { withInput } from '../input-options.ts';
import { parseTime } from './verify/demand-flags.ts';

/** Where a port alone is given. */
const LOOPBACK = '127.0.0.1';

export function addWatch(program: Command, done: Done): void {
  const command = program.command('watch');
  withExamples(command, [
    ['sudo tunnelscope watch -i eth0 --metrics :9790', 'all day, for Prometheus on this machine'],
    ['sudo tunnelscope watch -i any --user nobody --metrics 0.0.0.0:9790', 'for a Prometheus elsewhere'],
    ['sudo tunnelscope watch -i eth0 --json-lines', 'what was lost and found, for log shippers'],
    ['sudo tunnelscope watch -i eth0 --metrics :9790 --export night', 'and everything as Parquet'],
    ['tunnelscope watch -r night.pcapng', 'what it would have said of a capture'],
  ]);
  withInput(command)
    .summary('follow pings, TCP and DNS by tunnel all day, with metrics for Prometheus')
    .description(
      'Follows pings, TCP connections and DNS queries by tunnel for as long as it runs, in bounded memory, and sends nothing itself. Counts are there as OpenMetrics text; each minute has a line.',
    )
    .argument('[filter...]', 'capture file, then a capture filter in libpcap’s language', collectWords)
    .optionsGroup(GROUP.expect)
    .option(
      '--timeout <duration>',
      'a request that has no reply by then is lost; at most the interval (default: 10s)',
      parseTime('--timeout'),
    )
    .optionsGroup(GROUP.print)
    .option('--json-lines', 'one JSON object for each loss, finding and interval')
    .option('--interval <duration>', 'so often a line, and findings (default: 60s)', parseTime('--interval'))
    .optionsGroup(GROUP.write)
    .option('--export <folder>', 'write packets and pings as Parquet there too, as export does')
    .option(
      '--export-every <duration>',
      'put files in place that often (default: 1 hour)',
      parseTime('--export-every'),
    )
    .optionsGroup(GROUP.network)
    .option(
      '--metrics <address>',
      'serve metrics over HTTP: PORT or :PORT on this machine alone, ADDRESS:PORT, [IPV6]:PORT',
      parseMetricsAddress,
    )
    .option(
      '--series <n>',
      'so many tunnels have counts of their own, others are counted together (default: 1000)',
      parseNumber('--series', 0, 100_000),
    )
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { watchTunnels } = await import('./watch/watch-tunnels.ts');
      done(await watchTunnels(command.optsWithGlobals(), words, program.version() ?? ''));
    });
}

/** `:9790`, `127.0.0.1:9790`, `[::1]:9790`. Names are not looked up. */
function parseMetricsAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain = '', digits] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? (plain === '' ? LOOPBACK : plain);
  const isAddress = bracketed === undefined ? isIP(host) === 4 : isIP(host) === 6;
  if (digits === undefined || Number(digits) > 65_535 || !isAddress)
    throw new UsageError(
      `--metrics "${text}" is not understood; expected :PORT, ADDRESS:PORT or [IPV6]:PORT, as in :9790 or 0.0.0.0:9790`,
    );
  return { host, port: Number(digits) };
}
