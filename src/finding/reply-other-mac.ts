/**
 * Replies in frames to another MAC address than their requests came from, when the requester itself is on the link: nobody takes
 * them. What a router forwards is left out, as routers may send from one address and receive at another (VRRP, anycast); so is Cilium's
 * network, whose frames keep addresses that are meaningful only on the sender's host.
 */
import { isOwnIdentity } from '../exchange/cilium.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';
import { pairsOf, repliesOf } from './reply-pairs.ts';

export function replyOtherMac({ summary, tunnels }: Pick<Evidence, 'summary' | 'tunnels'>): Finding[] {
  const paths = summary.table.paths.filter((path) => !tunnels.tunnels(path.tunnels).some(isOwnIdentity));
  return pairsOf(paths, ({ otherHardware }) => [otherHardware]).map((pair) => {
    const isOne = pair.replies.count === 1;
    return finding(
      'reply-other-mac',
      `${repliesOf(pair)} ${isOne ? 'goes' : 'go'} to another MAC address than ${isOne ? 'its request' : 'their requests'} came from, so ${pair.src} may never get ${isOne ? 'it' : 'them'}: look for a stale or wrong neighbour entry on the way back (ip neigh), unless a bond sends from several addresses`,
      pair.replies.packets,
    );
  });
}
