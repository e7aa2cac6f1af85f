/** What a packet is about, as far as rows and looking for packets tell it apart. */
import type { LayerStack } from '../../decode/layer-stack.ts';
import { ICMP_TYPE } from '../../decode/protocols/icmp-names.ts';

export type PacketKind = 'request' | 'reply' | 'problem' | 'other';

/** A ping's half or a problem: an error, which quotes what it is about. */
export function kindOf(view: DataView, stack: LayerStack): PacketKind {
  for (let layer = stack.count - 1; layer >= 0; layer--) {
    // Only errors quote.
    if (stack.isQuoted(layer)) return 'problem';
    const { name } = stack.describe(layer);
    if (name === 'data') continue;
    const type = name === 'icmp' || name === 'icmpv6' ? view.getUint8(stack.start(layer)) : -1;
    if (name === 'icmp') {
      if (type === ICMP_TYPE.echoRequest) return 'request';
      if (type === ICMP_TYPE.echoReply) return 'reply';
    }
    // ICMPv6: 128 and 129 are echo request and reply, errors are below 128 (RFC 4443, 2.1).
    if (name === 'icmpv6')
      return type === 128 ? 'request' : type === 129 ? 'reply' : type < 128 ? 'problem' : 'other';
    return 'other';
  }
  return 'other';
}
