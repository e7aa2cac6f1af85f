/** Follows each ping of one or several captures from point to point: for `path`, and for `-T path`. */

import { basename } from 'node:path';
import { isatty } from 'node:tty';
import { mergeSources } from '../../../capture/file/merged-source.ts';
import { createDecoder } from '../../../decode/decoder.ts';
import { namesAmong } from '../../../packet/address-names.ts';
import type { PacketSource } from '../../../packet/source.ts';
import type { Followed } from '../../../path/followed.ts';
import { formatPathReport } from '../../../path/path-report.ts';
import { createPathTracker } from '../../../path/path-tracker.ts';
import { originsByClock, type PointOrigin } from '../../../path/points.ts';
import { droppedAt } from '../../../path/trace-path.ts';
import { asciiJson, escapeControls } from '../../../text/printable.ts';
import { counted } from '../../../text/words.ts';
import { tellNonePassed } from '../../capture-filter.ts';
import { EXIT, UsageError } from '../../errors.ts';
import { lookAhead } from '../../first-pass.ts';
import { filesOf, requireNamedInput, resolveInput, shortNames } from '../../input.ts';
import type { InputOptions } from '../../input-options.ts';
import {
  type Beside,
  openDisplayFilter,
  openSource,
  openSources,
  UNWATCHED_TIMEOUT,
} from '../../open-source.ts';
import { readPackets } from '../../read-packets.ts';
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
  const labels = labelsOf(files);
  const origins = labels.map(
    (label, i): PointOrigin => ({ label, unnamed: '', clock: options.oneClock === true ? 0 : i }),
  );
  const source = mergeSources(sources);
  const [first] = inputs;
  return {
    source,
    inputs,
    words,
    captureFilter: first === undefined ? '' : resolveInput(first, words).filter,
    originOf: (index) => origins[source.sourceOf(index)] as PointOrigin,
  };
}

const labelsOf = (files: readonly string[]) => shortNames(files).map(escapeControls);

function nameOf({ isLive, name }: PacketSource): string {
  return escapeControls(isLive ? name : basename(name));
}

export async function path(options: PathOptions, words: readonly string[]): Promise<number> {
  return hearKernel(options, (hearing) => follow(options, words, hearing));
}

async function follow(options: PathOptions, words: readonly string[], hearing: Hearing): Promise<number> {
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const filter = await openDisplayFilter(options);
  const { format = 'text', svg, html, topology } = options;
  if (topology !== undefined && (options.interface ?? []).length === 0) {
    throw new UsageError('--topology draws the devices of this machine: expected a live capture (-i)');
  }
  const isWritten = [svg, html, topology].some((file) => file !== undefined);
  const isDrawn = isWritten || (format !== 'text' && format !== 'json');
  const { files } = filesOf(options.files ?? [], words);
  const pictures = isDrawn ? await openPathPictures(options, files) : undefined;
  const opened = await open(options, words, hearing.beside);
  const { source, inputs, words: chosen, captureFilter, originOf } = opened;
  const { interfaces } = source;
  const tracking = await lookAhead(inputs, chosen, filter?.tracked ?? [], decoder);
  const { of } = options;
  const tracker = createPathTracker({ decoder, interfaces, originOf, ...(of !== undefined && { of }) });
  // Lines are for people; files, pictures and JSON are complete at the end alone.
  const rows =
    source.isLive && format === 'text' && !isWritten
      ? followRows(source, tracker, options.wait ?? USUAL_WAIT)
      : undefined;
  const track =
    filter === undefined
      ? tracker.batch
      : trackMatches(tracker, decoder, filter, interfaces, undefined, tracking);
  let failure: unknown;
  try {
    await readPackets(
      source,
      options,
      (batch, count) => {
        rows?.batch(batch, count);
        return track(batch, count);
      },
      rows?.end,
    );
  } catch (error) {
    // What was read before the fault is good, and is shown; then the fault.
    failure = error;
  }
  const seen = tracker.view(droppedAt(source), source.timesAreArrival, await hearing.end());
  const ends = seen.ways.flatMap(({ src, dst }) => [src, dst]);
  const view = { ...seen, ...namesAmong(source.names, ends) };
  tellNonePassed(source, captureFilter);
  const width = options.width ?? (isatty(1) ? process.stdout.columns : 80);
  pictures?.write(view, files.length > 1 ? counted(files.length, 'file') : nameOf(source));
  if (format === 'json') writeText(`${asciiJson(view)}\n`);
  else if (format === 'text') {
    if (!isWritten) writeText(formatPathReport(view, { width, ...(of !== undefined && { of }) }));
  } else if (pictures !== undefined) writeText(pictures.text(view, format, width));
  if (failure !== undefined) throw failure;
  return view.verdict === 'pass' ? EXIT.done : EXIT.notMet;
}
