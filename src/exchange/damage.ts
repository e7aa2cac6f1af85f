/**
 * Whether receivers drop a packet, as a checksum in it is wrong: that of an IPv4 header on its way, or of the ICMP message itself, which Linux
 * looks at before anything is done with it (icmp_rcv), and ping too, where it reads a raw socket. A UDP checksum around a tunnel tells
 * less: where the sender leaves it to a card, a capture on its own host has a wrong one too.
 */
import { CHECKSUM } from '../decode/checksum.ts';
import { checksumReaders } from '../decode/checksum-status.ts';
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../decode/protocol.ts';
import { ipv4 } from '../decode/protocols/ipv4.ts';
import { protocolNumber } from '../decode/registry.ts';

/** Where an IPv4 header has its checksum. */
const CHECKSUM_OFFSET = 10;

/** @param echo the layer of the ICMP or ICMPv6 message, up to which headers are looked at */
export type Damage = (view: DataView, stack: LayerStack, echo: number) => boolean;

export function createDamage(): Damage {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const IPV4 = protocolNumber(ipv4);
  const statusReaders = checksumReaders();

  function isBad(view: DataView, stack: LayerStack, layer: number): boolean {
    const read = statusReaders[stack.words[layer * LAYER] & PROTOCOL_BITS];
    return read?.(view, stack.words[layer * LAYER + 1], stack, layer) === CHECKSUM.bad;
  }

  return (view, stack, echo) => {
    const { words } = stack;
    for (let layer = 0; layer < echo; layer++) {
      if ((words[layer * LAYER] & PROTOCOL_BITS) !== IPV4) continue;
      // One that the sender leaves to its card is 0.
      const isLeft = view.getUint16(words[layer * LAYER + 1] + CHECKSUM_OFFSET) === 0;
      if (!isLeft && isBad(view, stack, layer)) return true;
    }
    return isBad(view, stack, echo);
  };
}
