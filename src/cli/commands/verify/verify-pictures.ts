/** `verify --svg` and `--html`: round trips over time, and the whole verdict as a page; `-T markdown`: its diagrams. */

import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { createDecoder } from '../../../decode/decoder.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import { createReassembler } from '../../../decode/reassembly.ts';
import { svgDocument } from '../../../drawing/svg.ts';
import { createLesson } from '../../../explain/lesson.ts';
import { PacketRecord } from '../../../output/printer.ts';
import { CaptureError } from '../../../packet/source.ts';
import type { PathView, Sighting } from '../../../path/path-view.ts';
import { conclusion } from '../../../path/path-words.ts';
import { ladderMermaid } from '../../../picture/ladder-mermaid.ts';
import { type RoundTripRecorder, recordRoundTrips } from '../../../picture/round-trips.ts';
import { hasWay, type ShownWay, shownWay } from '../../../picture/shown-way.ts';
import type { Topology } from '../../../picture/topology.ts';
import { roundTripsOf, type ShownPacket, type VerifyPart, verifyPage } from '../../../picture/verify-page.ts';
import type { CaptureReport } from '../../../verdict/ci-reports.ts';
import type { ReportDiagrams } from '../../../verdict/markdown.ts';
import { errorText } from '../../errors.ts';
import type { InputOptions } from '../../input-options.ts';
import { openAgain } from '../../open-source.ts';
import { writeDocument } from '../../write-document.ts';
import { pathThrough } from '../path/follow-paths.ts';

export interface VerifyPictures {
  /** For a capture's pings; what it gathers belongs to the report that is given on this capture. */
  readonly begin: ((capture: number) => RoundTripRecorder) | undefined;
  /** Where the pings of a capture were seen, from point to point. */
  path(capture: number, view: PathView): void;
  /** Writes the files. @returns Mermaid's text, for Markdown */
  end(results: readonly CaptureReport[], again: Again): Promise<ReportDiagrams>;
}

/** How captures were read, to read them once more. */
export interface Again {
  /** Files as they were given: what a result calls them is escaped. */
  readonly files: readonly string[];
  readonly options: InputOptions;
  readonly words: readonly string[];
}

export interface PictureFiles {
  svg?: string | undefined;
  html?: string | undefined;
}

/** Packets of findings that a page shows, and pings of a way. */
const MOST_PACKETS = 16;
const MOST_PINGS = 12;

/** @param host this machine's devices, if the capture is live */
export function openVerifyPictures({ svg, html }: PictureFiles, host: Topology | undefined): VerifyPictures {
  const isDrawn = svg !== undefined || html !== undefined;
  const recorders = new Map<number, RoundTripRecorder>();
  const ways = new Map<number, ShownWay>();
  const wayOf = (view: PathView) => shownWay(view, 'lost', MOST_PINGS, host);
  return {
    begin: isDrawn
      ? (capture) => {
          const recorder = recordRoundTrips();
          recorders.set(capture, recorder);
          return recorder;
        }
      : undefined,
    path(capture, view) {
      if (hasWay(view)) ways.set(capture, wayOf(view));
    },
    async end(results, again) {
      const joined = await viewTogether(again);
      const together = joined === undefined ? undefined : wayOf(joined);
      // The pings' whole way has each capture's part in it.
      if (together !== undefined) ways.clear();
      if (isDrawn) {
        const parts: VerifyPart[] = [];
        const names = shownNames(results, again.files);
        for (const [i, result] of results.entries()) {
          const roundTrips = recorders.get(i)?.roundTrips();
          const packets = await packetsOf(result, again, i);
          parts.push({ ...result, capture: names[i] as string, roundTrips, way: ways.get(i), ...packets });
        }
        if (svg !== undefined) {
          const title = `Round trips: ${names.join(', ')}`;
          writeDocument(svg, svgDocument(title, roundTripsOf(parts)));
        }
        if (html !== undefined) writeDocument(html, verifyPage(parts, together));
      }
      return {
        each: results.map((_, i) => (ways.get(i)?.ladders ?? []).map(ladderMermaid)),
        together: together && {
          conclusion: conclusion(together.view),
          diagrams: together.ladders.map(ladderMermaid),
        },
      };
    },
  };
}

