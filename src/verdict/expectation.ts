/** Demands on a capture, and how a report says whether they were met. */

import type { ExchangeCounts, ExchangeKind } from '../exchange/exchange-counts.ts';
import type { PathCounts } from '../exchange/ping/path-table.ts';
import type { Tunnel } from '../exchange/tunnel.ts';
import type { Finding } from '../finding/finding.ts';
import { escapeControls } from '../text/printable.ts';

/** A demand made on a capture, and whether the capture met it. */
export interface VerdictExpectation {
  /** As reports show it. */
  readonly name: string;
  /** Whether the capture is as expected. */
  readonly met: boolean;
  /** In words: "at least 4 answered". */
  readonly expected: string;
  /** What there was, even if that is enough: "3 of 4 answered". */
  readonly received: string;
  /** Both in one line. */
  readonly message: string;
  /** Numbers of the first packets that show it, ten at most; empty if it is not about packets. */
  readonly packets: readonly number[];
  /** Where it is stated, for expectations from a file. */
  readonly place?: ExpectationPlace;
}

export interface ExpectationPlace {
  /** Its path, as it was given. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The pings and other exchanges of a capture, as expectations look at them. */
export interface JudgedPings {
  readonly paths: readonly JudgedPath[];
  readonly exchanges: readonly JudgedExchange[];
  readonly findings: readonly Finding[];
}

export interface JudgedPath {
  /** In the request's direction, outermost first; undefined if too many paths were seen to know them all. */
  readonly tunnels: readonly Tunnel[] | undefined;
  /** The request's innermost addresses; undefined like the tunnels. */
  readonly inner: { readonly src: string; readonly dst: string } | undefined;
  readonly counts: PathCounts;
}

/** Connections, queries or flows of one row. */
export interface JudgedExchange {
  /** This and the next three are undefined for the connections and queries past the most rows that are told apart. */
  readonly kind: ExchangeKind | undefined;
  readonly port: number | undefined;
  /** In the direction of whoever asks, outermost first. */
  readonly tunnels: readonly Tunnel[] | undefined;
  readonly inner: { readonly src: string; readonly dst: string } | undefined;
  readonly counts: ExchangeCounts;
}

/** What {@link expectPings}, {@link expectExchanges} and {@link expectNoFindings} make: judged once the capture is read, or at any time before. */
export interface Expectation {
  /** What it is about, if not about pings: a capture without any may be as expected then. */
  readonly about?: 'exchanges' | 'other';
  /** Whether what was seen so far is as expected. */
  judge(pings: JudgedPings): VerdictExpectation;
}

/** One of the demands that an expectation consists of. */
export interface Demand {
  readonly met: boolean;
  readonly expected: string;
  readonly received: string;
  readonly packets?: readonly number[];
}

const MOST_PACKETS = 10;

/** The demands as one: met if all are, otherwise about those that are not. */
export function outcome(name: string, demands: readonly Demand[]): VerdictExpectation {
  const unmet = demands.filter(({ met }) => !met);
  const told = unmet.length > 0 ? unmet : demands;
  const expected = joined(told.map((demand) => demand.expected));
  const received = joined(told.map((demand) => demand.received));
  const packets = [...new Set(told.flatMap((demand) => demand.packets ?? []))].sort((a, b) => a - b);
  // Names and values come from files: nothing in them may move a cursor.
  return {
    name: escapeControls(name),
    met: unmet.length === 0,
    expected,
    received,
    message: `expected ${expected}; received ${received}`,
    packets: packets.slice(0, MOST_PACKETS),
  };
}

function joined(parts: readonly string[]): string {
  return escapeControls([...new Set(parts)].join('; '));
}
