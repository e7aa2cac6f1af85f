/** What the thread that reads and compares packets is given, and what it tells. */
import type { MessagePort } from 'node:worker_threads';
import type { ComparingMemory } from '../../../exchange/ping/comparison-code.ts';
import type { CaptureInterface, CaptureStatistics, PlainFile } from '../../../packet/source.ts';

export interface CompareTask {
  readonly memory: ComparingMemory;
  readonly file: PlainFile;
  /** The first bytes of a pcap file; undefined for pcapng. */
  readonly header: Uint8Array | undefined;
  readonly name: string;
  /** For what is told. */
  readonly port: MessagePort;
}

/** Of a source, what has changed since the last time; each message stands before the slot from which on it holds. */
export interface CompareNews {
  /** New ones. */
  readonly interfaces: readonly CaptureInterface[];
  /** New ones. */
  readonly warnings: readonly string[];
  readonly timesAreArrival: boolean;
  /** At the end. */
  readonly statistics?: CaptureStatistics;
}
