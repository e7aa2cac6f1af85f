/** What is expected of a capture: by flags, and by a file of checks. */
import { escapeControls } from '../../../text/printable.ts';
import type { ExchangeDemands } from '../../../verdict/exchange-demands.ts';
import type { Expectation } from '../../../verdict/expectation.ts';
import type { PingDemands } from '../../../verdict/ping-demands.ts';
import type { CompiledSpecification } from '../../../verdict/specification.ts';
import { UsageError } from '../../errors.ts';

export interface ExpectationOptions {
  /** A file of named checks. */
  spec?: string;
  /** What is expected of the pings by flags; undefined if no flag says anything. */
  demands?: PingDemands | undefined;
  /** What is expected of connections, queries and flows by flags. */
  exchanges?: readonly ExchangeFlags[];
  noFindings?: 'error' | 'warning' | undefined;
  timeoutMilliseconds?: number | undefined;
  /** Packets that are read at most. */
  count?: number;
}

/** As {@link ExchangeDemands}, with values that are not checked yet. */
type ExchangeFlags = Omit<ExchangeDemands, 'proto'> & { readonly proto: string };

const STANDARD_INPUT = 0;

/**
 * Compiles what is expected.
 *
 * @returns makes the expectations again, for each capture: those on packets remember what they saw
 * @throws {UsageError | RangeError} if anything in them is not understood
 */
export async function compileExpectations(options: ExpectationOptions): Promise<() => CompiledSpecification> {
  const { spec, timeoutMilliseconds } = options;
  const flags = await flagExpectations(options);
  const compile = spec === undefined ? undefined : await openSpecification(spec);
  const compileAll = (): CompiledSpecification => {
    const own = compile?.();
    return {
      expectations: [...flags, ...(own?.expectations ?? [])],
      timeoutMilliseconds: timeoutMilliseconds ?? own?.timeoutMilliseconds,
      packet: own?.packet,
    };
  };
  compileAll();
  return compileAll;
}

/** The specification that `--spec` names. */
async function openSpecification(spec: string): Promise<() => CompiledSpecification> {
  const name = spec === '-' ? 'standard input' : escapeControls(spec);
  const { CheckedYamlError, readYamlText } = await import('../../../text/checked-yaml.ts');
  let text: string;
  try {
    text = readYamlText(spec === '-' ? STANDARD_INPUT : spec, name);
  } catch (error) {
    if (error instanceof CheckedYamlError) throw new UsageError(`--spec ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--spec ${name}: can't be read (${code}); expected a YAML file of checks`);
  }
  const { compileSpecification } = await import('../../../verdict/specification.ts');
  return () => compileSpecification(text, name, spec !== '-');
}

const FLAGS: Readonly<Record<string, string>> = {
  proto: '--expect proto',
  tunnel: '--expect tunnel',
  vni: '--expect vni',
  key: '--expect key',
  session: '--expect session',
  teid: '--expect teid',
  port: '--expect port',
  tunnelPort: '--expect tunnel-port',
  maxTime: '--max-rtt',
};

const flagOf = (key: string) => FLAGS[key] ?? `--${key}`;

/** What the flags demand, each under a name of its own. */
async function flagExpectations(options: ExpectationOptions): Promise<Expectation[]> {
  const { demands, exchanges = [], noFindings, count } = options;
  if (demands === undefined && exchanges.length === 0 && noFindings === undefined) return [];
  const { expectEach, expectNoFindings } = await import('../../../verdict/ping-expectation.ts');
  const expectations: Expectation[] = [];
  if (demands !== undefined) {
    const { minAnswered } = demands;
    if (minAnswered !== undefined && count !== undefined && count < 2 * minAnswered) {
      throw new UsageError(
        `--min-answered ${minAnswered} can't be met by -c ${count}: an answered ping is two packets; expected -c ${2 * minAnswered} or more`,
      );
    }
    const { requireDemands } = await import('../../../verdict/demands-schema.ts');
    expectations.push(...expectEach(requireDemands('', demands, flagOf)));
  }
  if (exchanges.length > 0) {
    const { requireExchangeDemands } = await import('../../../verdict/exchange-demands-schema.ts');
    const { expectEachExchange } = await import('../../../verdict/exchange-expectation.ts');
    for (const words of exchanges)
      expectations.push(...expectEachExchange(requireExchangeDemands('', words, flagOf)));
  }
  if (noFindings !== undefined)
    expectations.push(expectNoFindings(`no findings (${noFindings})`, noFindings));
  return expectations;
}
