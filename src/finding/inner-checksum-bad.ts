/** TCP and UDP checksums inside tunnels that are wrong. */
import type { ChecksumCounts } from '../exchange/transport-checksums.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** Faulty offload spoils nearly everything a host sends; damage on the path affects a small share. */
const FAULTY_SHARE = 0.1;

export function innerChecksumBad({ exchanges }: Evidence): Finding[] {
  return [...(exchanges?.checksums ?? [])].flatMap(([id, counts]) =>
    counts.bad.count === 0
      ? []
      : [wrong(exchanges?.tunnels.tunnels(id) ?? [], counts, areTaken(exchanges, id))],
  );
}

/** Whether something sent through these tunnels was answered: virtual devices of one machine do not verify checksums. */
function areTaken(exchanges: Evidence['exchanges'], id: number): boolean {
  return (exchanges?.table.rows ?? []).some(({ tunnels, counts }) => tunnels === id && counts.answered > 0);
}

function wrong(
  tunnels: readonly Tunnel[],
  { bad, known, protocol }: ChecksumCounts,
  isTaken: boolean,
): Finding {
  const sender = tunnels.at(-1)?.src;
  const what = `the inner ${protocol} checksum is wrong in ${bad.count} of ${counted(known, 'packet')} through ${tunnelText(tunnels)}`;
  if (isTaken && bad.count === known)
    return finding(
      'inner-checksum-bad',
      `${what}, but they were answered anyway: this receiver does not verify checksums, as on virtual devices of one machine, but any other drops such packets; on ${sender ?? 'the sending side'}, run ethtool -K DEVICE tx-checksum-ip-generic off for the tunnel's device`,
      bad.packets,
      'warning',
    );
  const fact = `${what}, and receivers drop such packets`;
  if (bad.count < known * FAULTY_SHARE)
    return finding(
      'inner-checksum-bad',
      `${fact}: so few were most likely damaged on the path`,
      bad.packets,
      'warning',
    );
  return finding(
    'inner-checksum-bad',
    `${fact}: the sender leaves checksums to a network card that does not complete them; on ${sender ?? 'the sending side'}, run ethtool -K DEVICE tx-checksum-ip-generic off for the tunnel's device, such as flannel.1 or vxlan.calico`,
    bad.packets,
  );
}
