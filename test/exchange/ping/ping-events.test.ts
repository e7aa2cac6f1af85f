/** Events, as pings happen: held against the counts, which are made another way. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PingEvent } from '../../../src/exchange/ping/ping-events.ts';
import { BACK, echo, inVxlan, type TimedPacket, trackerOf } from '../../support/pings.ts';

const SECOND = 1e9;

function eventsOf(packets: readonly TimedPacket[], timeoutMilliseconds?: number) {
  const events: PingEvent[] = [];
  const tracker = trackerOf(packets, {
    onEvent: (event) => events.push(event),
    ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
  });
  return { events, tracker };
}

const request = (seq: number, time: number) => ({ bytes: inVxlan(echo({ seq }), 42), time });
const reply = (seq: number, time: number) => ({ bytes: inVxlan(echo({ seq, reply: true }), 42, BACK), time });

describe('events', () => {
  it('say which ping, which packets, when, through what, and how long', () => {
    const { events } = eventsOf([request(7, SECOND / 2), reply(7, SECOND / 2 + 250_000)]);
    const ping = {
      request: 1,
      tunnels: [{ kind: 'vxlan', vni: 42, src: '10.1.0.10', dst: '10.2.0.10' }],
      inner: { src: '172.16.0.2', dst: '172.16.1.2' },
      ident: 0x4567,
      seq: 7,
    };
    expect(events).toMatchObject([
      { event: 'request', number: 1, time: '1763828594.500000000', ...ping },
      { event: 'reply', number: 2, time: '1763828594.500250000', ...ping, rtt: 0.25 },
    ]);
  });

  it.each<[what: string, packets: TimedPacket[], timeout: number | undefined, expected: string[]]>([
    [
      'a duplicate',
      [request(1, 0), reply(1, 1), reply(1, 2)],
      undefined,
      ['request 1', 'reply 2', 'duplicate 3'],
    ],
    [
      'a second without a reply',
      [request(1, 0), request(2, SECOND)],
      undefined,
      ['request 1', 'request 2', 'unanswered 1'],
    ],
    ['less than that', [request(1, 0), request(2, SECOND - 1)], undefined, ['request 1', 'request 2']],
    [
      'the time limit',
      [request(1, 0), request(2, SECOND / 10)],
      100,
      ['request 1', 'request 2', 'unanswered 1'],
    ],
    [
      'a reply after all',
      [request(1, 0), request(2, SECOND), reply(1, SECOND + 1)],
      undefined,
      ['request 1', 'request 2', 'unanswered 1', 'reply 3'],
    ],
    [
      'but past a time limit it does not count, and is late',
      [request(1, 0), request(2, SECOND), reply(1, SECOND + 1), reply(1, SECOND + 2)],
      1000,
      ['request 1', 'request 2', 'unanswered 1', 'late 3'],
    ],
  ])('%s', (_, packets, timeout, expected) => {
    const { events } = eventsOf(packets, timeout);
    expect(events.map(({ event, number }) => `${event} ${number}`)).toEqual(expected);
  });

  it('time that passes without packets, and the end', () => {
    const { events, tracker } = eventsOf([request(1, 0), request(2, SECOND / 2)]);
    const unanswered = () => events.filter(({ event }) => event === 'unanswered').map(({ seq }) => seq);
    tracker.tick(1_763_828_594.9);
    expect(unanswered()).toEqual([]);
    tracker.tick(1_763_828_595.2);
    expect(unanswered()).toEqual([1]);
    tracker.tick(Number.POSITIVE_INFINITY);
    tracker.tick(Number.POSITIVE_INFINITY);
    expect(unanswered()).toEqual([1, 2]);
  });

  it('add up to the verdict’s counts, whatever is lost, delayed and duplicated', () => {
    const packet = fc.record({
      seq: fc.nat(12),
      isReply: fc.boolean(),
      time: fc.integer({ min: 0, max: 5e9 }),
    });
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 80 }),
        fc.constantFrom(undefined, 10, 1000),
        (drawn, timeout) => {
          const packets = drawn
            .sort((a, b) => a.time - b.time)
            .map(({ seq, isReply, time }) => (isReply ? reply(seq, time) : request(seq, time)));
          const { events, tracker } = eventsOf(packets, timeout);
          tracker.tick(Number.POSITIVE_INFINITY);
          const count = (kind: PingEvent['event']) => events.filter(({ event }) => event === kind).length;
          const verdict = tracker.verdict(undefined);
          expect([count('request'), count('reply'), count('duplicate')]).toEqual([
            verdict.requests,
            verdict.answered,
            verdict.duplicates,
          ]);
          const replied = new Set(
            events.filter(({ event }) => event === 'reply').map((event) => event.request),
          );
          const given = events.filter(
            ({ event, request }) => event === 'unanswered' && !replied.has(request),
          );
          expect(given).toHaveLength(verdict.unanswered);
        },
      ),
    );
  });
});
