/** What `verify` shows while packets keep coming: a line a ping where they go into a pipe, on a terminal one line that is drawn again. */

import { fstatSync } from 'node:fs';
import type { ExchangeEvent } from '../../../exchange/exchange-events.ts';
import type { PingEvent } from '../../../exchange/ping/ping-events.ts';
import type { PacketSource } from '../../../packet/source.ts';
import { asciiJson } from '../../../text/printable.ts';
import { createPingLines } from '../../../verdict/ping-lines.ts';
import type { PingSnapshot, PingTracker, VerifyOptions } from '../../../verdict/verify.ts';
import { isTerminal } from '../../is-terminal.ts';
import { writeText } from '../../standard-output.ts';
import type { ReportOptions } from './reporter.ts';

/** Milliseconds between two looks at the clock. */
const TICK = 250;
/** Pings that are told in lines of their own, in so many milliseconds. */
const MOST_LINES = 20;
const TURN = 1000;

const [STANDARD_OUTPUT, STANDARD_ERROR] = [1, 2];

export interface PingFollower {
  /** For the tracker that is followed. */
  readonly listener: Pick<VerifyOptions, 'onEvent' | 'onExchange' | 'wants'>;
  begin(tracker: PingTracker): void;
  /** No packet comes any more: leaves the terminal's line empty. */
  end(): void;
  /**
   * The tracker has told all it has to tell.
   *
   * @throws {OutputClosed | UsageError} what went wrong while no packet came
   */
  finish(): void;
}

export function followPings(
  source: PacketSource,
  { format = 'table', jsonLines = false }: ReportOptions,
): PingFollower {
  const isFollowed = source.isLive || source.isStream === true;
  const hasLines = isFollowed && !jsonLines && format === 'table' && !isTerminal(STANDARD_OUTPUT);
  const lines = hasLines ? createPingLines(writeText, MOST_LINES) : undefined;
  // What goes into a pipe may well end on the same terminal: the two would write into each other.
  const mayMeet = hasLines && !fstatSync(STANDARD_OUTPUT).isFile();
  const isDrawn = isFollowed && !jsonLines && isTerminal(STANDARD_ERROR) && !mayMeet;
  const timers: NodeJS.Timeout[] = [];
  let failure: unknown;

  /** What can't be written ends the run, as it does between packets. */
  function every(interval: number, visit: () => void): void {
    const timer = setInterval(() => {
      try {
        visit();
      } catch (error) {
        failure ??= error;
        source.stop();
      }
    }, interval);
    timers.push(timer);
  }

  return {
    listener:
      lines !== undefined
        ? { onEvent: lines.tell, wants: lines.wants }
        : jsonLines
          ? { onEvent: writeEvent, onExchange: writeEvent }
          : {},
    begin(tracker) {
      if (!isFollowed) return;
      every(TICK, () => {
        // Requests expire also while no packet comes: by this machine's clock, where it is the capture's.
        if (source.isLive) tracker.tick(Date.now() / 1000);
        if (isDrawn) process.stderr.write(`\r\x1b[K${statusLine(tracker.snapshot())}`);
      });
      if (lines !== undefined) every(TURN, lines.turn);
    },
    end() {
      for (const timer of timers) clearInterval(timer);
      if (isDrawn) process.stderr.write('\r\x1b[K');
    },
    finish() {
      if (failure !== undefined) throw failure;
      lines?.end();
    },
  };
}

function writeEvent(event: PingEvent | ExchangeEvent): void {
  writeText(`${asciiJson(event)}\n`);
}

function statusLine({ requests, answered, unanswered, waiting, lastRoundTrip }: PingSnapshot): string {
  const parts = [`${requests} requests`, `${answered} answered`, `${unanswered} lost`];
  if (waiting > 0) parts.push(`${waiting} waiting`);
  if (lastRoundTrip !== null) parts.push(`last rtt ${lastRoundTrip.toFixed(3)} ms`);
  return parts.join(', ');
}
