/** What `path -T json` prints: the pings, the points, and where each ping was seen. One plain object. */
import type { Tunnel } from '../exchange/tunnel.ts';
import type { DroppedPings } from '../finding/dropped-pings.ts';
import type { AddressName } from '../packet/address-names.ts';
import type { RisenCounter } from '../packet/kernel-drop.ts';
import type { Followed } from './followed.ts';

export interface PathView {
  /** `pass` if at least one ping was seen, and each one's reply came back to the first point of its path, undamaged and not refused. */
  readonly verdict: 'pass' | 'fail';
  /** Each counts once, no matter at how many points it was seen. The next three add up to it. Connections and queries that are followed (`of`) count alike. */
  readonly pings: number;
  /** Pings that were answered. */
  readonly answered: number;
  /** Of the others: no reply was seen anywhere. */
  readonly requestsLost: number;
  /** Of the others: a reply was seen, but did not come back to the first point, was refused by an ICMP error, or is damaged. */
  readonly repliesLost: number;
  /** Replies whose request was not seen: sent before the capture began, or missed by it. Not part of `pings`. */
  readonly repliesAlone: number;
  /** In the order in which requests pass them. */
  readonly points: readonly PathPoint[];
  /** One for each file, or one for a live capture. */
  readonly clocks: readonly PathClock[];
  /** Pings by the addresses that they go between. */
  readonly ways: readonly PathWay[];
  /** Lost pings between further pairs of addresses, which are not listed and count only in the totals. */
  readonly furtherLost: readonly PathLoss[];
  /** What ICMP errors say about pings that did not arrive. */
  readonly errors: readonly PathError[];
  /** Pings that the kernel says it dropped, as the finding `kernel-dropped`; there where it was asked (`--why`). */
  readonly drops?: readonly PathDrop[];
  /** Counters of the kernel that rose meanwhile; there where it was asked. */
  readonly counters?: readonly RisenCounter[];
  /** Whose the ways' addresses are; there where that was asked (`--names`). */
  readonly names?: readonly AddressName[];
  /** Combinations of tunnels that sightings refer to, outermost first; the first one is none. */
  readonly tunnels: readonly (readonly Tunnel[])[];
  /** In the order in which they were sent: the first thousand, and up to a thousand more that seem lost. */
  readonly rows: readonly PathPing[];
  /** What limits this view, in words. */
  readonly notes: readonly string[];
}

export interface PathPoint {
  /** The interface's name in the capture. */
  readonly name: string;
  /** Index into `clocks`. */
  readonly clock: number;
  /** Pings that were seen here. */
  readonly requests: number;
  /** Replies that were seen here. */
  readonly replies: number;
  /** Packets that the capture dropped here; null if unknown. */
  readonly dropped: number | null;
}

export interface PathClock {
  /** The file's name; empty for a single capture. */
  readonly name: string;
  /** How many milliseconds it is ahead of the first clock, estimated from requests and replies; null if unknown. */
  readonly ahead: number | null;
  /** The error of the estimate, in milliseconds to either side. */
  readonly uncertainty: number | null;
}

/** Pings from one address to another; or connections to one port there, or queries. */
export interface PathWay {
  /** What goes this way. */
  readonly protocol: Followed;
  /** The port that is asked; null for pings. */
  readonly port: number | null;
  /** Who pings. */
  readonly src: string;
  /** Who is pinged. */
  readonly dst: string;
  /** Points in the order in which requests pass them, only those where some of these pings were seen. */
  readonly points: readonly number[];
  /** How many. */
  readonly pings: number;
  /** How many were answered. */
  readonly answered: number;
  /** The others, by where they were last seen. */
  readonly lost: readonly PathLoss[];
}

/** Pings that were last seen at one point. */
export interface PathLoss {
  /** Whether the request or the reply was last seen. */
  readonly direction: 'request' | 'reply';
  /** At which point: its place in the list. */
  readonly lastSeen: number;
  /** How many pings. */
  readonly count: number;
}

export interface PathError {
  /** A finding's code, as in the verdict: `outer-port-unreachable` and others. */
  readonly code: string;
  /** In words. */
  readonly message: string;
  /** Where it was captured first, and in which packet of that file. */
  readonly point: number | null;
  /** Its number in the capture. */
  readonly packet: number;
  /** How many pings it is about. */
  readonly pings: number;
}

/** Pings that the kernel dropped in one place, for one reason: those of `rows`. */
export interface PathDrop extends DroppedPings {
  /** The finding's code. */
  readonly code: 'kernel-dropped';
  /** In words, of one of them, with what to do. */
  readonly message: string;
  /** Index into `drops` of what was dropped before, so that this was as well; null where nothing is known of that. */
  readonly because: number | null;
}

export interface PathPing {
  /** Index into `ways`. */
  readonly way: number;
  /** The identifier of the echo header, or of the DNS message; 0 of a connection. */
  readonly ident: number;
  /** The sequence number of the echo header, or of the SYN; 0 of a query. */
  readonly seq: number;
  /** The port of whoever asks; null for a ping. */
  readonly srcport: number | null;
  /** Whether a reply was seen that, as far as known, was delivered. */
  readonly answered: boolean;
  /** There for a probe of traceroute or mtr that a router answered, as its hops ran out. */
  readonly hop?: PathHop;
  /** Where an unanswered ping was last seen; otherwise null. */
  readonly lastSeen: { readonly direction: 'request' | 'reply'; readonly point: number } | null;
  /** There where the capture ended so soon that an unanswered ping may have been under way: how many milliseconds after it was last seen. */
  readonly endedAfter?: number;
  /** Index into `errors`. */
  readonly error: number | null;
  /** Index into `drops`; there where the kernel was asked. */
  readonly drop?: number | null;
  /** Why a reply that was seen does not count as an answer: an ICMP error refused it, its header is damaged, or it did not come back; else null. */
  readonly undelivered: 'refused' | 'damaged' | 'not back' | null;
  /** In the order of the path; the reply's from the far end. */
  readonly request: readonly Sighting[];
  /** Where the reply was seen, in order. */
  readonly reply: readonly Sighting[];
}

/** A router that answered a probe. */
export interface PathHop {
  /** Hops that the probe had left where it was captured first. */
  readonly ttl: number;
  /** The router's address; null if unknown. */
  readonly from: string | null;
}

/** A ping's packet at a point. */
export interface Sighting {
  /** Its place in the list of points. */
  readonly point: number;
  /** Seconds since 1970 by the point's own clock, with nine decimals. */
  readonly time: string;
  /** The packet's number in its file or capture. */
  readonly packet: number;
  /** Milliseconds since the previous sighting (for the reply's first, since the request's last); null without one, or if clocks can't be compared. */
  readonly elapsed: number | null;
  /** The error of `elapsed` in milliseconds; 0 within one clock. */
  readonly uncertainty: number;
  /** How often it came here. */
  readonly count: number;
  /** Innermost TTL or hop limit, of the first copy. */
  readonly ttl: number;
  /** The same of the last copy. */
  readonly lastTtl: number;
  /** The outermost; null if no tunnel is around it. */
  readonly outerTtl: number | null;
  /** Index into the view's `tunnels`. */
  readonly tunnels: number;
  /** What differs from the previous sighting, in words. */
  readonly changes: readonly string[];
}
