/** Whether routers and receivers drop a packet, as an IPv4 header's checksum in it is wrong. */
import { CHECKSUM } from '../decode/checksum.ts';
import { LAYER_WORDS, type LayerStack } from '../decode/layer-stack.ts';
import { PROTOCOL_MASK } from '../decode/protocol.ts';
import { ipv4 } from '../decode/protocols/ipv4.ts';
import { protocolNumber } from '../decode/registry.ts';

/** Where an IPv4 header has its checksum. */
const CHECKSUM_OFFSET = 10;

/** @param last the layer up to which headers are looked at */
export type HeaderDamage = (view: DataView, stack: LayerStack, last: number) => boolean;

export function createHeaderDamage(): HeaderDamage {
  const LAYER = LAYER_WORDS;
  const PROTOCOL_BITS = PROTOCOL_MASK;
  const IPV4 = protocolNumber(ipv4);
  const statusOf = ipv4.fields.find(({ key }) => key === 'checksum.status')?.read;

  /** One that the sender leaves to its card is 0. */
  function isDamagedHeader(view: DataView, stack: LayerStack, layer: number): boolean {
    const start = stack.words[layer * LAYER + 1];
    return (
      statusOf?.(view, start, stack, layer) === CHECKSUM.bad && view.getUint16(start + CHECKSUM_OFFSET) !== 0
    );
  }

  return (view, stack, last) => {
    const { words } = stack;
    for (let layer = 0; layer <= last; layer++) {
      if ((words[layer * LAYER] & PROTOCOL_BITS) === IPV4 && isDamagedHeader(view, stack, layer)) return true;
    }
    return false;
  };
}
