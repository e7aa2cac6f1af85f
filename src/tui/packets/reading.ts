/** A source that is read to its end, in the background: what is taken, how far it has come, and what went wrong. */

import { statSync } from 'node:fs';
import { isMerged } from '../../capture/file/merged-source.ts';
import { USUAL_WAIT_MILLISECONDS } from '../../exchange/ping/settlement.ts';
import type { PacketSource } from '../../packet/source.ts';
import { asError } from '../../text/as-error.ts';
import { type IngestOptions, ingest } from './ingest.ts';
import { type Progress, ReadingProgress } from './reading-progress.ts';
import { Recorder, type Recording } from './recording.ts';
import type { PacketStore } from './store.ts';

export interface ReadingOptions {
  readonly source: PacketSource;
  readonly store: PacketStore;
  /** The paths of plain capture files. */
  readonly files?: readonly string[];
  readonly recording?: Recording;
}

export class Reading {
  readonly #source: PacketSource;
  readonly #store: PacketStore;
  readonly #progress: ReadingProgress;
  readonly #recorder: Recorder | undefined;
  #isRunning = true;
  /** What the source failed with. */
  #fault: Error | undefined;

  constructor({ source, store, files, recording }: ReadingOptions) {
    this.#source = source;
    this.#store = store;
    if (recording !== undefined) this.#recorder = new Recorder(recording);
    this.#progress = new ReadingProgress(
      files?.reduce((sum, file) => sum + statSync(file).size, 0),
      performance.now(),
    );
  }

  /** Reads to the end. A source that fails is no error of ours: what came before is good, and {@link faults} tells. */
  async run(options: Omit<IngestOptions, 'source' | 'store' | 'onBatch'>): Promise<void> {
    const source = this.#source;
    try {
      await ingest({
        ...options,
        source,
        store: this.#store,
        onBatch: (batch, taken) => this.#recorder?.take(batch, taken),
      });
    } catch (error) {
      this.#fault = asError(error);
    }
    // Where it ended by itself: what nobody takes any more is not captured either.
    source.stop();
    this.#isRunning = false;
  }

  /** More packets may come. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What went wrong in reading, and in writing what is read. */
  get faults(): readonly Error[] {
    return [this.#fault, this.#recorder?.fault].filter((fault) => fault !== undefined);
  }

  /** Whether all packets are written to a file. */
  get isRecorded(): boolean {
    return this.#recorder !== undefined && this.#recorder.fault === undefined;
  }

  /** How far it is, while what is not live is read. */
  get progress(): Progress | undefined {
    if (!this.#isRunning || this.#source.isLive) return undefined;
    const { readShare } = this.#source.statistics();
    return this.#progress.look(
      this.#store,
      performance.now(),
      isMerged(this.#source) ? readShare : undefined,
    );
  }

  /** Whether a packet is a request that stayed without an answer: nothing more comes, or it has waited for long enough. */
  isLost(packet: number): boolean {
    const store = this.#store;
    if (packet < store.first || !store.isUnanswered(packet)) return false;
    if (!this.#isRunning) return true;
    if (!this.#source.isLive) return false;
    const sent = store.firstSeconds + store.firstNanoseconds / 1e9 + store.secondsSinceFirst(packet);
    return Date.now() / 1000 - sent > USUAL_WAIT_MILLISECONDS / 1000;
  }

  /** The requests among so many unanswered ones that are lost: while packets come, some may still wait for their replies. */
  lostOf(unanswered: number, waiting: number): number {
    return this.#isRunning ? unanswered - waiting : unanswered;
  }
}
