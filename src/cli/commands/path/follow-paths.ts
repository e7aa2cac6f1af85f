/** Follows each ping of one or several captures from point to point: for `path`, and for `-T path`. */

import { basename } from 'node:path';
import { mergeSources } from '../../../capture/file/merged-source.ts';
import { createDecoder } from '../../../decode/decoder.ts';
import { namesAmong } from '../../../packet/address-names.ts';
import type { PacketBatch, PacketSource } from '../../../packet/source.ts';
import type { Followed } from '../../../path/followed.ts';
import { formatPathReport } from '../../../path/path-report.ts';
import { createPathTracker, type PathTracker } from '../../../path/path-tracker.ts';
import type { PathView } from '../../../path/path-view.ts';
import { originsByClock, type PointOrigin } from '../../../path/points.ts';
import { droppedAt } from '../../../path/trace-path.ts';
import { asciiJson, escapeControls } from '../../../text/printable.ts';
import { counted } from '../../../text/words.ts';
import { tellNonePassed } from '../../capture-filter.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { lookAhead } from '../../first-pass.ts';
import { filesOf, requireNamedInput, resolveInput, shortNames } from '../../input.ts';
import { requireOwnPlaces } from '../../input-kept.ts';
import type { InputOptions } from '../../input-options.ts';
import { isTerminal } from '../../is-terminal.ts';
import {
  type Beside,
  openAgain,
  openDisplayFilter,
  openSource,
  openSources,
  UNWATCHED_TIMEOUT,
} from '../../open-source.ts';
import { endOf, readPackets } from '../../read-packets.ts';
import { writeText } from '../../standard-output.ts';
import { trackMatches } from '../../track-matches.ts';
import { type Hearing, hearKernel } from '../../why.ts';
import { followRows, USUAL_WAIT } from './follow-rows.ts';
import { openPathPictures, type PictureFormat, type PictureOptions } from './path-pictures.ts';

export interface PathOptions extends InputOptions, PictureOptions {
  format?: 'text' | 'json' | PictureFormat;
  /** Files to read: one a host, or one that holds several interfaces. */
  files?: string[];
  /** The files' times are of one clock: nothing is estimated. */
  oneClock?: boolean;
  /** What is followed; default: pings alone. */
  of?: Followed[];
  /** Milliseconds that a ping has to be seen at every point before its line is printed, live. */
  wait?: number;
  /** Columns; default: the terminal's. */
  width?: number;
}

interface Opened {
  readonly source: PacketSource;
  /** What it was opened by: one for each file. */
  readonly inputs: readonly InputOptions[];
  readonly words: readonly string[];
  /** libpcap's filter language. */
  readonly captureFilter: string;
  readonly originOf: (interfaceIndex: number) => PointOrigin;
}

const ONE_CLOCK: PointOrigin = { label: '', clock: 0 };

async function open(
  options: PathOptions,
  given: readonly string[],
  beside: Beside | undefined,
): Promise<Opened> {
  const { files: read = [], ...rest } = options;
  const input = { ...rest, bufferTimeout: UNWATCHED_TIMEOUT };
  const isLive = (input.interface ?? []).length > 0;
  const { files, words } = isLive ? { files: read, words: given } : filesOf(read, given);
  requireNamedInput('path', input, words, files);
  const [file, ...others] = files;
  if (others.length === 0) {
    const one = file === undefined ? input : { ...input, read: file };
    const source = await openSource(one, words, beside);
    const [unnamed] = file === undefined ? [] : labelsOf([file]);
    const origin = { ...ONE_CLOCK, ...(unnamed !== undefined && { unnamed }) };
    const hasOneClock = file !== undefined || options.oneClock === true;
    return {
      source,
      inputs: [one],
      words,
      captureFilter: resolveInput(one, words).filter,
      originOf: hasOneClock ? () => origin : originsByClock(source.interfaces),
    };
  }
  if (isLive) throw new UsageError('both -r (files) and -i (live) were given; expected one of them');
  const inputs = files.map((name) => ({ ...input, read: name }));
  const sources = await openSources(inputs, words);
  const [first] = inputs;
  return {
    ...together(sources, files, options.oneClock),
    inputs,
    words,
    captureFilter: first === undefined ? '' : resolveInput(first, words).filter,
  };
}

/** Several files side by side, each with a clock of its own unless they have one. */
function together(
  sources: readonly PacketSource[],
  files: readonly string[],
  oneClock = false,
): Pick<Opened, 'source' | 'originOf'> {
  const origins = labelsOf(files).map(
    (label, i): PointOrigin => ({ label, unnamed: '', clock: oneClock ? 0 : i }),
  );
  const source = mergeSources(sources);
  return { source, originOf: (index) => origins[source.sourceOf(index)] as PointOrigin };
}

