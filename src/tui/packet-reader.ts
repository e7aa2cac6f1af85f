import { createDecoder } from '../decode/decoder.ts';
import type { DecodeAs } from '../decode/dispatch.ts';
import { LayerStack } from '../decode/layer-stack.ts';
import type { FoundPacket, PacketStore } from './store.ts';

/** Decodes packets of the store when somebody looks at them: what the rows on screen and the selected packet are read with. */
export class PacketReader {
  readonly stack = new LayerStack();
  readonly store: PacketStore;
  readonly #decode: ReturnType<typeof createDecoder>['decode'];

  constructor(store: PacketStore, decodeAs: readonly DecodeAs[]) {
    this.store = store;
    this.#decode = createDecoder({ decodeAs }).decode;
  }

  /** Finds a packet and decodes it into `stack`; undefined where its bytes are gone. Good until the next call. */
  read(index: number): FoundPacket | undefined {
    const found = this.store.find(index);
    if (found === undefined) return undefined;
    this.#decode(
      found.view,
      found.start,
      found.capturedLength,
      found.originalLength,
      found.linkType,
      this.stack,
    );
    return found;
  }
}
