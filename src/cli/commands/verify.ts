/** `tunnelscope verify`: were the tunneled pings answered? */
import { type Command, Option } from 'commander';
import type { PingDemands } from '../../verdict/ping-demands.ts';
import type { Done } from '../command-line.ts';
import { parseNumber } from '../flag-values.ts';
import { readSeveral, type SeveralInputOptions, withInput } from '../input-options.ts';
import {
  parsePair,
  parseShare,
  parseTime,
  parseTunnelDemand,
  type TunnelDemand,
} from './verify/demand-flags.ts';
import type { ReportOptions, VerdictFormat } from './verify/reporter.ts';
import type { VerifyOptions } from './verify/verify-captures.ts';

const FORMATS: readonly VerdictFormat[] = ['table', 'json', 'tap', 'github'];

interface VerifyFlags extends SeveralInputOptions, ReportOptions, Omit<PingDemands, keyof TunnelDemand> {
  spec?: string;
  expect?: TunnelDemand;
  /** Commander's way with a flag that begins with --no-: true where it was not given. */
  findings: true | 'error' | 'warning';
  /** Milliseconds. */
  timeout?: number;
}

export function addVerify(program: Command, done: Done): void {
  withInput(program.command('verify'), readSeveral('a verdict for each'))
    .description('were the tunneled pings answered? verdict, table, exit code 0 or 1')
    .argument('[filter...]', 'capture files, or a filter in libpcap’s language')
    .addOption(new Option('-T, --format <format>', 'how to print the verdict').choices(FORMATS))
    .option('--json-lines', 'each ping as it happens, one JSON object a line, and the verdict as the last')
    .option('--junit <file>', 'write the verdict to a file as JUnit XML too; where there is none, why')
    .option(
      '--spec <file>',
      'named checks from a YAML file: pings, layers, fields, counts; - is standard input',
    )
    .option(
      '--expect <tunnel=KIND,vni=N,port=N>',
      'all pings go through such a tunnel, there and back: tunnel=vxlan,vni=42; tunnel=none',
      parseTunnelDemand,
    )
    .option(
      '--outer <src,dst>',
      "that tunnel's ends, as the requests go: addresses or networks",
      parsePair('--outer'),
    )
    .option(
      '--inner <src,dst>',
      'only pings from SRC to DST count: addresses or networks',
      parsePair('--inner'),
    )
    .option('--min-answered <n>', 'at least N requests are answered', parseNumber('--min-answered', 1))
    .option('--max-loss <share>', 'at most so many are not: 0%, 2.5%', parseShare)
    .option('--max-rtt <duration>', 'no answer takes longer: 5ms, 0.5s, 250us', parseTime('--max-rtt'))
    .addOption(
      new Option(
        '--no-findings <severity>',
        'no finding that is an error; with warning, none that is an error or a warning',
      ).choices(['error', 'warning']),
    )
    .option(
      '--timeout <duration>',
      'a reply that takes longer does not count; where not given every one does, and one over 1s is a finding',
      parseTime('--timeout'),
    )
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
  const demands = { ...expect, outer, inner, minAnswered, maxLoss, maxRtt };
  const noFindings = findings === true ? undefined : findings;
  const isDemand = noFindings !== undefined || Object.values(demands).some((value) => value !== undefined);
  return {
    ...options,
    files: [read].flat(),
    noFindings,
    demands: isDemand ? demands : undefined,
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