/**
 * The pings of several files that were read before, from point to point: as far as they can be read.
 *
 * @param files each a file that can be read again
 * @throws {CaptureError} if one of them can't be opened
 */
export async function pathThrough(
  files: readonly string[],
  options: InputOptions,
  words: readonly string[],
): Promise<PathView> {
  const inputs = files.map((read) => ({ ...options, read }));
  const sources: PacketSource[] = [];
  try {
    for (const input of inputs) sources.push(await openAgain(input, words));
    const opened = { ...together(sources, files), inputs, words };
    const { tracker, taken } = await trace(opened, options, (visit) => visitAll(opened.source, visit));
    return tracker.view(droppedAt(opened.source), false, undefined, endOf(opened.source, options, taken));
  } finally {
    for (const source of sources) await source.close();
  }
}

type Visit = (batch: PacketBatch, count: number) => void;

/** What has been told of its packets is not told again. */
async function visitAll(source: PacketSource, visit: Visit): Promise<void> {
  for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
    visit(batch, batch.count);
  }
}

/** @param read reads the source, as far as is wanted. @returns what was seen, of how many packets, and what ended it before its time */
async function trace(
  { source: { interfaces }, inputs, words, originOf }: Omit<Opened, 'captureFilter'>,
  options: InputOptions & Pick<PathOptions, 'of'>,
  read: (visit: Visit, tracker: PathTracker) => Promise<void>,
): Promise<{ tracker: PathTracker; taken: number; failure: unknown }> {
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const filter = await openDisplayFilter(options);
  const tracking = await lookAhead(inputs, words, filter?.tracked ?? [], decoder);
  const { of } = options;
  const tracker = createPathTracker({ decoder, interfaces, originOf, ...(of !== undefined && { of }) });
  const follow =
    filter === undefined
      ? tracker.batch
      : trackMatches(tracker, decoder, filter, interfaces, undefined, tracking);
  let taken = 0;
  let failure: unknown;
  try {
    await read((batch, count) => {
      taken += count;
      follow(batch, count);
    }, tracker);
  } catch (error) {
    // What was read before the fault is good, and is shown; then the fault.
    failure = error;
  }
  return { tracker, taken, failure };
}

const labelsOf = (files: readonly string[]) => shortNames(files).map(escapeControls);

function nameOf({ isLive, name }: PacketSource): string {
  return escapeControls(isLive ? name : basename(name));
}

export async function path(options: PathOptions, words: readonly string[]): Promise<number> {
  return hearKernel(options, (hearing) => follow(options, words, hearing));
}

async function follow(options: PathOptions, words: readonly string[], hearing: Hearing): Promise<number> {
  // That it can be had is known before root is needed.
  await openDisplayFilter(options);
  const { format = 'text', svg, html, topology, of } = options;
  const isWritten = [svg, html, topology].some((file) => file !== undefined);
  const isDrawn = isWritten || (format !== 'text' && format !== 'json');
  requireOwnPlaces(
    { '--svg': svg, '--html': html, '--topology': topology },
    format === 'text' ? undefined : format,
  );
  const { files } = filesOf(options.files ?? [], words);
  const pictures = isDrawn ? await openPathPictures(options, files) : undefined;
  const opened = await open(options, words, hearing.beside);
  const { source, captureFilter } = opened;
  // Lines are for people; files, pictures and JSON are complete at the end alone.
  const hasRows = source.isLive && format === 'text' && !isWritten;
  const { tracker, taken, failure } = await trace(opened, options, (visit, tracker) => {
    const rows = hasRows ? followRows(source, tracker, options.wait ?? USUAL_WAIT) : undefined;
    const visitBoth: Visit = (batch, count) => {
      rows?.batch(batch, count);
      visit(batch, count);
    };
    return readPackets(source, options, visitBoth, rows?.end);
  });
  const ended = endOf(source, options, taken);
  const seen = tracker.view(droppedAt(source), source.timesAreArrival, await hearing.end(), ended);
  const addresses = seen.ways.flatMap(({ src, dst }) => [src, dst]);
  const view = { ...seen, ...namesAmong(source.names, addresses) };
  tellNonePassed(source, captureFilter);
  const width = options.width ?? (isTerminal(1) ? process.stdout.columns : 80);
  pictures?.write(view, files.length > 1 ? counted(files.length, 'file') : nameOf(source));
  if (format === 'json') writeText(`${asciiJson(view)}\n`);
  else if (format === 'text') {
    if (!isWritten) writeText(formatPathReport(view, { width, ...(of !== undefined && { of }) }));
  } else if (pictures !== undefined) writeText(pictures.text(view, format, width));
  if (failure !== undefined) throw failure;
  return view.verdict === 'pass' ? EXIT.done : EXIT.notMet;
}
