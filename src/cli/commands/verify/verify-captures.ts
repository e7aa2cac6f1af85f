/** Reads one capture or several, and gives a verdict of the pings in each. */

import { createDecoder, type Decoder } from '../../../decode/decoder.ts';
import { createRepeatedPings } from '../../../exchange/ping/repeated-pings.ts';
import { unreadable } from '../../../finding/capture-limits.ts';
import { namesAmong } from '../../../packet/address-names.ts';
import { CaptureError, type PacketBatch, type PacketSource } from '../../../packet/source.ts';
import type { PathView } from '../../../path/path-view.ts';
import type { RoundTripRecorder } from '../../../picture/round-trips.ts';
import { escapeControls } from '../../../text/printable.ts';
import type { CaptureReport } from '../../../verdict/ci-reports.ts';
import type { CompiledSpecification } from '../../../verdict/specification.ts';
import { createPingTracker, type VerifyOptions as TrackerOptions } from '../../../verdict/verify.ts';
import { nonePassed } from '../../capture-filter.ts';
import { EXIT, errorText, UsageError } from '../../errors.ts';
import { lookAhead } from '../../first-pass.ts';
import { filesOf, requireNamedInput, resolveInput } from '../../input.ts';
import { requireInputKept, requireOwnPlaces } from '../../input-kept.ts';
import type { InputOptions } from '../../input-options.ts';
import { openDisplayFilter, tryOpenSources } from '../../open-source.ts';
import { endOf, readPackets } from '../../read-packets.ts';
import { trackMatches } from '../../track-matches.ts';
import { type Hearing, hearKernel, NOBODY_ASKS } from '../../why.ts';
import { comparedSource, mayBeCompared } from './compared-source.ts';
import { compileExpectations, type ExpectationOptions } from './expectations.ts';
import { followPings } from './follow-pings.ts';
import { createReporter, type ReportOptions } from './reporter.ts';

export interface VerifyOptions extends InputOptions, ExpectationOptions, ReportOptions {
  /** Files to read: each has a verdict of its own. */
  files?: string[];
  /** The path's MTU. */
  mtu?: number;
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
  const report = await createReporter(options, isLive);
  const inputs =
    files.length === 0 ? await inputsByClock(options) : files.map((read) => ({ ...options, read }));
  return hearKernel(options, async (hearing) => {
    const sources = await tryOpenSources(inputs, input.words, hearing.beside);
    const [first] = sources;
    if (sources.length === 1 && first instanceof CaptureError) throw first;
    const named = sources.flatMap((source) => (source instanceof CaptureError ? [] : [source.name]));
    report.begin(files.join(', ') || named.join(', '));
    const reportOn = async (source: PacketSource | CaptureError, i: number): Promise<CaptureReport> => {
      const file = files[i] === undefined || files[i] === '-' ? undefined : escapeControls(files[i]);
      const own = inputs[i] as VerifyOptions;
      const capture = file ?? own.interface?.map(escapeControls).join(', ') ?? '';
      const told = { recorder: report.recorder(i), isFollowed: report.path !== undefined };
      const heard = i === 0 ? hearing : NOBODY_ASKS;
      const { view, ...judged } =
        source instanceof CaptureError
          ? { capture, error: errorText(source), view: undefined }
          : await judge(source, own, input.words, expectations(), told, heard);
      if (view !== undefined) report.path?.(i, view);
      if (judged.error !== undefined) console.error(`tunnelscope: ${judged.error}`);
      return { ...judged, file };
    };
    const results: CaptureReport[] = [];
    // What is live goes on at all points at once.
    if (isLive) results.push(...(await Promise.all(sources.map(reportOn))));
    else for (const [i, source] of sources.entries()) results.push(await reportOn(source, i));
    await report.end(results, { files, options, words: input.words });
    if (results.some(({ error }) => error !== undefined)) return EXIT.notCarriedOut;
    return results.every(({ verdict }) => verdict?.verdict === 'pass') ? EXIT.done : EXIT.notMet;
  });
}

/** Times of different clocks can't be subtracted: each host's points have a verdict of their own, as each file has. */
async function inputsByClock(options: VerifyOptions): Promise<VerifyOptions[]> {
  const { interface: names = [] } = options;
  const { byClock } = await import('../../../capture/remote/point-name.ts');
  const groups = byClock(names);
  if (groups.length <= 1) return [options];
  if (options.jsonLines === true)
    throw new UsageError(`--json-lines reports on one capture; received points of ${groups.length} hosts`);
  return groups.map((group) => ({ ...options, interface: group }));
}

/** @throws {UsageError} if options contradict each other */
function checkOptions(
  { format, jsonLines, junit, html, svg, spec, interface: interfaces = [] }: VerifyOptions,
  files: readonly string[],
) {
  if (jsonLines === true && format !== undefined && format !== 'json') {
    throw new UsageError(
      `--json-lines prints JSON, and -T ${format} does not; expected one of them (--junit FILE goes with both)`,
    );
  }
  if (jsonLines === true && files.length > 1)
    throw new UsageError(`--json-lines reports on one capture; received ${files.length} files`);
  if (spec === '-' && files.includes('-'))
    throw new UsageError('--spec - and -r - both read standard input; expected a file for one of them');
  if (interfaces.length > 0 && files.length > 0)
    throw new UsageError('both -r (a file) and -i (live) were given; expected one of them');
  requireOwnPlaces({ '--html': html, '--svg': svg, '--junit': junit });
  requireInputKept('--junit', junit, [...files, spec]);
  requireInputKept('--html', html, [...files, spec]);
  requireInputKept('--svg', svg, [...files, spec]);
}

