/** ICMP errors about the pings themselves: inner-unreachable, inner-ttl-exceeded, inner-reassembly-timeout, inner-fragmentation-needed. */
import type { QuotingError, StopReason } from '../exchange/quoting-error.ts';
import { type Finding, finding } from './finding.ts';
import { sizeText, whoRefused } from './quoted-packet.ts';

export function innerFinding(error: QuotingError, reason: StopReason): Finding {
  const { from, src, dst, mtu, tally } = error;
  const { packets } = tally;
  const ping = `the echo ${error.isEchoReply ? 'reply' : 'request'} from ${src} to ${dst}`;
  if (reason === 'ttl') {
    return finding(
      'inner-ttl-exceeded',
      `the TTL of ${ping} expired at ${from}: look for a routing loop, unless this is a traceroute`,
      packets,
    );
  }
  if (reason === 'reassembly') {
    return finding(
      'inner-reassembly-timeout',
      `${from} timed out waiting for the other fragments of ${ping}: look for loss and for firewalls that drop fragments, or send smaller packets`,
      packets,
    );
  }
  if (reason === 'mtu') {
    return finding(
      'inner-fragmentation-needed',
      mtu === 0
        ? `${whoRefused(error)} can't forward ${ping}, which is too large${sizeText(error)}, and does not say what fits: send smaller packets, or give the containers a smaller MTU`
        : `${whoRefused(error)} can't forward ${ping}, as only ${mtu} bytes fit${sizeText(error)}: send smaller packets, or give the containers an MTU of ${mtu}`,
      packets,
    );
  }
  return finding('inner-unreachable', `${from} can't deliver ${ping}: ${whyNot(error, reason)}`, packets);
}

function whyNot({ isEchoReply, isIpv6 }: QuotingError, reason: StopReason): string {
  switch (reason) {
    case 'forbidden':
      return `its firewall forbids it; allow echo ${isEchoReply ? 'replies' : 'requests'} there`;
    case 'header':
      return 'it reports a faulty header (parameter problem); look for options, and for what changes headers on the path';
    case 'protocol':
      return isIpv6
        ? 'it does not support one of its headers; look for extension headers'
        : 'it does not accept ICMP; check whether the address is a host';
    default:
      return 'it has no route there; check its routes, and whether the address is up';
  }
}
