/** What `path -T json` prints: the pings, the points, and where each ping was seen. One plain object. */
import type { Tunnel } from '../tunnel-table.ts';

export interface PathView {
  /** `pass` where at least one ping was seen, and each one's reply came back to the first point of its way. */
  readonly verdict: 'pass' | 'fail';
  /** Each counts once, at however many points it was seen. The next three add up to it. */
  readonly pings: number;
  readonly answered: number;
  /** Of the others: no reply was seen anywhere; a reply was seen, and did not come back to the first point. */
  readonly requestsLost: number;
  readonly repliesLost: number;
  /** Replies whose request was seen nowhere: captured before the capture began, or lost by it. No part of `pings`. */
  readonly repliesAlone: number;
  readonly points: readonly PathPoint[];
  /** One for each file, or one for a live capture. */
  readonly clocks: readonly PathClock[];
  readonly ways: readonly PathWay[];
  /** What ICMP errors say of pings that did not arrive. */
  readonly errors: readonly PathError[];
  /** Combinations of tunnels that sightings refer to, outermost first; the first one is none. */
  readonly tunnels: readonly (readonly Tunnel[])[];
  /** In the order in which they left: the first thousand, and the first thousand more of those that seem lost. */
  readonly rows: readonly PathPing[];
  /** What limits this view, in words. */
  readonly notes: readonly string[];
}

export interface PathPoint {
  readonly name: string;
  /** Index into `clocks`. */
  readonly clock: number;
  /** Pings that were seen here. */
  readonly requests: number;
  readonly replies: number;
  /** Packets that the capture lost here; null where it can't tell. */
  readonly dropped: number | null;
}

export interface PathClock {
  /** The file's name; empty for a capture that stands alone. */
  readonly name: string;
  /** Milliseconds by which it is ahead of the first clock's, estimated from requests and replies; null where that can't be told. */
  readonly ahead: number | null;
  /** Milliseconds by which the estimate may be off to either side. */
  readonly uncertainty: number | null;
}

/** Pings from one address to another. */
export interface PathWay {
  readonly src: string;
  readonly dst: string;
  /** Points in the order in which requests pass them; without those where none of these pings was seen. */
  readonly points: readonly number[];
  readonly pings: number;
  readonly answered: number;
  readonly lost: readonly PathLoss[];
}

/** Pings that were seen last at one point. */
export interface PathLoss {
  readonly direction: 'request' | 'reply';
  readonly lastSeen: number;
  readonly count: number;
}

export interface PathError {
  /** A finding's code, as in the verdict: `outer-port-unreachable` and others. */
  readonly code: string;
  readonly message: string;
  /** Where it was captured first, and in which packet of that file. */
  readonly point: number | null;
  readonly packet: number;
  /** How many pings it is about. */
  readonly pings: number;
}

export interface PathPing {
  /** Index into `ways`. */
  readonly way: number;
  readonly ident: number;
  readonly seq: number;
  readonly answered: boolean;
  /** Where the ping was seen last, of one that was not answered; else null. */
  readonly lastSeen: { readonly direction: 'request' | 'reply'; readonly point: number } | null;
  /** Index into `errors`. */
  readonly error: number | null;
  /** In the order of the way; the reply's from the far end. */
  readonly request: readonly Sighting[];
  readonly reply: readonly Sighting[];
}

/** A ping's packet at a point. */
export interface Sighting {
  readonly point: number;
  /** Seconds since 1970 by the point's own clock, with nine decimals. */
  readonly time: string;
  /** The packet's number in its file or capture. */
  readonly packet: number;
  /** Milliseconds since the sighting before, of the reply's first since the request's last; null without one, and where clocks can't be compared. */
  readonly elapsed: number | null;
  /** Milliseconds by which `elapsed` may be off; 0 within one clock. */
  readonly uncertainty: number;
  /** How often it came here. */
  readonly count: number;
  /** Innermost TTL or hop limit; of the last copy, where that differs. */
  readonly ttl: number;
  readonly lastTtl: number;
  /** The outermost; null where no tunnel is around it. */
  readonly outerTtl: number | null;
  /** Index into the view's `tunnels`. */
  readonly tunnels: number;
  /** What differs from the sighting before, in words. */
  readonly changes: readonly string[];
}
