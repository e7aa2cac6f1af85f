/** `tunnelscope verify`: were the tunneled pings answered? */
import { type Command, Option } from 'commander';
import type { PingDemands } from '../../verdict/ping-demands.ts';
import { collectWords } from '../bundled.ts';
import type { Done } from '../command-line.ts';
import { parseNumber } from '../flag-values.ts';
import { GROUP, withExamples } from '../help.ts';
import { readSeveral, type SeveralInputOptions, WHY, withInput } from '../input-options.ts';
import { type Expected, parseExpected, parsePair, parseShare, parseTime } from './verify/demand-flags.ts';
import type { ReportOptions, VerdictFormat } from './verify/reporter.ts';
import type { VerifyOptions } from './verify/verify-captures.ts';

const FORMATS: readonly VerdictFormat[] = ['table', 'json', 'tap', 'github', 'markdown'];

interface VerifyFlags
  extends SeveralInputOptions,
    ReportOptions,
    Omit<PingDemands, keyof NonNullable<Expected['pings']>> {
  spec?: string;
  expect?: Expected;
  /** Commander's way with a flag that begins with --no-: true if it was not given. */
  findings: true | 'error' | 'warning';
  /** Milliseconds. */
  timeout?: number;
  mtu?: number;
}

export function addVerify(program: Command, done: Done): void {
  const command = program.command('verify');
  withExamples(command, [
    ['tunnelscope verify ping.pcap', 'were the pings answered?'],
    [
      'tunnelscope verify ping.pcap --expect tunnel=vxlan,vni=42 --max-rtt 5ms',
      'through this tunnel, and fast enough?',
    ],
    ['sudo tunnelscope verify -i eth0 -a duration:10', 'live, for ten seconds'],
    ['tunnelscope verify ping.pcap --junit report.xml', 'for continuous integration'],
    ['tunnelscope verify ping.pcap --html report.html', 'a page to share'],
  ]);
  withInput(command, readSeveral('a verdict for each'))
    .summary('were the tunneled pings answered?')
    .description(
      'Were the tunneled pings answered? Prints a verdict, a table and what went wrong. Exit code: 0 if all expectations were met, 1 if not.',
    )
    .argument('[filter...]', 'capture files, then a capture filter in libpcap’s language', collectWords)
    .optionsGroup(GROUP.capture)
    .option(...WHY)
    .optionsGroup(GROUP.expect)
    .option(
      '--spec <file>',
      'named checks from a YAML file: pings, layers, fields, counts; - is standard input',
    )
    .option(
      '--expect <what>',
      'all pings go through such a tunnel, in both directions: tunnel=vxlan,vni=42,port=4789; tunnel=gre,key=7; tunnel=none. With proto=, TCP, DNS or UDP instead, which must also be answered: proto=tcp,port=443,tunnel=vxlan',
      parseExpected,
    )
    .option(
      '--outer <src,dst>',
      'the tunnel’s ends, in the direction of the requests: addresses or networks',
      parsePair('--outer'),
    )
    .option(
      '--inner <src,dst>',
      'count only pings, and what else is expected, from SRC to DST: addresses or networks',
      parsePair('--inner'),
    )
    .option('--min-answered <n>', 'at least N requests are answered', parseNumber('--min-answered', 1))
    .option('--max-loss <share>', 'at most this share is lost: 0%, 2.5%', parseShare)
    .option('--max-rtt <duration>', 'no answer takes longer: 5ms, 0.5s, 250us', parseTime('--max-rtt'))
    .addOption(
      new Option('--no-findings <severity>', 'fail on findings of this severity or above').choices([
        'error',
        'warning',
      ]),
    )
    .option(
      '--timeout <duration>',
      'ignore replies that take longer (default: every reply counts; one over 1s is a finding)',
      parseTime('--timeout'),
    )
    .option(
      '--mtu <bytes>',
      'the path’s MTU, to report what is too large for it (default: that of the one interface, if live)',
      parseNumber('--mtu', 68, 65_535),
    )
    .optionsGroup(GROUP.print)
    .addOption(new Option('-T, --format <format>', '(default: table)').choices(FORMATS))
    .option(
      '--json-lines',
      'one JSON object per ping, connection and query as it happens; the last line is the verdict',
    )
    .optionsGroup(GROUP.write)
    .option('--junit <file>', 'write the verdict as JUnit XML too; on failure, the reason')
    .option('--html <file>', 'write the verdict as a self-contained web page; - is standard output')
    .option('--svg <file>', 'write round trips over time as a picture; - is standard output')
    .action(async (words: string[], _flags: unknown, command: Command) => {
      const { verify } = await import('./verify/verify-captures.ts');
      done(await verify(optionsOf(command.optsWithGlobals<VerifyFlags>()), words));
    });
}

function optionsOf(flags: VerifyFlags): VerifyOptions {
  const {
    read = [],
    expect,
    outer,
    inner,
    minAnswered,
    maxLoss,
    maxRtt,
    findings,
    timeout,
    ...options
  } = flags;
  const others = { outer, inner, minAnswered, maxLoss };
  const demands = { ...expect?.pings, ...others, maxRtt };
  const exchanges = (expect?.exchanges ?? []).map((words) => ({ ...words, ...others, maxTime: maxRtt }));
  const noFindings = findings === true ? undefined : findings;
  // What is expected of something else alone is not expected of pings.
  const isOfPings = exchanges.length === 0 || expect?.pings !== undefined;
  const isDemand = noFindings !== undefined || Object.values(demands).some((value) => value !== undefined);
  return {
    ...options,
    files: read,
    noFindings,
    demands: isDemand && isOfPings ? demands : undefined,
    exchanges,
    timeoutMilliseconds: timeout,
  };
}

/**
 * Tells of a run that came to nothing in the reports that its words ask for, where they ask for `verify`.
 *
 * @param argv the words after `node script`
 */
export async function reportVerifyFailure(argv: readonly string[], failure: unknown): Promise<void> {
  if (!argv.includes('verify')) return;
  (await import('./verify/verify-reports.ts')).reportFailure(argv, failure);
}
