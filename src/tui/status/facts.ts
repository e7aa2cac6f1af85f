/** What the status row and the footer tell: put together again for each frame. */
import { basename } from 'node:path';
import type { PacketSource } from '../../packet/source.ts';
import { escapeForeign } from '../../text/printable.ts';
import { throughText } from '../../verdict/report.ts';
import type { PingSnapshot } from '../../verdict/verify.ts';
import type { BoardCounts } from '../boards/board-counts.ts';
import type { NarrowedList } from '../packets/narrowed-list.ts';
import type { Reading } from '../packets/reading.ts';
import type { Progress } from '../packets/reading-progress.ts';
import type { Recording } from '../packets/recording.ts';
import type { PacketStore } from '../packets/store.ts';
import type { State } from '../state/state.ts';

/** Requests on which the verdict is made within 10 ms. */
const MOST_JUDGED = 50_000;

/** What packets had to pass before they came to the screen. */
export interface CaptureFilter {
  /** In libpcap's language. */
  readonly text: string;
  /** Why there are no packets, in words, where it let none of a source's pass. */
  readonly nonePassed: (source: PacketSource) => string | undefined;
}

/** The capture, as it was asked for. */
export interface CaptureAbout {
  readonly source: PacketSource;
  /**
   * The paths of the capture files, where there are any: where the source's batches tell places in them, packets are read again
   * from there instead of being kept.
   */
  readonly files?: readonly string[];
  readonly captureFilter?: CaptureFilter;
  /** What is to be said beside the source's warnings. */
  readonly notices?: readonly string[];
  /** What is written to a file beside being shown: every packet, before it is looked at. */
  readonly recording?: Recording;
}

/** What is known of the capture as a whole. */
export interface Facts {
  /** File or interface; escaped. */
  readonly name: string;
  /** Escaped too. */
  readonly warnings: readonly string[];
  /** Packets that the kernel dropped; undefined if the source can't know. */
  readonly dropped: number | undefined;
  /** A live capture from which nothing more comes. */
  readonly hasEnded: boolean;
  /** While what is not live is read. */
  readonly progress: Progress | undefined;
  readonly pings: Pick<PingSnapshot, 'requests' | 'answered' | 'duplicates'>;
  /** The tunnels that pings went through, in a few words; empty if that is not known yet. */
  readonly through: string;
  /** Requests that may still be answered. */
  readonly waiting: number;
  /** Bytes of packets that are kept at most; undefined if they are read again from the file. */
  readonly buffer: number | undefined;
  /** The file, escaped, that all packets are written to while they are shown; undefined if none is. */
  readonly recording: string | undefined;
  /** What the last key has to say; empty if nothing. */
  readonly said: string;
  /** Packets that were taken, in the list or not, and how many of them have left. */
  readonly packets: number;
  readonly left: number;
  /** Rows of packets that came since following ended. */
  readonly fresh: number;
  /** What packets had to pass to come here, in libpcap's language, escaped; undefined if nothing. */
  readonly captureFilter: string | undefined;
  /** What narrows the list, escaped, and how many packets it has seen; undefined if the list has all. */
  readonly narrowed: { readonly filter: string; readonly examined: number } | undefined;
}

/** What has become of it so far. */
export interface CaptureSoFar {
  readonly state: State;
  readonly store: PacketStore;
  readonly rows: NarrowedList;
  readonly reading: Reading;
  readonly boards: BoardCounts;
}

/** @param said what the last key has to say */
export function captureFacts(about: CaptureAbout, soFar: CaptureSoFar, said: string): Facts {
  const { source, files, captureFilter, recording } = about;
  const { state, store, rows, reading, boards } = soFar;
  const { isRunning } = reading;
  const pings = boards.tracker.snapshot();
  const traced = isJudged(soFar, pings.requests) ? boards.traced().requests : 0;
  return {
    name: escapeForeign(files === undefined ? source.name : filesText(files)),
    warnings: warningsOf(about, soFar).map(escapeForeign),
    dropped: source.statistics().dropped,
    hasEnded: source.isLive && !isRunning,
    progress: reading.progress,
    pings: { ...pings, answered: Math.min(pings.requests, pings.answered + traced) },
    through: throughWords(soFar, pings.requests),
    waiting: isRunning ? pings.waiting : 0,
    buffer: store.buffer,
    recording: reading.isRecorded ? escapeForeign(recording?.name ?? '') : undefined,
    said,
    packets: store.count,
    captureFilter: captureFilter && escapeForeign(captureFilter.text),
    narrowed:
      rows.packets === undefined
        ? undefined
        : { filter: escapeForeign(rows.filter), examined: rows.examined },
    left: store.first,
    fresh: rows.rowsSince(state.seen),
  };
}

/** `h1.pcap`, `h1.pcap + h2.pcap`, `h1.pcap + 2 files`. */
function filesText([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return basename(first);
  return `${basename(first)} + ${others.length === 1 ? basename(others[0] as string) : `${others.length} files`}`;
}

function warningsOf({ source, captureFilter, notices = [] }: CaptureAbout, { store, reading }: CaptureSoFar) {
  const warnings = [...notices, ...source.warnings, ...reading.faults.map(({ message }) => message)];
  const isWhole = source.isLive || !reading.isRunning;
  const nonePassed = store.count === 0 && isWhole ? captureFilter?.nonePassed(source) : undefined;
  return nonePassed === undefined ? warnings : [...warnings, nonePassed];
}

/** The verdict is asked for only where it takes a moment at most, and not while a file is read, which it would hold up. */
export function isJudged(
  { state, reading }: Pick<CaptureSoFar, 'state' | 'reading'>,
  requests: number,
): boolean {
  const isLoading = reading.isRunning && !state.isLive;
  return requests > 0 && requests <= MOST_JUDGED && !isLoading;
}

function throughWords(soFar: CaptureSoFar, requests: number): string {
  return isJudged(soFar, requests) ? throughText(soFar.boards.pings().verdict.paths) : '';
}
