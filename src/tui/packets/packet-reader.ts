import type { DecodeAs } from '../../decode/decode-as.ts';
import { createDecoder, type Decoder } from '../../decode/decoder.ts';
import { LayerStack } from '../../decode/layer-stack.ts';
import { createReassembler } from '../../decode/reassembly.ts';
import type { FoundPacket, PacketStore } from './store.ts';

/** Decodes packets of the store when somebody looks at them: what the rows on screen and the selected packet are read with. */
export class PacketReader {
  readonly stack = new LayerStack();
  readonly store: PacketStore;
  readonly decoder: Decoder;

  constructor(store: PacketStore, decodeAs: readonly DecodeAs[]) {
    this.store = store;
    this.decoder = createDecoder({ decodeAs });
  }

  /**
   * Finds a packet and decodes it into `stack`; undefined if its bytes are gone. Good until the next call. What the packet
   * completed is put together again: its layers stand behind the packet's bytes, as far as the other fragments are still here.
   */
  read(index: number): FoundPacket | undefined {
    const found = this.#decode(index);
    if (found === undefined || this.stack.fragment < 0) return found;
    const reassembler = createReassembler(this.decoder);
    let whole: FoundPacket | undefined;
    for (const number of this.store.fragments.of(index + 1)) {
      const piece = this.#decode(number - 1);
      if (piece === undefined) continue;
      const { view, seconds, nanoseconds, interfaceIndex } = piece;
      const where = reassembler.packet(view, this.stack, number, seconds, nanoseconds, interfaceIndex);
      whole = { ...piece, view: where, start: this.stack.packetStart };
    }
    return whole;
  }

  #decode(index: number): FoundPacket | undefined {
    const found = this.store.find(index);
    if (found === undefined) return undefined;
    const { view, start, capturedLength, originalLength, linkType } = found;
    this.decoder.decode(view, start, capturedLength, originalLength, linkType, this.stack);
    return found;
  }
}
