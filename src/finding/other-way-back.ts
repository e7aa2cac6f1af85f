/**
 * Replies that came back another way than their requests went: outside the tunnel, through another one, or between other ends. For another VNI
 * see other-vni.ts.
 */
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { REPLIES, tallied } from './tallied.ts';

export function replyOutsideTunnel({ total }: Evidence): Finding[] {
  return tallied(
    'reply-outside-tunnel',
    total.outside,
    REPLIES,
    'came back outside the tunnel: check the return route on the other side',
  );
}

export function otherTunnel({ total }: Evidence): Finding[] {
  return tallied(
    'other-tunnel',
    total.otherTunnel,
    REPLIES,
    'came back through another tunnel than the request: compare routes and tunnels on both sides',
  );
}

export function asymmetricOuterPath({ total }: Evidence): Finding[] {
  return tallied(
    'asymmetric-outer-path',
    total.otherEnds,
    REPLIES,
    "came back through a tunnel between other hosts than the request's: compare routes and forwarding entries on both sides; stateful firewalls drop such replies",
  );
}
