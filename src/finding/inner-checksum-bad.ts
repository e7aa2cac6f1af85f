/** TCP and UDP checksums inside tunnels that are wrong. */
import type { ChecksumCounts } from '../exchange/transport-checksums.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import { tunnelText } from '../exchange/tunnel-words.ts';
import { counted } from '../text/words.ts';
import type { Evidence } from './evidence.ts';
import { type Finding, finding } from './finding.ts';

/** Offload that is faulty spoils nearly all that a host sends; of damage on the way a small share has it. */
const FAULTY_SHARE = 0.1;

export function innerChecksumBad({ exchanges }: Evidence): Finding[] {
  return [...(exchanges?.checksums ?? [])].flatMap(([id, counts]) =>
    counts.bad.count === 0
      ? []
      : [wrong(exchanges?.tunnels.tunnels(id) ?? [], counts, areTaken(exchanges, id))],
  );
}

/** Whether something that was sent by these tunnels was answered: between virtual devices of one machine nobody looks at checksums. */
function areTaken(exchanges: Evidence['exchanges'], id: number): boolean {
  return (exchanges?.table.rows ?? []).some(({ tunnels, counts }) => tunnels === id && counts.answered > 0);
}

function wrong(
  tunnels: readonly Tunnel[],
  { bad, known, protocol }: ChecksumCounts,
  isTaken: boolean,
): Finding {
  const sender = tunnels.at(-1)?.src;
  const what = `the inner ${protocol} checksum is wrong in ${bad.count} of ${counted(known, 'packet')} by ${tunnelText(tunnels)}`;
  if (isTaken && bad.count === known)
    return finding(
      'inner-checksum-bad',
      `${what}, and they were answered all the same: this receiver does not look, as on a virtual device of the same machine, and any other drops them; on ${sender ?? 'the sending side'}, ethtool -K DEVICE tx-checksum-ip-generic off, for the tunnel's device`,
      bad.packets,
      'warning',
    );
  const fact = `${what}, and receivers drop such packets`;
  if (bad.count < known * FAULTY_SHARE)
    return finding(
      'inner-checksum-bad',
      `${fact}: so few of them are damaged on the way, most likely`,
      bad.packets,
      'warning',
    );
  return finding(
    'inner-checksum-bad',
    `${fact}: ${sender === undefined ? 'the sending side' : `${sender}, which sends them,`} leaves checksums to a card that does not complete them: there, ethtool -K DEVICE tx-checksum-ip-generic off, for the tunnel's device such as flannel.1 or vxlan.calico`,
    bad.packets,
  );
}
