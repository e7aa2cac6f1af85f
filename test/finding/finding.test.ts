/** A finding's fact in a few words, without its advice. */
import { expect, it } from 'vitest';
import { factOf, finding } from '../../src/finding/finding.ts';

it.each([
  ['10.1.0.1 is away: start it', '10.1.0.1 is away'],
  ['nobody answers; ask again', 'nobody answers'],
  ['fd00:0:0:9:: answers that nothing listens: start it', 'fd00:0:0:9:: answers that nothing listens'],
  ['none went to fd00::: start it', 'none went to fd00::'],
  ['none went to fd00::1: start it; or wait', 'none went to fd00::1'],
  ['frames from 02:00:00:00:00:01 came', 'frames from 02:00:00:00:00:01 came'],
])('%s', (message, fact) => {
  expect(factOf(finding('no-reply', message))).toBe(fact);
});