function noneMatched(filter: string | undefined, received: number): string | undefined {
  if (filter === undefined || received === 0) return undefined;
  const packets = received === 1 ? 'the only packet does not match' : `none of ${received} packets matches`;
  return `${packets} -Y ${escapeControls(filter)}: leave the filter out to see all packets`;
}

/** Nothing was read because of the file, not of interface or filter. @param end how the capture breaks off, if it does */
function noneRead(received: number, end: string | undefined): string | undefined {
  if (received > 0 || end === undefined) return undefined;
  return 'no packet of the capture could be read (see the other finding)';
}

type Listener = Pick<TrackerOptions, 'onEvent' | 'wants'>;

function bothListen(one: Listener, other: RoundTripRecorder | undefined): Listener {
  if (other === undefined) return one;
  const { onEvent, wants = () => true } = one;
  if (onEvent === undefined) return { onEvent: other.tell, wants: other.wants };
  return {
    wants: (event) => wants(event) || other.wants(event),
    onEvent(event) {
      if (wants(event.event)) onEvent(event);
      other.tell(event);
    },
  };
}

/** Of several interfaces it is not known which the tunnels' packets leave by. */
async function knownMtu(
  given: number | undefined,
  { isLive, interfaces }: PacketSource,
): Promise<Pick<TrackerOptions, 'mtu'>> {
  if (given !== undefined) return { mtu: { bytes: given, source: 'as --mtu says' } };
  if (!isLive || interfaces.length !== 1) return {};
  const bytes = (await import('../../../host/interfaces.ts')).smallestMtu(interfaces);
  return bytes === undefined
    ? {}
    : { mtu: { bytes, source: `as ${escapeControls(interfaces[0]?.name ?? '')} says` } };
}

/** Who else hears of a capture's pings. */
interface Told {
  readonly recorder: RoundTripRecorder | undefined;
  /** Whether each is followed from point to point. */
  readonly isFollowed: boolean;
}

/** Reads a source to its end: what was read before a fault is good, and its verdict is given with the fault. */
async function judge(
  opened: PacketSource,
  options: VerifyOptions,
  words: readonly string[],
  { expectations, timeoutMilliseconds, packet }: CompiledSpecification,
  { recorder, isFollowed }: Told,
  hearing: Hearing,
): Promise<CaptureReport & { view: PathView | undefined }> {
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const filter = await openDisplayFilter(options);
  const asked = [...(filter?.tracked ?? []), ...(packet?.tracked ?? [])];
  const tracking = await lookAhead([options], words, asked, decoder);
  const compared =
    filter === undefined && packet === undefined && mayBeCompared(opened)
      ? comparedSource(opened, options)
      : undefined;
  const source = compared ?? opened;
  const follower = followPings(source, options);
  const tracker = createPingTracker(
    {
      decoder,
      expectations,
      ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
      ...(await knownMtu(options.mtu, source)),
      ...bothListen(follower.listener, recorder),
    },
    createRepeatedPings(false, compared?.chunks),
  );
  // Where each ping was seen last, which the verdict's own tracker does not keep.
  const isTracked = hearing.beside !== undefined || isFollowed;
  const paths = isTracked ? await followPaths(decoder, source) : undefined;
  const own = await openDisplayFilter(options);
  const followBatch =
    paths && trackMatches(paths.tracker, decoder, own, source.interfaces, undefined, tracking);
  follower.begin(tracker);
  const judgeBatch =
    filter === undefined && packet === undefined
      ? (batch: PacketBatch, count: number) => tracker.batch(batch, source.interfaces, count)
      : trackMatches(tracker, decoder, filter, source.interfaces, packet, tracking);
  let error: string | undefined;
  try {
    await readPackets(
      source,
      options,
      (batch, count) => {
        judgeBatch(batch, count);
        followBatch?.(batch, count);
      },
      follower.end,
    );
  } catch (failure) {
    if (!(failure instanceof CaptureError)) throw failure;
    error = errorText(failure);
  }
  tracker.tick(Number.POSITIVE_INFINITY);
  follower.finish();
  const { received, dropped, brokenOff } = source.statistics();
  const end = error === undefined ? brokenOff : unreadable(error);
  const why =
    nonePassed(source, resolveInput(options, words).filter) ??
    noneMatched(options.displayFilter, received) ??
    noneRead(received, end);
  const witness = await hearing.end();
  const ended = endOf(source, options, received);
  const view = paths?.view(witness, ended);
  const kernel = { kernelDrops: view?.drops, kernelCounters: witness?.counters };
  const verdict = tracker.verdict(dropped, source.timesAreArrival, end, why, kernel);
  const ends = verdict.paths.flatMap(({ inner }) => [inner.src, inner.dst]);
  return { capture: source.name, verdict: { ...verdict, ...namesAmong(source.names, ends) }, error, view };
}

/** What most verdicts don't need is loaded where one does. */
async function followPaths(decoder: Decoder, source: PacketSource) {
  const { createPathTracker } = await import('../../../path/path-tracker.ts');
  const { droppedAt } = await import('../../../path/trace-path.ts');
  const tracker = createPathTracker({ decoder, interfaces: source.interfaces });
  type View = typeof tracker.view;
  return {
    tracker,
    view: (witness: Parameters<View>[2], ended: Parameters<View>[3]) =>
      tracker.view(droppedAt(source), source.timesAreArrival, witness, ended),
  };
}
