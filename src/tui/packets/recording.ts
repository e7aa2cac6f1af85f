/** Packets written to a file while they are shown. */

import type { PacketWriter } from '../../capture/write/writer.ts';
import type { PacketBatch } from '../../packet/source.ts';
import { asError } from '../../text/as-error.ts';

export interface Recording {
  /** As the screen names it. */
  readonly name: string;
  /** Whoever opened it ends it. */
  readonly writer: PacketWriter;
}

/** Where writing fails, it ends there, and packets are shown on. */
export class Recorder {
  /** Why it ended. */
  fault: Error | undefined;
  readonly #writer: PacketWriter;

  constructor({ writer }: Recording) {
    this.#writer = writer;
  }

  /** Takes the first packets of a batch; to be called once for each. */
  take(batch: PacketBatch, count: number): void {
    if (this.fault !== undefined) return;
    try {
      this.#writer.packets(batch, count);
      this.#writer.settle();
    } catch (error) {
      this.fault = asError(error);
    }
  }
}
