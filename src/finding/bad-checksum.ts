/** Wrong checksums, and what they cost: bad-checksum, vxlan-checksum-offload, damaged-replies. */
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

export function damagedReplies({ total: { damaged } }: Evidence): Finding[] {
  if (damaged.count === 0) return [];
  const many = damaged.count > 1;
  return [
    finding(
      'damaged-replies',
      `${counted(damaged.count, 'reply', 'replies')} with a wrong IPv4 header or ICMP checksum ${many ? 'were the only answers to their requests' : 'was the only answer to its request'}: receivers drop ${many ? 'them' : 'it'}, so ping sees no answer; look for what damages packets on the way back`,
      damaged.packets,
    ),
  ];
}

export function badChecksum({ watch }: Pick<Evidence, 'watch'>): Finding[] {
  return [...watch.badChecksums.values()].map(({ protocol, place, isVxlan, tally }) => {
    if (isVxlan) {
      return finding(
        'vxlan-checksum-offload',
        `the outer UDP checksum is wrong in ${counted(tally.count, 'VXLAN packet')}, and receivers drop such packets: faulty checksum offload causes this, most often on Flannel's device; run ethtool -K flannel.1 tx-checksum-ip-generic off (or name your VXLAN device)`,
        tally.packets,
      );
    }
    const header = place === 'only' ? protocol.short : `${place} ${protocol.short}`;
    return finding(
      'bad-checksum',
      `the ${header} checksum is wrong in ${counted(tally.count, 'packet')}, and receivers drop such packets: look for faulty checksum offload (ethtool -K DEVICE tx off) or damage on the path`,
      tally.packets,
    );
  });
}
