/**
 * Replies that came back by another way than their requests took: outside the tunnel, by another one, or between other ends. Another VNI is
 * other-vni.ts.
 */
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { REPLIES, tallied } from './tallied.ts';

export function replyOutsideTunnel({ total }: Evidence): Finding[] {
  return tallied(
    'reply-outside-tunnel',
    total.outside,
    REPLIES,
    'came back outside the tunnel: check the route back on the other side',
  );
}

export function otherTunnel({ total }: Evidence): Finding[] {
  return tallied(
    'other-tunnel',
    total.otherTunnel,
    REPLIES,
    'came back by another tunnel than the request took: compare routes and tunnels of both sides',
  );
}

export function asymmetricOuterPath({ total }: Evidence): Finding[] {
  return tallied(
    'asymmetric-outer-path',
    total.otherEnds,
    REPLIES,
    "came back by a tunnel between other hosts than the request's: compare both sides' routes and forwarding entries, and mind stateful firewalls",
  );
}
