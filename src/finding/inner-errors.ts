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
      `at ${from} the TTL of ${ping} ran out: look for a routing loop, unless this is a traceroute`,
      packets,
    );
  }
  if (reason === 'reassembly') {
    return finding(
      'inner-reassembly-timeout',
      `${from} waited in vain for the other fragments of ${ping}: look for loss and for firewalls that drop fragments, or send smaller packets`,
      packets,
    );
  }
  if (reason === 'mtu') {
    return finding(
      'inner-fragmentation-needed',
      mtu === 0
        ? `${whoRefused(error)} can't pass on ${ping}, which is too large, and does not say what fits${sizeText(error)}: send smaller packets, or give the containers a smaller MTU`
        : `${whoRefused(error)} can't pass on ${ping}: only ${mtu} bytes fit${sizeText(error)}: send smaller packets, or give the containers an MTU of ${mtu}`,
      packets,
    );
  }
  return finding('inner-unreachable', `${from} can't pass on ${ping}: ${whyNot(error, reason)}`, packets);
}

function whyNot({ isEchoReply, isIpv6 }: QuotingError, reason: StopReason): string {
  switch (reason) {
    case 'forbidden':
      return `its firewall forbids it: allow echo ${isEchoReply ? 'replies' : 'requests'}`;
    case 'header':
      return 'it finds a fault in its headers (parameter problem): look for options, and for what changes headers on the way';
    case 'protocol':
      return `it does not take ${isIpv6 ? 'a header of it: look for extension headers' : 'ICMP there: check whether the address is a host'}`;
    default:
      return 'it knows no way there: check its routes, and whether the address is up';
  }
}
