/** What was counted of connections once they stood: how much went each way, what was sent again, what never got through, how they ended. */
import { Tally } from '../tally.ts';

/** The most lengths of stuck packets that are told apart. */
const MOST_SIZES = 32;

/** What went one way, from one end of the connections to the other. */
export class TransferCounts {
  /** TCP segments, those without data too, and bytes of data in them. */
  segments = 0;
  bytes = 0;
  /** Segments with data or a FIN that were sent again. */
  readonly again = new Tally();
  /** Segments that said that there is no room for more data. */
  readonly zeroWindows = new Tally();
  /** Connections whose oldest segment was sent again twice or more and never acknowledged, by the length of its IP packet. */
  readonly stuck = new Map<number, Tally>();
  /** Of those: the other end was still heard of. */
  stuckAlive = 0;
  /** Connections that went on only once shorter segments were sent; and the shortest IP packet that did not get through. */
  readonly shrunk = new Tally();
  shrunkSize = 0;
  /** Connections in which data was never seen, nor acknowledged, though shorter segments behind it came; and its bytes, at least. */
  readonly holes = new Tally();
  holeBytes = 0;
  /** Of those: the sender was heard of long after. */
  holesAlive = 0;
  /** The longest IP packet with data that was acknowledged. */
  proven = 0;
  /** Which tunnels packets that did not get through were in, and what both ends announced as MSS, the sender's first; 0 where not seen. */
  tunnels = 0;
  mss: readonly [own: number, peer: number] = [0, 0];

  addStuck(size: number, packet: number): void {
    let tally = this.stuck.get(size);
    if (tally === undefined) {
      if (this.stuck.size === MOST_SIZES) return;
      tally = new Tally();
      this.stuck.set(size, tally);
    }
    tally.add(packet);
  }

  merge(other: TransferCounts): void {
    if (this.stuck.size + this.shrunk.count + this.holes.count === 0) {
      this.tunnels = other.tunnels;
      this.mss = other.mss;
    }
    this.segments += other.segments;
    this.bytes += other.bytes;
    this.again.merge(other.again);
    this.zeroWindows.merge(other.zeroWindows);
    for (const [size, tally] of other.stuck) {
      const own = this.stuck.get(size);
      if (own !== undefined) own.merge(tally);
      else if (this.stuck.size < MOST_SIZES) {
        const copy = new Tally();
        copy.merge(tally);
        this.stuck.set(size, copy);
      }
    }
    this.stuckAlive += other.stuckAlive;
    this.shrunk.merge(other.shrunk);
    this.shrunkSize = least(this.shrunkSize, other.shrunkSize);
    this.holes.merge(other.holes);
    this.holeBytes = least(this.holeBytes, other.holeBytes);
    this.holesAlive += other.holesAlive;
    this.proven = Math.max(this.proven, other.proven);
  }
}

/** The smaller of two, of which 0 is none. */
export function least(one: number, other: number): number {
  return one === 0 || other === 0 ? one + other : Math.min(one, other);
}

/** The largest MSS that both ends of a connection allow. */
export interface AgreedMss {
  readonly bytes: number;
  /** What each end announced: who began the connection first; 0 where it was not seen. */
  readonly announced: readonly [asker: number, asked: number];
  readonly packets: readonly number[];
}

export class TcpCounts {
  /** Connections by how they ended: by FIN from both ends, by RST, or not while they were watched. */
  finished = 0;
  readonly aborted = new Tally();
  open = 0;
  /** From whoever began the connection, and back. */
  readonly there = new TransferCounts();
  readonly back = new TransferCounts();
  mss: AgreedMss | undefined;
  /** Connections whose packets back took no tunnel, or one of another kind; and which tunnels. */
  readonly astray = new Tally();
  astrayTunnels = 0;
  /** Connections of which one direction alone is in the capture, though it goes on. */
  readonly lonely = new Tally();

  merge(other: TcpCounts): void {
    this.finished += other.finished;
    this.aborted.merge(other.aborted);
    this.open += other.open;
    this.there.merge(other.there);
    this.back.merge(other.back);
    if (other.mss !== undefined && other.mss.bytes > (this.mss?.bytes ?? 0)) this.mss = other.mss;
    if (this.astray.count === 0) this.astrayTunnels = other.astrayTunnels;
    this.astray.merge(other.astray);
    this.lonely.merge(other.lonely);
  }
}
