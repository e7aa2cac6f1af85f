/** What is counted of connections in the end: bytes, what was sent again, what is stuck, holes, how they ended, other ways back. */
import { RELATION } from '../tunnel-relation.ts';
import { NO_TUNNEL, type TunnelTable, UNKNOWN_TUNNEL } from '../tunnel-table.ts';
import { least, type TcpCounts, type TransferCounts } from './tcp-counts.ts';
import { FLAG, HOLE_AGE, MOMENT, SIDE, STUCK_TIMES } from './tcp-side.ts';

/** @returns counts a connection. `now` is ns since the first packet */
export function createTcpSettlement(
  words: Int32Array,
  moments: Float64Array,
  relation: TunnelTable['relation'],
): (entry: number, counts: TcpCounts, askerIsSecond: boolean, now: number) => void {
  const { FLAGS, TUNNELS, MSS, PROVEN, STUCK, TIMES, SHRUNK, HOLE, HOLE_END, AGAIN, ZERO, SEGMENTS, STRIDE } =
    SIDE;
  const { FIN, RST, SEEN, ALIVE, HOLE_OPEN, HOLE_ALIVE, ADVANCED, SACKED } = FLAG;
  const { BYTES, STUCK_NUMBER, AGAIN_NUMBER, ZERO_NUMBER, LAST_NUMBER } = MOMENT;
  const { HOLE_TIME, HOLE_NUMBER, SYN_NUMBER, STRIDE: MOMENTS } = MOMENT;
  const [OFTEN, OLD] = [STUCK_TIMES, HOLE_AGE];

  function count(
    counts: TransferCounts,
    own: number,
    moment: number,
    mss: readonly [number, number],
    now: number,
  ): void {
    const flags = words[own + FLAGS];
    counts.segments += words[own + SEGMENTS];
    counts.bytes += moments[moment + BYTES];
    counts.again.add(moments[moment + AGAIN_NUMBER], words[own + AGAIN]);
    counts.zeroWindows.add(moments[moment + ZERO_NUMBER], words[own + ZERO]);
    if (words[own + PROVEN] > counts.proven) counts.proven = words[own + PROVEN];
    const isStuck = words[own + STUCK] !== 0 && words[own + TIMES] >= OFTEN;
    const isHole = (flags & HOLE_OPEN) !== 0 && !isStuck && now - moments[moment + HOLE_TIME] > OLD;
    if (!isStuck && !isHole && words[own + SHRUNK] === 0) return;
    if (counts.stuck.size + counts.shrunk.count + counts.holes.count === 0) {
      counts.tunnels = words[own + TUNNELS];
      counts.mss = mss;
    }
    if (isStuck) {
      counts.addStuck(words[own + STUCK], moments[moment + STUCK_NUMBER]);
      if ((flags & (ALIVE | SACKED)) !== 0) counts.stuckAlive++;
    }
    if (words[own + SHRUNK] !== 0) {
      counts.shrunk.add(moments[moment + STUCK_NUMBER]);
      counts.shrunkSize = least(counts.shrunkSize, words[own + SHRUNK]);
    }
    if (isHole) {
      counts.holes.add(moments[moment + HOLE_NUMBER]);
      counts.holeBytes = least(counts.holeBytes, (words[own + HOLE_END] - words[own + HOLE]) | 0);
      if ((flags & (HOLE_ALIVE | SACKED)) !== 0) counts.holesAlive++;
    }
  }

  return (entry, counts, askerIsSecond, now) => {
    const there = entry * 2 + (askerIsSecond ? 1 : 0);
    const back = entry * 2 + (askerIsSecond ? 0 : 1);
    const [thereFlags, backFlags] = [words[there * STRIDE + FLAGS], words[back * STRIDE + FLAGS]];
    const both = thereFlags & backFlags;
    const number = Math.max(moments[there * MOMENTS + LAST_NUMBER], moments[back * MOMENTS + LAST_NUMBER]);
    if ((both & FIN) !== 0) counts.finished++;
    else if (((thereFlags | backFlags) & RST) !== 0) counts.aborted.add(number);
    else counts.open++;
    const announced = [words[there * STRIDE + MSS], words[back * STRIDE + MSS]] as const;
    const [asker, asked] = announced;
    count(counts.there, there * STRIDE, there * MOMENTS, announced, now);
    count(counts.back, back * STRIDE, back * MOMENTS, [asked, asker], now);
    const bytes = least(asker, asked);
    if (bytes > (counts.mss?.bytes ?? 0)) {
      const packets = [there, back]
        .map((side) => moments[side * MOMENTS + SYN_NUMBER])
        .filter((at) => at > 0);
      counts.mss = { bytes, announced, packets };
    }
    if ((both & SEEN) === 0) {
      if (((thereFlags | backFlags) & ADVANCED) !== 0) counts.lonely.add(number);
      return;
    }
    const [thereTunnels, backTunnels] = [words[there * STRIDE + TUNNELS], words[back * STRIDE + TUNNELS]];
    if (isAstray(relation, thereTunnels, backTunnels)) {
      if (counts.astray.count === 0) counts.astrayTunnels = backTunnels;
      counts.astray.add(moments[back * MOMENTS + LAST_NUMBER]);
    }
  };
}

/** Whether packets took no tunnel back, or one of another kind. That its ends or VNIs are others may be meant, as with several hosts' addresses. */
export function isAstray(relation: TunnelTable['relation'], there: number, back: number): boolean {
  if (there === back || there === UNKNOWN_TUNNEL || back === UNKNOWN_TUNNEL) return false;
  if (there === NO_TUNNEL) return true;
  const is = relation(there, back);
  return is === RELATION.outside || is === RELATION.otherTunnel;
}
