/** `tunnelscope verify`: were the tunneled pings answered? */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Expectation } from '../assert/expectation.ts';
import type { CompiledSpecification } from '../assert/specification.ts';
import {
  CaptureError,
  type CaptureInterface,
  type PacketBatch,
  type PacketSource,
} from '../capture/source.ts';
import { createDecoder, type Decoder } from '../decode/decoder.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import type { DisplayFilter } from '../display-filter/display-filter.ts';
import { PacketRecord } from '../output/printer.ts';
import type { PingEvent } from '../ping/ping-events.ts';
import { formatReport } from '../ping/report.ts';
import type { Verdict } from '../ping/verdict.ts';
import { createPingTracker, type PingSnapshot, type PingTracker } from '../ping/verify.ts';
import { EXIT, UsageError } from './errors.ts';
import type { VerifyOptions } from './program.ts';
import { openDisplayFilter, openSource, readPackets } from './session.ts';
import { writeText } from './standard-output.ts';

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

/** The specification that `--spec` names, if any. */
async function openSpecification({ spec }: VerifyOptions): Promise<CompiledSpecification | undefined> {
  if (spec === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(spec, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--spec ${spec}: can't be read (${code}); expected a YAML file of checks`);
  }
  return (await import('../assert/specification.ts')).compileSpecification(text, spec);
}

/** What the flags demand, each under a name of its own. */
async function flagExpectations({ demands, noFindings }: VerifyOptions): Promise<Expectation[]> {
  if (demands === undefined) return [];
  const { expectEach, expectNoFindings } = await import('../assert/ping-expectation.ts');
  const expectations = expectEach(demands);
  if (noFindings !== undefined)
    expectations.push(expectNoFindings(`no findings (${noFindings})`, noFindings));
  return expectations;
}

/** What prints a verdict, loaded before root is given up. */
async function createVerdictPrinter({
  format,
  jsonLines,
  junit,
}: VerifyOptions): Promise<(verdict: Verdict, name: string) => void> {
  const isReport = junit !== undefined || format === 'tap' || format === 'github';
  const reports = isReport ? await import('../assert/ci-reports.ts') : undefined;
  const files = junit === undefined ? undefined : await import('../capture/output-file.ts');
  return (verdict, name) => {
    if (junit !== undefined && files !== undefined && reports !== undefined) {
      const file = files.openOutputFile(junit, false);
      file.write(Buffer.from(reports.formatJunit(verdict, name)));
      file.finish();
    }
    if (jsonLines === true) return writeText(`${JSON.stringify({ event: 'verdict', ...verdict })}\n`);
    if (format === 'tap' && reports !== undefined) return writeText(reports.formatTap(verdict));
    // GitHub's runner shows what is no annotation as it is.
    if (format === 'github' && reports !== undefined) writeText(reports.formatGithub(verdict));
    if (format === 'json') return writeText(`${JSON.stringify(verdict)}\n`);
    const terminal = isatty(1);
    writeText(
      formatReport(
        verdict,
        terminal ? { width: process.stdout.columns, color: process.stdout.hasColors() } : {},
      ),
    );
  };
}

/** Milliseconds between two looks at the clock while a live capture runs. */
const TICK = 250;

/**
 * While a live capture runs: has requests expire also while no packet comes, and on a terminal shows how pings stand, in one
 * line that is drawn anew.
 *
 * @returns ends it, and leaves the terminal's line empty
 */
function followLive(tracker: PingTracker, source: PacketSource, isQuiet: boolean): () => void {
  if (!source.isLive) return () => undefined;
  const isShown = isatty(2) && !isQuiet;
  const timer = setInterval(() => {
    tracker.tick(Date.now() / 1000);
    if (isShown) process.stderr.write(`\r\x1b[K${statusLine(tracker.snapshot())}`);
  }, TICK);
  return () => {
    clearInterval(timer);
    if (isShown) process.stderr.write('\r\x1b[K');
  };
}

function statusLine({ requests, answered, unanswered, waiting, lastRoundTrip }: PingSnapshot): string {
  const parts = [`${requests} requests`, `${answered} answered`, `${unanswered} lost`];
  if (waiting > 0) parts.push(`${waiting} waiting`);
  if (lastRoundTrip !== null) parts.push(`last rtt ${lastRoundTrip.toFixed(3)} ms`);
  return parts.join(', ');
}

export async function verify(options: VerifyOptions, words: readonly string[]): Promise<number> {
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const specification = await openSpecification(options);
  const timeoutMilliseconds = options.timeoutMilliseconds ?? specification?.timeoutMilliseconds;
  const tracker = createPingTracker({
    decoder,
    expectations: [...(await flagExpectations(options)), ...(specification?.expectations ?? [])],
    ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
    ...(options.jsonLines === true
      ? { onEvent: (event: PingEvent) => writeText(`${JSON.stringify(event)}\n`) }
      : {}),
  });
  const filter = await openDisplayFilter(options);
  const print = await createVerdictPrinter(options);
  const source = await openSource(options, words);
  const observe = specification?.packet;
  const endFollowing = followLive(tracker, source, options.jsonLines === true);
  let failure: unknown;
  try {
    await readPackets(
      source,
      options,
      filter === undefined && observe === undefined
        ? (batch, count) => tracker.batch(batch, source.interfaces, count)
        : trackMatches(tracker, decoder, filter, source.interfaces, observe),
      endFollowing,
    );
  } catch (error) {
    // What was read before the fault is good: its verdict is given, and then the fault.
    failure = error;
  }
  tracker.tick(Number.POSITIVE_INFINITY);
  const { dropped, brokenOff } = source.statistics();
  const end = failure instanceof CaptureError ? `can't be read to its end (${failure.message})` : brokenOff;
  const verdict = tracker.verdict(dropped, source.timesAreArrival, end);
  print(verdict, source.name);
  if (failure !== undefined) throw failure;
  return verdict.verdict === 'pass' ? EXIT.done : EXIT.notMet;
}
