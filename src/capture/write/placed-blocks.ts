/** Enhanced packet blocks of pcapng around packets that stay where they lie. */
import { EPB_FLAGS, OPTION_END } from '../../packet/packet-options.ts';
import type { CaptureInterface, PacketBatch } from '../../packet/source.ts';
import { ENHANCED_PACKET } from '../file/pcapng-blocks.ts';
import { BlockTime } from './block-time.ts';
import type { RecordBuffer } from './record-buffer.ts';

/** Of an enhanced packet block, up to the packet. */
export const EPB_HEADER = 28;
/** Bytes of a packet's flags, and of the end of options behind them. */
const FLAGS_OPTION = 12;
/** What a block ends with behind its packet, at the most, in 32-bit words: padding, flags and its length. */
const LONGEST_END = 5;

/** Bytes that a block has behind its packet. */
export function endLengthOf(length: number, flags: number): number {
  return (-length & 3) + 4 + (flags === 0 ? 0 : FLAGS_OPTION);
}

/** @param end the word behind the block; of what is in front of its end some may be written over */
function writeEnd(words: Int32Array, end: number, size: number, flags: number): void {
  words[end - 1] = size;
  // Where there is no padding, more comes over it.
  if (flags === 0) {
    words[end - 2] = 0;
    return;
  }
  words[end - 2] = OPTION_END;
  words[end - 3] = flags;
  words[end - 4] = EPB_FLAGS | (4 << 16);
  words[end - 5] = 0;
}

/**
 * Writes into the free space in front of packets (48 bytes, as GatheringMemory says, of which this takes all): each packet's header, and in front of that what the block
 * before ends with, so that all this and the packet are one piece.
 */
export class PlacedBlocks {
  private readonly interfaces: readonly CaptureInterface[];
  private readonly time = new BlockTime();
  private readonly end = new Int32Array(LONGEST_END);
  private readonly endView = new DataView(this.end.buffer);
  private readonly endBytes = new Uint8Array(this.end.buffer);
  private readonly noFlags = new Int32Array(0);

  constructor(interfaces: readonly CaptureInterface[]) {
    this.interfaces = interfaces;
  }

  /**
   * Takes the packets from one on, as far as they lie at whole words in memory that can be written from, and their interfaces
   * are among the first `described`.
   *
   * @param received packets by interface
   * @returns the first packet that was not taken
   */
  place(
    out: RecordBuffer,
    batch: PacketBatch,
    from: number,
    to: number,
    described: number,
    received: number[],
  ): number {
    const pieces = out.piecesOf(batch.bytes);
    if (pieces === undefined) return from;
    const { words } = pieces;
    const { start, capturedLength, originalLength, seconds, nanoseconds, interfaceIndex } = batch;
    const { interfaces, time, noFlags } = this;
    const packetFlags = batch.packetFlags ?? noFlags;
    const until = Math.min(to, from + pieces.left);
    let size = 0;
    let flags = 0;
    let endLength = 0;
    let index = from;
    for (; index < until; index = (index + 1) | 0) {
      const at = start[index];
      const id = interfaceIndex[index];
      if ((at & 3) !== 0 || id >= described) break;
      time.set(seconds[index], nanoseconds[index], interfaces[id].timeResolution);
      const length = capturedLength[index];
      const word = at >> 2;
      if (endLength > 0) writeEnd(words, word - 7, size, flags);
      pieces.add(at - EPB_HEADER - endLength, endLength + EPB_HEADER + length);
      flags = packetFlags === noFlags ? 0 : packetFlags[index];
      endLength = endLengthOf(length, flags);
      size = EPB_HEADER + length + endLength;
      words[word - 7] = ENHANCED_PACKET;
      words[word - 6] = size;
      words[word - 5] = id;
      words[word - 4] = time.high;
      words[word - 3] = time.low;
      words[word - 2] = length;
      words[word - 1] = originalLength[index];
      received[id]++;
    }
    if (index === from) return from;
    out.packets += index - from;
    writeEnd(this.end, LONGEST_END, size, flags);
    out.put(out.reserve(endLength), this.endBytes, this.endView, LONGEST_END * 4 - endLength, endLength);
    return index;
  }
}
