/**
 * What other packets tell of a packet: which one answers it, by which factor its window counts. Display filters and `-T fields` ask
 * for it by Wireshark's names.
 *
 * A tracker is shown every packet of a capture once, in order, and says of the last one what it knows. What only later packets
 * tell takes a first pass over the capture, after which the trackers start over, knowing it.
 */
import { createDnsTracker, DNS } from './dns-tracker.ts';
import { createEchoTracker, ECHO } from './echo-tracker.ts';
import { createTcpTracker, TCP, TCP_NOTES } from './tcp-tracker.ts';
import type { TrackedRecord, Tracker } from './tracker.ts';
import { createUdpTracker } from './udp-tracker.ts';

const TRACKERS = {
  dns: createDnsTracker,
  echo: createEchoTracker,
  tcp: createTcpTracker,
  udp: createUdpTracker,
} as const;
export type TrackerName = keyof typeof TRACKERS;

export interface TrackedField {
  /** Wireshark's filter name. */
  readonly name: string;
  /** The protocol whose layers have it. */
  readonly protocol: string;
  readonly tracker: TrackerName;
  /** Which of the tracker's values it is. */
  readonly value: number;
  /** How it is printed and compared; `none` is there or not, and printed as 1. A time's nanoseconds are the next value. */
  readonly kind: 'integer' | 'double' | 'none' | 'time';
  /** Only later packets tell it. */
  readonly looksAhead: boolean;
}

function tracked(
  tracker: TrackerName,
  value: number,
  protocol: string,
  key: string,
  kind: TrackedField['kind'],
  looksAhead: boolean,
): TrackedField {
  return { name: `${protocol}.${key}`, protocol, tracker, value, kind, looksAhead };
}

/** By name. */
export const trackedFields: ReadonlyMap<string, TrackedField> = new Map(
  [
    ...['icmp', 'icmpv6'].flatMap((protocol) => [
      tracked('echo', ECHO.responseIn, protocol, 'resp_in', 'integer', true),
      tracked('echo', ECHO.responseTo, protocol, 'resp_to', 'integer', false),
      tracked('echo', ECHO.responseTime, protocol, 'resptime', 'double', false),
      tracked('echo', ECHO.noResponse, protocol, 'no_resp', 'none', true),
    ]),
    tracked('tcp', TCP.window, 'tcp', 'window_size', 'integer', false),
    tracked('tcp', TCP.stream, 'tcp', 'stream', 'integer', false),
    tracked('tcp', TCP.roundTripSeconds, 'tcp', 'analysis.initial_rtt', 'time', false),
    ...TCP_NOTES.map((note, i) => tracked('tcp', TCP.notes + i, 'tcp', `analysis.${note}`, 'none', false)),
    tracked('udp', 0, 'udp', 'stream', 'integer', false),
    tracked('dns', DNS.responseIn, 'dns', 'response_in', 'integer', true),
    tracked('dns', DNS.responseTo, 'dns', 'response_to', 'integer', false),
    tracked('dns', DNS.seconds, 'dns', 'time', 'time', false),
  ].map((field) => [field.name, field]),
);

/** The fields that some names stand for, with or without a side of a tunnel before them. */
export function trackedAmong(names: readonly string[]): TrackedField[] {
  return names.flatMap((name) => trackedFields.get(name) ?? []);
}

/** A capture's trackers, each made when it is first asked for. */
export class Tracking {
  readonly #trackers = new Map<TrackerName, Tracker>();
  /** The packet that each tracker saw last: what asks twice is shown it once. */
  readonly #seen = new Map<Tracker, number>();

  tracker(name: TrackerName): Tracker {
    let tracker = this.#trackers.get(name);
    if (tracker === undefined) this.#trackers.set(name, (tracker = TRACKERS[name]()));
    return tracker;
  }

  /** Shows a packet to the trackers of these fields. */
  observe(record: TrackedRecord, fields: readonly TrackedField[]): void {
    for (let i = 0; i < fields.length; i++) {
      const tracker = this.tracker(fields[i].tracker);
      if (this.#seen.get(tracker) === record.number) continue;
      this.#seen.set(tracker, record.number);
      tracker.observe(record);
    }
  }

  /** The packets that these fields are about come twice: they are shown for the first time now. */
  beginFirstPass(fields: readonly TrackedField[]): void {
    for (const { tracker } of fields) this.tracker(tracker).beginFirstPass();
  }

  /** The capture begins again, and what was learnt of it stays known. */
  startOver(): void {
    for (const tracker of this.#trackers.values()) tracker.startOver();
    this.#seen.clear();
  }
}
