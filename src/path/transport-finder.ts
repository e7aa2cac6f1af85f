/** Whether a packet, or what an ICMP error quotes, is of a connection or of a query. */
import type { LayerStack } from '../decode/layer-stack.ts';
import { createTransportReader, TRANSPORT } from '../exchange/inner-transport.ts';
import { TCP } from '../exchange/tcp/tcp-header.ts';

export interface TransportFinder {
  /** @returns as {@link TRANSPORT} says, or -1 */
  own(view: DataView, stack: LayerStack): number;
  quoted(stack: LayerStack): number;
}

export function createTransportFinder(): TransportFinder {
  const { NETWORK_SHIFT, DNS } = TRANSPORT;
  return {
    own: createTransportReader(),
    quoted(stack) {
      let layer = stack.count - 1;
      const nameOf = (at: number) => stack.describe(at).name;
      while (layer > 0 && stack.isQuoted(layer) && nameOf(layer) !== 'tcp' && nameOf(layer) !== 'udp')
        layer--;
      const network = stack.networkBefore(layer);
      if (!stack.isQuoted(layer) || network < 0 || !stack.isQuoted(network)) return -1;
      const isTcp = nameOf(layer) === 'tcp';
      if (stack.headerLength(layer) < (isTcp ? TCP.SEQUENCE + 4 : 4)) return -1;
      return layer | (network << NETWORK_SHIFT) | (isTcp ? 0 : DNS);
    },
  };
}
