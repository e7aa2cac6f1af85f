/** What a packet is about, as far as rows and looking for packets tell it apart. */
import type { LayerStack } from '../../decode/layer-stack.ts';
import { ICMP_TYPE } from '../../decode/protocols/icmp-names.ts';
import { TCP } from '../../exchange/tcp/tcp-header.ts';

export type PacketKind = 'request' | 'reply' | 'problem' | 'other';

/** Half of a ping, of a handshake or of a query and its answer; or a problem: an error, which quotes what it is about. */
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
    // QR (RFC 1035, section 4.1.1), and SYN without and with ACK.
    if (name === 'dns') return (view.getUint8(stack.start(layer) + 2) & 0x80) === 0 ? 'request' : 'reply';
    if (name === 'tcp' && stack.describe(layer).isPartial !== true) {
      const set = view.getUint8(stack.start(layer) + TCP.FLAGS) & (TCP.SYN | TCP.ACK);
      if ((set & TCP.SYN) !== 0) return set === TCP.SYN ? 'request' : 'reply';
    }
    return 'other';
  }
  return 'other';
}