/** A page is sent around: where its captures lie on this machine is nobody's concern, unless that is what tells them apart. */
function shownNames(results: readonly CaptureReport[], files: Again['files']): readonly string[] {
  const names = results.map(({ capture }, i) => (files[i] === undefined ? capture : basename(capture)));
  return new Set(names).size === names.length ? names : results.map(({ capture }) => capture);
}

/** Of several files, the way of their pings, if some were seen in more than one. A file that can't be read has an error in its report. */
async function viewTogether({ files, options, words }: Again): Promise<PathView | undefined> {
  if (files.length < 2 || !files.every(isReadTwice)) return undefined;
  try {
    const view = await pathThrough(files, options, words);
    const clockOf = ({ point }: Sighting) => view.points[point]?.clock;
    const isShared = view.rows.some(
      ({ request, reply }) => new Set([...request, ...reply].map(clockOf)).size > 1,
    );
    return isShared ? view : undefined;
  } catch (failure) {
    if (failure instanceof CaptureError) return undefined;
    throw failure;
  }
}

type ShownPackets = Pick<VerifyPart, 'packets' | 'packetsNote'>;

const NO_PACKETS: ShownPackets = { packets: [], packetsNote: '' };

/** What a report's findings name. */
async function packetsOf(
  { verdict }: CaptureReport,
  { files, options, words }: Again,
  number: number,
): Promise<ShownPackets> {
  const wanted = new Set(
    verdict?.findings.flatMap(({ packets }) => packets.slice(0, 3)).slice(0, MOST_PACKETS) ?? [],
  );
  if (wanted.size === 0) return NO_PACKETS;
  const file = files[number];
  if (file === undefined || !isReadTwice(file)) {
    const packetsNote = 'Packets can be shown for a capture in a file: write one with -w.';
    return { packets: [], packetsNote };
  }
  try {
    return { packets: await readAgain({ ...options, read: file }, words, wanted), packetsNote: '' };
  } catch (failure) {
    return { packets: [], packetsNote: `The packets could not be read again: ${errorText(failure)}` };
  }
}

/** A pipe has been read to its end, and a second opening waits for another writer. */
function isReadTwice(file: string): boolean {
  return file !== '-' && (statSync(file, { throwIfNoEntry: false })?.isFile() ?? false);
}

/** A second look at a file, with the same filter: the packets that findings name are known only now. */
async function readAgain(
  options: InputOptions,
  words: readonly string[],
  wanted: ReadonlySet<number>,
): Promise<ShownPacket[]> {
  const decoder = createDecoder({ decodeAs: options.decodeAs ?? [] });
  const reassembler = createReassembler(decoder);
  const stack = new LayerStack();
  const source = await openAgain(options, words);
  try {
    const record = new PacketRecord(stack, source.interfaces);
    const packets: ShownPacket[] = [];
    const last = Math.max(...wanted);
    while (record.number < last) {
      const batch = await source.next();
      if (batch === undefined) break;
      for (let i = 0; i < batch.count && record.number < last; i++) {
        record.advance(batch, i);
        const { linkType } = source.interfaces[batch.interfaceIndex[i]];
        const [start, captured] = [batch.start[i], batch.capturedLength[i]];
        decoder.decode(batch.view, start, captured, batch.originalLength[i], linkType, stack);
        if (stack.fragment >= 0) record.reassemble(reassembler);
        if (!wanted.has(record.number)) continue;
        packets.push({
          number: record.number,
          time: record.seconds + record.nanoseconds / 1e9,
          lesson: createLesson(record.view, stack),
          bytes: new Uint8Array(batch.view.buffer, batch.view.byteOffset + start, captured).slice(),
        });
      }
    }
    return packets;
  } finally {
    await source.close();
  }
}
