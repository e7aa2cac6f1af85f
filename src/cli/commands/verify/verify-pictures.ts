/** `verify --svg` and `--html`: round trips over time, and the whole verdict as a page. */
import { statSync } from 'node:fs';
import { openCaptureFile } from '../../../capture/file/open-capture.ts';
import { createDecoder } from '../../../decode/decoder.ts';
import type { DecodeAs } from '../../../decode/dispatch.ts';
import { LayerStack } from '../../../decode/layer-stack.ts';
import { createReassembler } from '../../../decode/reassembly.ts';
import { svgDocument } from '../../../drawing/svg.ts';
import { createLesson } from '../../../explain/lesson.ts';
import { PacketRecord } from '../../../output/printer.ts';
import { createPathTracker } from '../../../path/path-tracker.ts';
import { createLadders, type Ladder } from '../../../picture/ladder.ts';
import { ladderMermaid } from '../../../picture/ladder-mermaid.ts';
import { type RoundTripRecorder, type RoundTrips, recordRoundTrips } from '../../../picture/round-trips.ts';
import { roundTripsOf, type ShownPacket, type VerifyPart, verifyPage } from '../../../picture/verify-page.ts';
import type { CaptureReport } from '../../../verdict/ci-reports.ts';
import { errorText } from '../../errors.ts';
import { writeDocument } from '../../write-document.ts';

export interface VerifyPictures {
  /** For a capture's pings; what it gathers belongs to the report that is given on this capture. */
  begin(capture: number): RoundTripRecorder;
  /**
   * Writes the files.
   *
   * @param files as they were given: what a result calls them is escaped
   * @param decodeAs rules of `-d`
   */
  end(
    results: readonly CaptureReport[],
    files: readonly string[],
    decodeAs: readonly DecodeAs[],
  ): Promise<void>;
}

export interface PictureFiles {
  svg?: string | undefined;
  html?: string | undefined;
}

/** Packets of findings that a page shows, and pings of a way. */
const MOST_PACKETS = 16;
const MOST_PINGS = 12;

export function openVerifyPictures({ svg, html }: PictureFiles): VerifyPictures {
  const recorders = new Map<number, RoundTripRecorder>();
  return {
    begin(capture) {
      const recorder = recordRoundTrips();
      recorders.set(capture, recorder);
      return recorder;
    },
    async end(results, files, decodeAs) {
      const found = results.map((_, i) => recorders.get(i)?.roundTrips());
      const parts: VerifyPart[] = [];
      for (const [i, result] of results.entries()) {
        parts.push(await partOf(result, files[i], found[i], decodeAs));
      }
      if (svg !== undefined) {
        const title = `Round trips: ${results.map(({ capture }) => capture).join(', ')}`;
        writeDocument(svg, svgDocument(title, roundTripsOf(parts)));
      }
      if (html !== undefined) writeDocument(html, verifyPage(parts));
    },
  };
}

/** Of each capture, the ways of its pings as Mermaid; none where it has a single point, or is no file. */
export async function verifyDiagrams(
  files: readonly string[],
  decodeAs: readonly DecodeAs[],
): Promise<string[][]> {
  const diagrams: string[][] = [];
  for (const file of files) {
    // A file that can't be read has an error in its report.
    const read = !isReadTwice(file)
      ? undefined
      : await readAgain(file, new Set(), decodeAs).catch(() => undefined);
    diagrams.push((read?.ladders ?? []).map(ladderMermaid));
  }
  return diagrams;
}

async function partOf(
  { capture, verdict, error }: CaptureReport,
  file: string | undefined,
  roundTrips: RoundTrips | undefined,
  decodeAs: readonly DecodeAs[],
): Promise<VerifyPart> {
  const wanted = new Set(
    verdict?.findings.flatMap(({ packets }) => packets.slice(0, 3)).slice(0, MOST_PACKETS) ?? [],
  );
  const part = { capture, verdict, error, roundTrips, ladders: [], packets: [], packetsNote: '' };
  if (file === undefined || !isReadTwice(file)) {
    const packetsNote =
      wanted.size === 0 ? '' : 'Packets can be shown for a capture in a file: write one with -w.';
    return { ...part, packetsNote };
  }
  try {
    return { ...part, ...(await readAgain(file, wanted, decodeAs)) };
  } catch (failure) {
    return { ...part, packetsNote: `The packets could not be read again: ${errorText(failure)}` };
  }
}

/** A pipe has been read to its end, and a second opening waits for another writer. */
function isReadTwice(file: string): boolean {
  return file !== '-' && (statSync(file, { throwIfNoEntry: false })?.isFile() ?? false);
}

/** A second look at a file: the packets that findings name are known only now, and the way of pings is seldom asked for. */
async function readAgain(
  file: string,
  wanted: ReadonlySet<number>,
  decodeAs: readonly DecodeAs[],
): Promise<{ packets: ShownPacket[]; ladders: Ladder[] }> {
  const decoder = createDecoder({ decodeAs });
  const reassembler = createReassembler(decoder);
  const stack = new LayerStack();
  const source = await openCaptureFile(file);
  try {
    const record = new PacketRecord(stack, source.interfaces);
    const tracker = createPathTracker({
      decoder: createDecoder({ decodeAs }),
      interfaces: source.interfaces,
      originOf: () => ({ label: '', clock: 0 }),
    });
    const packets: ShownPacket[] = [];
    const last = Math.max(0, ...wanted);
    for (;;) {
      const batch = await source.next();
      if (batch === undefined) break;
      tracker.batch(batch);
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
    const view = source.interfaces.length > 1 ? tracker.view(() => undefined) : undefined;
    return { packets, ladders: view === undefined ? [] : createLadders(view, 'lost', MOST_PINGS) };
  } finally {
    await source.close();
  }
}
