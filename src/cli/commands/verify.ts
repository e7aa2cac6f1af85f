/** `tunnelscope verify`: were the tunneled pings answered? */

import { isatty } from 'node:tty';
import { createDecoder, type Decoder } from '../../decode/decoder.ts';
import { LayerStack } from '../../decode/layer-stack.ts';
import type { DisplayFilter } from '../../display-filter/display-filter.ts';
import { PacketRecord } from '../../output/printer.ts';
import {
  CaptureError,
  type CaptureInterface,
  type PacketBatch,
  type PacketSource,
} from '../../packet/source.ts';
import { asciiJson, escapeControls } from '../../text/printable.ts';
import type { CaptureReport } from '../../verdict/ci-reports.ts';
import type { Expectation } from '../../verdict/expectation.ts';
import { formatReport } from '../../verdict/report.ts';
import type { CompiledSpecification } from '../../verdict/specification.ts';
import { createPingTracker, type PingTracker } from '../../verdict/verify.ts';
import { nonePassed } from '../capture-filter.ts';
import { EXIT, errorText, UsageError } from '../errors.ts';
import { requireInputKept } from '../input-kept.ts';
import { filesOf, requireNamedInput, resolveInput } from '../options.ts';
import type { VerifyOptions } from '../program.ts';
import { openDisplayFilter, readPackets, tryOpenSources } from '../session.ts';
import { writeText } from '../standard-output.ts';
import { followPings } from './verify/follow-pings.ts';

const STANDARD_INPUT = 0;

/**
 * Decodes each packet, has the tracker see those that the display filter lets pass, and whoever else looks at packets.
 *
 * @param filter all packets, where not given
 */
