/** Where the packets of pings or of other exchanges were seen, as arrays that are made once: the arrays of {@link Sightings} go by slots. */
import { MOST_POINTS } from './points.ts';

/** What is shown of an exchange beside where it was seen. */
export interface ExchangeName {
  /** The identifier of an echo or of a DNS message; 0 of a connection. */
  readonly ident: number;
  /** The sequence number of an echo or of a SYN; 0 of a query. */
  readonly seq: number;
  /** The port of whoever asks; null where there are no ports. */
  readonly srcport: number | null;
}

export interface Sightings {
  /** Bits of the points where an exchange was seen: 0 is the request's direction, 1 the reply's. */
  mask(entry: number, direction: number): number;
  /** Index of a sighting in the following arrays. */
  slot(entry: number, direction: number, point: number): number;
  /** ns since the capture's first second, by the point's own clock. */
  readonly times: Float64Array;
  /** Number of its tunnels; and the innermost and outermost TTL (or hop limit), and that of the last copy. */
  readonly tunnels: Uint16Array;
  readonly innerHops: Uint8Array;
  readonly outerHops: Uint8Array;
  readonly lastHops: Uint8Array;
  /** How often it came. */
  readonly counts: Uint16Array;
  readonly numbers: Uint32Array;
  /** Bytes that the packet had on the wire. */
  readonly lengths: Uint32Array;
  /** The ICMP error that came upon it, or -1. */
  error(entry: number): number;
  /** Notes what an ICMP error, the `error`th, says of it; the first one holds. */
  noteError(entry: number, error: number): void;
}

export interface WritableSightings extends Sightings {
  /** By entry, those of the request and of the reply. */
  readonly masks: Int32Array;
  /** The entry is free. */
  forget(entry: number): void;
}

/**
 * Points go in groups, each of which has memory of its own: what no point needs is never touched; the times of an exchange at a group's points,
 * there and back, are in one line of the processor's cache, and next to them those of the exchange after it.
 */
const GROUP_BITS = 2;
const GROUP = 1 << GROUP_BITS;

export function createSightings(capacity: number): WritableSightings {
  const SLOTS = 2 * MOST_POINTS;
  const CAPACITY = capacity;
  const masks = new Int32Array(capacity * 2);
  /** One and the error's number. */
  const errors = new Int32Array(capacity);

  return {
    masks,
    // Untouched memory costs nothing until a point is seen: the operating system hands out pages as they are written to.
    times: new Float64Array(capacity * SLOTS),
    tunnels: new Uint16Array(capacity * SLOTS),
    innerHops: new Uint8Array(capacity * SLOTS),
    outerHops: new Uint8Array(capacity * SLOTS),
    lastHops: new Uint8Array(capacity * SLOTS),
    counts: new Uint16Array(capacity * SLOTS),
    numbers: new Uint32Array(capacity * SLOTS),
    lengths: new Uint32Array(capacity * SLOTS),
    mask: (entry, direction) => masks[entry * 2 + direction],
    slot: (entry, direction, point) =>
      ((point >> GROUP_BITS) * CAPACITY + entry) * 2 * GROUP + direction * GROUP + (point & (GROUP - 1)),
    error: (entry) => errors[entry] - 1,
    noteError(entry, error) {
      if (errors[entry] === 0) errors[entry] = error + 1;
    },
    forget(entry) {
      masks[entry * 2] = 0;
      masks[entry * 2 + 1] = 0;
      errors[entry] = 0;
    },
  };
}
