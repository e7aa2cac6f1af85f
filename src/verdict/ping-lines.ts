/** Pings as lines for people, each as it happens; of a flood, a limited number at a time, and a count of the others. */

import type { PingEvent } from '../exchange/ping/ping-events.ts';
import { tunnelsLine } from '../exchange/tunnel-words.ts';
import { clockText } from '../output/dates.ts';
import { counted, milliseconds } from '../text/words.ts';

export interface PingLines {
  /** Whether the event is to be described; what is past the most lines is only counted. */
  wants(event: PingEvent['event']): boolean;
  tell(event: PingEvent): void;
  /** Says what was only counted since the last time, and makes room for as many lines again. */
  turn(): void;
  /** The same at the end, with an empty line after everything written. */
  end(): void;
}

/** @param most lines until the next turn */
export function createPingLines(write: (text: string) => void, most: number): PingLines {
  let lines = 0;
  let answered = 0;
  let unanswered = 0;
  let duplicates = 0;
  let isEmpty = true;

  function put(line: string): void {
    isEmpty = false;
    write(`${line}\n`);
  }

  function turn(): void {
    const parts: string[] = [];
    if (answered > 0) parts.push(`${answered} answered`);
    if (unanswered > 0) parts.push(`${unanswered} not answered`);
    if (duplicates > 0) parts.push(counted(duplicates, 'duplicate reply', 'duplicate replies'));
    if (parts.length > 0) put(`and more: ${parts.join(', ')}`);
    lines = answered = unanswered = duplicates = 0;
  }

  return {
    wants(event) {
      if (event === 'request') return false;
      if (lines < most) {
        lines++;
        return true;
      }
      if (event === 'reply') answered++;
      else if (event === 'unanswered') unanswered++;
      // What came late, or was not delivered, is told as unanswered too.
      else if (event === 'duplicate') duplicates++;
      return false;
    },
    tell: (event) => put(pingLine(event)),
    turn,
    end() {
      turn();
      if (!isEmpty) write('\n');
    },
  };
}

/** `10:23:14.500250 172.16.0.2 → 172.16.1.2 id 17767 seq 7: 0.250 ms, in vxlan vni 42 …`: the time of day here, as with tcpdump. */
function pingLine({ event, time, inner, ident, seq, rtt, expired, tunnels }: PingEvent): string {
  const point = time.indexOf('.');
  const clock = clockText(Number(time.slice(0, point)), 'local', false) ?? time.slice(0, point);
  const at = clock + time.slice(point, point + 7);
  return `${at} ${inner.src} → ${inner.dst} id ${ident} seq ${seq}: ${expired === undefined ? outcome(event, rtt) : `ran out of hops at ${expired.from ?? 'a router'}`}, ${tunnelsLine(tunnels)}`;
}

function outcome(event: PingEvent['event'], rtt: number | null | undefined): string {
  if (event === 'unanswered') return 'not answered';
  if (event === 'duplicate') return 'duplicate reply';
  if (event === 'undelivered') return 'the reply was not delivered';
  if (event === 'late') return `too late, after ${milliseconds(rtt ?? 0)} ms`;
  return typeof rtt === 'number' ? `${milliseconds(rtt)} ms` : 'answered, but dated before the request';
}
