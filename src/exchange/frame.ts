/** The innermost frame around a packet: whose hardware addresses stand in it. */
import { randomFactors } from '../decode/hash.ts';
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../decode/protocol.ts';
import { ethernet } from '../decode/protocols/ethernet.ts';
import { protocolNumber } from '../decode/registry.ts';
import { LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2 } from '../packet/link-type.ts';

/** Packet type in Linux cooked captures (tcpdump.org): sent to all by another host. */
const SENT_TO_ALL = 1;

export interface FrameReader {
  /**
   * Where the frame begins that carries an IP header with no other header of IP or of a tunnel between them; -1 where none does.
   *
   * @param network the layer of the IP header
   */
  frameOf(stack: LayerStack, network: number): number;
  /**
   * 16 bits that tell one hardware address of a frame from most others, or 0: no frame, no address, or a group's.
   *
   * @param offset 0 for the destination, 6 for the source
   */
  hardware(view: DataView, frame: number, offset: number): number;
  /** Whether the packet goes to all hosts of its link: its frame's destination is ff:ff:ff:ff:ff:ff, or Linux says so of it. */
  isBroadcast(view: DataView, stack: LayerStack, network: number): boolean;
}

export function createFrameReader(): FrameReader {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const ETHERNET = protocolNumber(ethernet);
  const [SLL, SLL2, TO_ALL] = [LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, SENT_TO_ALL];
  const LEVEL_BITS = 15 << 8;
  const GROUP_BIT = 1 << 24;
  const [FIRST, SECOND] = randomFactors(2) as unknown as [number, number];

  function frameOf({ words }: LayerStack, network: number): number {
    const level = words[network * LAYER] & LEVEL_BITS;
    for (let layer = (network - 1) | 0; layer >= 0; layer = (layer - 1) | 0) {
      const meta = words[layer * LAYER];
      if ((meta & LEVEL_BITS) !== level) return -1;
      if ((meta & PROTOCOL_BITS) === ETHERNET) return words[layer * LAYER + 1];
    }
    return -1;
  }

  return {
    frameOf,
    hardware(view, frame, offset) {
      if (frame < 0) return 0;
      const high = view.getInt32(frame + offset);
      const low = view.getUint16(frame + offset + 4);
      if ((high | low) === 0 || (high & GROUP_BIT) !== 0) return 0;
      const hash = Math.imul(high ^ Math.imul(low, FIRST), SECOND) >>> 16;
      return hash === 0 ? 1 : hash;
    },
    isBroadcast(view, stack, network) {
      const frame = frameOf(stack, network);
      if (frame >= 0) return view.getInt32(frame) === -1 && view.getUint16(frame + 4) === 0xffff;
      const { linkType, packetStart } = stack;
      if (linkType !== SLL && linkType !== SLL2) return false;
      if ((stack.words[network * LAYER] & LEVEL_BITS) !== 0) return false;
      return (linkType === SLL ? view.getUint16(packetStart) : view.getUint8(packetStart + 10)) === TO_ALL;
    },
  };
}
