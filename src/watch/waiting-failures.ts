/**
 * Exchanges that were told as failed, kept for as long as an answer may still come: TCP sends a lost SYN again after a second, and what is answered
 * then did not fail. In bounded memory: where too many wait, the oldest is final at once.
 */
import type { ExchangeEvent } from '../exchange/exchange-events.ts';

/** So many wait at a time. */
const MOST_WAITING = 16_384;

export interface WaitingFailures {
  /** @param now seconds */
  add(event: ExchangeEvent, now: number): void;
  /** An answer has come: its exchange did not fail. */
  answer(event: ExchangeEvent): void;
  /** Tells of those that wait for longer than they may; of all, if `now` is infinite. */
  expire(now: number): void;
}

/** @param patience seconds. @param tell is told of each that failed for good */
export function createWaitingFailures(
  patience: number,
  tell: (event: ExchangeEvent) => void,
): WaitingFailures {
  const waiting = new Map<string, { readonly event: ExchangeEvent; readonly since: number }>();

  function settle(key: string, event: ExchangeEvent): void {
    waiting.delete(key);
    tell(event);
  }

  return {
    add(event, now) {
      const key = keyOf(event);
      // A refusal of what waited for long says more, and the time goes on from the first.
      const since = waiting.get(key)?.since ?? now;
      if (waiting.size >= MOST_WAITING) {
        for (const [oldest, { event: its }] of waiting) {
          settle(oldest, its);
          break;
        }
      }
      waiting.set(key, { event, since });
    },
    answer: (event) => {
      waiting.delete(keyOf(event));
    },
    expire(now) {
      for (const [key, { event, since }] of waiting) {
        if (now - since < patience) return;
        settle(key, event);
      }
    },
  };
}

const keyOf = ({ kind, request }: ExchangeEvent) => `${kind} ${request}`;
