/**
 * Where buffers were, as the kernel's events of receiving and sending tell: the newest ones, by the buffer's address.
 *
 * An address is used again as soon as a packet is gone, so what is known of one is cut where another packet must have begun: where it is at the
 * same device in the same direction once more, and after a pause in which no packet stays anywhere but in a queue.
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
  /** The event before of the same address, counted from the first one; -1 for none. */
  const before = new Float64Array(SIZE);
  const newest = new Map<number, number>();
  let count = 0;

  return {
    add(time, address, place, length) {
      const slot = count & (SIZE - 1);
      // What is overwritten may be the newest of its address.
      if (count >= SIZE && newest.get(addresses[slot] as number) === count - SIZE) {
        newest.delete(addresses[slot] as number);
      }
      times[slot] = time;
      addresses[slot] = address;
      lengths[slot] = length;
      places[slot] = place;
      before[slot] = newest.get(address) ?? -1;
      newest.set(address, count);
      count++;
    },
    courseOf(address) {
      const steps: LoggedStep[] = [];
      const seen = new Set<number>();
      let later = Number.POSITIVE_INFINITY;
      for (let at = newest.get(address) ?? -1; at >= 0 && count - at <= SIZE; ) {
        const slot = at & (SIZE - 1);
        const [time, place] = [times[slot] as number, places[slot] as number];
        if (steps.length === MOST_STEPS || seen.has(place)) break;
        if (steps.length > 0 && later - time > LONGEST_PAUSE) break;
        seen.add(place);
        later = time;
        steps.push({
          time,
          device: (place >>> 1) & MOST_DEVICES,
          isSent: (place & 1) === 1,
          protocol: place >>> 16,
          length: lengths[slot] as number,
        });
        at = before[slot] as number;
      }
      return steps.reverse();
    },
  };
}
