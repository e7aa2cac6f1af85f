/**
 * Where buffers were, as the kernel's events of receiving and sending tell: the newest ones, by the buffer's address.
 *
 * An address is used again as soon as a packet is gone, so what is known of one is cut where another packet must have begun: where it is at the
 * same device in the same direction once more, where its length changes as no packet's does, and after a pause in which no packet stays anywhere but
 * in a queue.
 */

/** A buffer at a device. */
export interface LoggedStep {
  /** µs by the trace's clock. */
  readonly time: number;
  /** Index into the list of names. */
  readonly device: number;
  readonly isSent: boolean;
  /** EtherType; 0 of what is received. */
  readonly protocol: number;
  /** As the kernel counts: of what is received, without the link header. */
  readonly length: number;
}

export interface PacketLog {
  /**
   * Takes an event; they come in the order of time.
   *
   * @param place of {@link placeOf}
   */
  add(time: number, address: number, place: number, length: number): void;
  /** Where the packet was that is at this address now, oldest first. */
  courseOf(address: number): LoggedStep[];
}

/** A power of two. */
const SIZE = 1 << 17;
/** Of 32 bits of a hash, as many as there are buckets go in. */
const BUCKET_SHIFT = 16;
const BUCKETS = 1 << (32 - BUCKET_SHIFT);
/** Events of other addresses in the same bucket that are stepped over at most. */
const MOST_WALKED = 4096;
/** A packet passes more devices only in a loop. */
const MOST_STEPS = 24;
/** µs between two events of a packet: it waits for longer in a queue alone, in front of a device, and then what was before is not believed. */
const LONGEST_PAUSE = 10_000;

/** Names past these are one. */
export const MOST_DEVICES = 0x7fff;

/** What is told of a step in one number of 32 bits. @param protocol EtherType, where it is sent */
export function placeOf(device: number, isSent: boolean, protocol: number): number {
  return ((protocol << 16) | (device << 1) | (isSent ? 1 : 0)) >>> 0;
}

export function createPacketLog(): PacketLog {
  const times = new Float64Array(SIZE);
  const addresses = new Float64Array(SIZE);
  const lengths = new Uint32Array(SIZE);
  /** Of {@link placeOf}. */
  const places = new Uint32Array(SIZE);
  /** The newest event of each bucket of addresses, and the one before of each event's: counted from 1, so that 0 is none. */
  const newest = new Float64Array(BUCKETS);
  const before = new Float64Array(SIZE);
  let count = 0;

  return {
    add(time, address, place, length) {
      const slot = count & (SIZE - 1);
      const bucket = bucketOf(address);
      times[slot] = time;
      addresses[slot] = address;
      lengths[slot] = length;
      places[slot] = place;
      before[slot] = newest[bucket];
      count++;
      newest[bucket] = count;
    },
    courseOf(address) {
      const steps: LoggedStep[] = [];
      const seen = new Set<number>();
      let later = Number.POSITIVE_INFINITY;
      let at = newest[bucketOf(address)];
      for (let walked = 0; at > 0 && count - at < SIZE && walked < MOST_WALKED; walked++) {
        const slot = (at - 1) & (SIZE - 1);
        at = before[slot];
        if (addresses[slot] !== address) continue;
        const [time, place] = [times[slot], places[slot]];
        if (steps.length === MOST_STEPS || seen.has(place)) break;
        if (steps.length > 0 && later - time > LONGEST_PAUSE) break;
        const [next] = steps.slice(-1);
        const isSent = (place & 1) === 1;
        if (next !== undefined && !canFollow(isSent, lengths[slot], next)) break;
        seen.add(place);
        later = time;
        steps.push({
          time,
          device: (place >>> 1) & MOST_DEVICES,
          isSent,
          protocol: place >>> 16,
          length: lengths[slot],
        });
      }
      return steps.reverse();
    },
  };
}

/** The longest link header that is put on, with two VLAN tags. */
const LINK_HEADER = 22;

/**
 * Whether one packet can be so long at a step and then at the next: headers are put on where it is sent on, and taken off where it goes up; on the way
 * to the other end of a pair it loses its link header alone.
 */
function canFollow(isSent: boolean, length: number, next: LoggedStep): boolean {
  if (next.isSent) return next.length >= length;
  return next.length <= length && (!isSent || next.length >= length - LINK_HEADER);
}

/** Buffers lie 64 bytes apart at least. */
function bucketOf(address: number): number {
  return (Math.imul((address / 64) | 0, 0x9e3779b1) >>> 0) >>> BUCKET_SHIFT;
}
