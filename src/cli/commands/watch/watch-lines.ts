/** What `watch` prints: a line an interval for people, or an object a line for log shippers. */

import type { ExchangeEvent } from '../../../exchange/exchange-events.ts';
import type { PingEvent } from '../../../exchange/ping/ping-events.ts';
import { clockText } from '../../../output/dates.ts';
import { asciiJson, escapeControls } from '../../../text/printable.ts';
import { counted, milliseconds } from '../../../text/words.ts';
import {
  type IntervalPings,
  secondsText,
  type TunnelWatchOptions,
  type WatchedInterval,
} from '../../../watch/tunnel-watch.ts';

export interface WatchLines {
  readonly listener: Pick<TunnelWatchOptions, 'onPing' | 'onExchange' | 'onInterval'>;
  /** A second has passed: there is room for as many lines again. */
  turn(): void;
}

/** Objects for what failed in a second; the others of it are counted. */
const MOST_FAILURES = 100;

/** @param dropped packets that the kernel dropped so far; undefined if that is not known */
export function createWatchLines(
  isJson: boolean,
  write: (text: string) => void,
  dropped: () => number | undefined,
): WatchLines {
  let droppedBefore = 0;
  function droppedSince(): number | undefined {
    const now = dropped();
    if (now === undefined) return undefined;
    const since = Math.max(0, now - droppedBefore);
    droppedBefore = Math.max(now, droppedBefore);
    return since;
  }
  return isJson ? jsonLines(write, droppedSince) : textLines(write, droppedSince);
}

function textLines(write: (text: string) => void, droppedSince: () => number | undefined): WatchLines {
  let told = new Set<string>();
  return {
    listener: {
      onInterval(interval) {
        const now = new Set(interval.findings.map(({ message }) => message));
        // What goes on is not told each minute.
        for (const { severity, code, message } of interval.findings)
          if (!told.has(message)) write(`${escapeControls(`${severity}: ${message} (${code})`)}\n`);
        told = now;
        write(`${intervalLine(interval, droppedSince())}\n`);
      },
    },
    turn: () => undefined,
  };
}

/** `2026-11-22 17:10:00, 60 s: 84120 packets, 600 pings, 598 answered, 2 lost, rtt 0.212 ms, 0 dropped by kernel, found lost-replies`. */
function intervalLine({ begin, end, packets, pings, findings }: WatchedInterval, dropped?: number): string {
  const { requests, answered, lost } = pings;
  const roundTrip = meanRoundTrip(pings);
  const codes = [...new Set(findings.map(({ code }) => code))];
  const parts = [counted(packets, 'packet'), counted(requests, 'ping')];
  if (requests > 0) parts.push(`${answered} answered`, `${lost} lost`);
  if (roundTrip !== undefined) parts.push(`rtt ${milliseconds(roundTrip)} ms`);
  parts.push(dropped === undefined ? 'drops not known' : `${dropped} dropped by kernel`);
  if (codes.length > 0) parts.push(`found ${codes.join(' ')}`);
  const clock = clockText(Math.floor(begin), 'local', true) ?? secondsText(begin);
  return `${clock}, ${Math.round(end - begin)} s: ${parts.join(', ')}`;
}

/** Milliseconds; undefined if nothing was answered. A traceroute's hops are none. */
function meanRoundTrip({ answered, hops, roundTripSum }: IntervalPings): number | undefined {
  return answered === hops ? undefined : (roundTripSum / (answered - hops)) * 1000;
}

function jsonLines(write: (text: string) => void, droppedSince: () => number | undefined): WatchLines {
  let failures = 0;
  let more = 0;
  const put = (object: object) => write(`${asciiJson(object)}\n`);

  function fail(object: object): void {
    if (failures++ < MOST_FAILURES) put(object);
    else more++;
  }

  /** Of events; what an endless capture counts as packet numbers tells nobody anything. */
  function without<Event extends { number: number; request: number }>({
    number: _,
    request: __,
    ...rest
  }: Event) {
    return rest;
  }

  return {
    listener: {
      onPing(event: PingEvent) {
        const { event: what, ...rest } = without(event);
        fail({ event: what === 'unanswered' ? 'lost' : what, kind: 'ping', ...rest });
      },
      onExchange(event: ExchangeEvent) {
        const { event: _, outcome, ...rest } = without(event);
        fail({ event: outcome, ...rest });
      },
      onInterval({ begin, end, packets, pings, findings }) {
        const time = secondsText(end);
        for (const { code, severity, message } of findings)
          put({ event: 'finding', time, code, severity, message });
        const { requests, answered, lost } = pings;
        const roundTrip = meanRoundTrip(pings);
        put({
          event: 'interval',
          time,
          seconds: Math.round((end - begin) * 1000) / 1000,
          packets,
          dropped: droppedSince() ?? null,
          pings: {
            requests,
            answered,
            lost,
            rtt: roundTrip === undefined ? null : Math.round(roundTrip * 1000) / 1000,
          },
          findings: [...new Set(findings.map(({ code }) => code))],
        });
      },
    },
    turn() {
      if (more > 0) put({ event: 'more', count: more });
      failures = more = 0;
    },
  };
}