function trackMatches(
  tracker: PingTracker,
  { decode }: Decoder,
  filter: DisplayFilter | undefined,
  interfaces: readonly CaptureInterface[],
  observe: ((record: PacketRecord) => void) | undefined,
): (batch: PacketBatch, count: number) => void {
  const stack = new LayerStack();
  const record = new PacketRecord(stack, interfaces);
  return (batch, count) => {
    const { view, start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    for (let i = 0; i < count; i++) {
      record.advance(batch, i);
      const index = interfaceIndex[i];
      decode(view, start[i], capturedLength[i], originalLength[i], interfaces[index].linkType, stack);
      if (stack.fragment >= 0) record.reassemble(tracker.reassembler);
      if (filter !== undefined && !filter.matches(record)) continue;
      observe?.(record);
      tracker.packet(record.view, stack, record.number, seconds[i], nanoseconds[i], index);
    }
  };
}

/**
 * What expectations are made anew from for each capture, as those on packets remember what they saw.
 *
 * @throws {UsageError | RangeError} where anything in them is not understood
 */
async function compileExpectations(options: VerifyOptions): Promise<() => CompiledSpecification> {
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
  const { CheckedYamlError, readYamlText } = await import('../../text/checked-yaml.ts');
  let text: string;
  try {
    text = readYamlText(spec === '-' ? STANDARD_INPUT : spec, name);
  } catch (error) {
    if (error instanceof CheckedYamlError) throw new UsageError(`--spec ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--spec ${name}: can't be read (${code}); expected a YAML file of checks`);
  }
  const { compileSpecification } = await import('../../verdict/specification.ts');
  return () => compileSpecification(text, name, spec !== '-');
}

const FLAGS: Readonly<Record<string, string>> = {
  tunnel: '--expect tunnel',
  vni: '--expect vni',
  port: '--expect port',
};

/** What the flags demand, each under a name of its own. */
async function flagExpectations({ demands, noFindings, count }: VerifyOptions): Promise<Expectation[]> {
  if (demands === undefined) return [];
  const { minAnswered } = demands;
  if (minAnswered !== undefined && count !== undefined && count < 2 * minAnswered) {
    throw new UsageError(
      `--min-answered ${minAnswered} can't be met by -c ${count}: an answered ping is two packets; expected -c ${2 * minAnswered} or more`,
    );
  }
  const { requireDemands } = await import('../../verdict/demands-schema.ts');
  const { expectEach, expectNoFindings } = await import('../../verdict/ping-expectation.ts');
  const expectations = expectEach(requireDemands('', demands, (key) => FLAGS[key] ?? `--${key}`));
  if (noFindings !== undefined)
    expectations.push(expectNoFindings(`no findings (${noFindings})`, noFindings));
  return expectations;
}

/** What prints and writes reports, loaded before root is given up. */
async function createReporter({ format, jsonLines, junit }: VerifyOptions) {
  const isReport = junit !== undefined || format === 'tap' || format === 'github';
  const files = isReport ? await import('./verify/verify-reports.ts') : undefined;
  const reports = isReport ? await import('../../verdict/ci-reports.ts') : undefined;
  const terminal = isatty(1);
  const look = terminal ? { width: process.stdout.columns, color: process.stdout.hasColors() } : {};

  function printOne({ capture, verdict }: CaptureReport, isOnly: boolean): void {
    if (verdict === undefined) return;
    if (jsonLines === true) writeText(`${asciiJson({ event: 'verdict', ...verdict })}\n`);
    else if (format === 'json') writeText(`${asciiJson(isOnly ? verdict : { file: capture, ...verdict })}\n`);
    else writeText(`${isOnly ? '' : `${capture}\n\n`}${formatReport(verdict, look)}${isOnly ? '' : '\n'}`);
  }

  return {
    /** Before anything is read. */
    begin(capture: string) {
      if (junit !== undefined) files?.beginJunit(junit, capture);
    },
    end(results: readonly CaptureReport[]) {
      if (junit !== undefined) files?.writeJunit(junit, results);
      if (format === 'tap' && reports !== undefined) return writeText(reports.formatTap(results));
      // GitHub's runner shows what is no annotation as it is.
      if (format === 'github' && reports !== undefined) writeText(reports.formatGithub(results));
      for (const one of results) printOne(one, results.length === 1);
      if (results.length === 1 || format === 'json') return;
      const passed = results.filter(
        ({ verdict, error }) => verdict?.verdict === 'pass' && error === undefined,
      );
      const word = passed.length === results.length ? 'PASS' : 'FAIL';
      writeText(`${word}  ${passed.length} of ${results.length} captures\n`);
    },
  };
}

/** @throws {UsageError} where options contradict each other */
function checkOptions(
  { format, jsonLines, junit, spec, interface: interfaces = [] }: VerifyOptions,
  files: readonly string[],
) {
  if (jsonLines === true && format !== undefined && format !== 'json') {
    throw new UsageError(
      `--json-lines prints JSON, and -T ${format} does not; expected one of them (--junit FILE goes with both)`,
    );
  }
  if (jsonLines === true && files.length > 1)
    throw new UsageError(`--json-lines tells of one capture; received ${files.length} files`);
  if (spec === '-' && files.includes('-'))
    throw new UsageError('--spec - and -r - both read standard input; expected a file for one of them');
  if (interfaces.length > 0 && files.length > 0)
    throw new UsageError('both -r (a file) and -i (live) were given; expected one of them');
  requireInputKept('--junit', junit, [...files, spec]);
}

export async function verify(options: VerifyOptions, words: readonly string[]): Promise<number> {
  const isLive = (options.interface ?? []).length > 0 && (options.files ?? []).length === 0;
  const input = isLive ? { files: [], words } : filesOf(options.files ?? [], words);
  const { files } = input;
  checkOptions(options, files);
  requireNamedInput('verify', options, input.words, files);
  const expectations = await compileExpectations(options);
  // A filter remembers the packet before, and so each capture has its own; this one is made to know that it can be.
  await openDisplayFilter(options);
  const report = await createReporter(options);
  const inputs = files.length === 0 ? [options] : files.map((read) => ({ ...options, read }));
  const sources = await tryOpenSources(inputs, input.words);
  const [first] = sources;
  if (sources.length === 1 && first instanceof CaptureError) throw first;
  report.begin(files.join(', ') || (first as PacketSource).name);
  const results: CaptureReport[] = [];
  for (const [i, source] of sources.entries()) {
    const file = files[i] === undefined || files[i] === '-' ? undefined : escapeControls(files[i]);
    if (source instanceof CaptureError) results.push({ capture: file ?? '', file, error: errorText(source) });
    else {
      const { filter } = resolveInput(inputs[i] as VerifyOptions, input.words);
      results.push({ ...(await judge(source, options, expectations(), filter)), file });
    }
    const { error } = results.at(-1) as CaptureReport;
    if (error !== undefined) console.error(`tunnelscope: ${error}`);
  }
  report.end(results);
  if (results.some(({ error }) => error !== undefined)) return EXIT.notCarriedOut;
  return results.every(({ verdict }) => verdict?.verdict === 'pass') ? EXIT.done : EXIT.notMet;
}

function noneMatched(filter: string | undefined, received: number): string | undefined {
  if (filter === undefined || received === 0) return undefined;
  const packets = received === 1 ? 'the only packet does not match' : `none of ${received} packets matches`;
  return `${packets} -Y ${escapeControls(filter)}: leave it out to see what there is`;
}

/** Reads a source to its end: what was read before a fault is good, and its verdict is given with the fault. */
async function judge(
  source: PacketSource,
  options: VerifyOptions,
  { expectations, timeoutMilliseconds, packet }: CompiledSpecification,
  captureFilter: string,
): Promise<CaptureReport> {
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const filter = await openDisplayFilter(options);
  const follower = followPings(source, options);
  const tracker = createPingTracker({
    decoder,
    expectations,
    ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
    ...follower.listener,
  });
  follower.begin(tracker);
  let error: string | undefined;
  try {
    await readPackets(
      source,
      options,
      filter === undefined && packet === undefined
        ? (batch, count) => tracker.batch(batch, source.interfaces, count)
        : trackMatches(tracker, decoder, filter, source.interfaces, packet),
      follower.end,
    );
  } catch (failure) {
    if (!(failure instanceof CaptureError)) throw failure;
    error = errorText(failure);
  }
  tracker.tick(Number.POSITIVE_INFINITY);
  follower.finish();
  const { received, dropped, brokenOff } = source.statistics();
  const end = error === undefined ? brokenOff : `can't be read to its end (${error})`;
  const why = nonePassed(source, captureFilter) ?? noneMatched(options.displayFilter, received);
  const verdict = tracker.verdict(dropped, source.timesAreArrival, end, why);
  return { capture: source.name, verdict, error };
}
