/** The selected packet's rows, made once for as long as it stays selected. */
import { createOutline, type Outline } from '../../output/outline.ts';
import type { PacketReader } from '../packets/packet-reader.ts';

export class SelectedOutline {
  readonly #reader: PacketReader;
  #packet = -1;
  #outline: Outline | undefined;

  constructor(reader: PacketReader) {
    this.#reader = reader;
  }

  /** @returns undefined if the packet's bytes are gone */
  of(packet: number): Outline | undefined {
    if (this.#packet === packet) return this.#outline;
    const found = this.#reader.read(packet);
    this.#packet = packet;
    this.#outline = found === undefined ? undefined : createOutline(found.view, this.#reader.stack);
    return this.#outline;
  }

  /** It is made again when it is asked for next. */
  forget(): void {
    this.#packet = -1;
  }
}
