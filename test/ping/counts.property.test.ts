/** A known run of pings, shuffled, duplicated, thinned out and delayed: the counts always add up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/ping/verdict.ts';
import { BACK, codes, echo, inIpip, inTun, inVxlan, judge, type TimedPacket } from '../support/pings.ts';

type Wrap = (inner: Uint8Array, isReply: boolean) => Uint8Array;

const WRAPS: readonly Wrap[] = [
  (inner) => inner,
  (inner, isReply) => inVxlan(inner, 42, isReply ? BACK : {}),
  (inner, isReply) => inIpip(inner, isReply ? BACK : {}),
  (inner, isReply) => inTun(inner, true, isReply ? BACK : {}),
];

interface Ping {
  readonly request: TimedPacket;
  readonly reply: TimedPacket;
  readonly elapsed: number;
}

/** Pings 10 ms apart, through tunnels by turns, each answered within 9 ms. */
const run = fc
  .array(fc.record({ wrap: fc.nat(WRAPS.length - 1), elapsed: fc.integer({ min: 0, max: 9_000_000 }) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((pings) =>
    pings.map(({ wrap, elapsed }, seq): Ping => {
      const around = WRAPS[wrap] as Wrap;
      const time = seq * 10_000_000;
      return {
        request: { bytes: around(echo({ seq }), false), time },
        reply: { bytes: around(echo({ seq, reply: true }), true), time: time + elapsed },
        elapsed,
      };
    }),
  );

const packetsOf = (pings: readonly Ping[]) => pings.flatMap(({ request, reply }) => [request, reply]);

function addsUp(verdict: Verdict): void {
  const { requests, answered, unanswered, duplicates, paths } = verdict;
  expect(answered + unanswered).toBe(requests);
  const sum = (key: 'requests' | 'answered' | 'unanswered' | 'duplicates') =>
    paths.reduce((total, path) => total + path[key], 0);
  expect([sum('requests'), sum('answered'), sum('unanswered'), sum('duplicates')]).toEqual([
    requests,
    answered,
    unanswered,
    duplicates,
  ]);
  expect(verdict.verdict).toBe(requests > 0 && unanswered === 0 ? 'pass' : 'fail');
  expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
}

describe('a run of pings', () => {
  it('shuffled: the same pings with the same times', () => {
    fc.assert(
      fc.property(
        run.chain((pings) =>
          fc.tuple(
            fc.constant(pings),
            fc.shuffledSubarray(packetsOf(pings), { minLength: pings.length * 2 }),
          ),
        ),
        ([pings, packets]) => {
          const verdict = judge(packets);
          addsUp(verdict);
          const elapsed = pings.map((ping) => ping.elapsed);
          expect(verdict).toMatchObject({ requests: pings.length, answered: pings.length, duplicates: 0 });
          // One run that takes several ways is worth a word; nothing else is.
          for (const code of codes(verdict)) expect(code).toBe('request-outside-tunnel');
          expect(verdict.rtt).toMatchObject({
            min: Math.min(...elapsed) / 1e6,
            max: Math.max(...elapsed) / 1e6,
          });
        },
      ),
    );
  });

  it('with packets missing: each request counts, and is answered where its reply is there', () => {
    fc.assert(
      fc.property(
        run.chain((pings) => fc.tuple(fc.constant(pings), fc.subarray(packetsOf(pings)))),
        ([pings, packets]) => {
          const left = new Set(packets);
          const requests = pings.filter(({ request }) => left.has(request));
          const answered = requests.filter(({ reply }) => left.has(reply)).length;
          const orphans = pings.filter(({ request, reply }) => !left.has(request) && left.has(reply)).length;
          const verdict = judge(packets);
          addsUp(verdict);
          expect(verdict).toMatchObject({ requests: requests.length, answered });
          const told = verdict.findings
            .filter(({ code }) => code === 'reply-without-request' || code === 'capture-began-late')
            .reduce((sum, { message }) => sum + Number(message.split(' ')[0]), 0);
          expect(told).toBe(orphans);
        },
      ),
    );
  });

  it('with replies duplicated: as many duplicates, and no more answers', () => {
    fc.assert(
      fc.property(
        run.chain((pings) =>
          fc.tuple(fc.constant(pings), fc.array(fc.nat(pings.length - 1), { maxLength: 20 })),
        ),
        ([pings, copied]) => {
          const copies = copied.map((index) => {
            const { reply } = pings[index] as Ping;
            return { ...reply, time: reply.time + 1000 };
          });
          const packets = [...packetsOf(pings), ...copies].sort((a, b) => a.time - b.time);
          const verdict = judge(packets);
          addsUp(verdict);
          expect(verdict).toMatchObject({
            requests: pings.length,
            answered: pings.length,
            duplicates: copies.length,
          });
        },
      ),
    );
  });

  it('with requests copied on the way: as many requests as before', () => {
    fc.assert(
      fc.property(
        run.chain((pings) => fc.tuple(fc.constant(pings), fc.subarray([...pings.keys()]))),
        ([pings, copied]) => {
          const copies = copied.map((index) => (pings[index] as Ping).request);
          const packets = [...packetsOf(pings), ...copies].sort((a, b) => a.time - b.time);
          const verdict = judge(packets);
          addsUp(verdict);
          expect(verdict).toMatchObject({ requests: pings.length, answered: pings.length, duplicates: 0 });
        },
      ),
    );
  });

  it('with replies delayed: those within the time limit answer', () => {
    fc.assert(
      fc.property(
        run.chain((pings) =>
          fc.tuple(
            fc.constant(pings),
            fc.array(fc.integer({ min: 0, max: 100_000_000 }), {
              minLength: pings.length,
              maxLength: pings.length,
            }),
          ),
        ),
        fc.integer({ min: 1, max: 110 }),
        ([pings, delays], limit) => {
          const packets = pings
            .flatMap(({ request, reply }, i) => [
              request,
              { ...reply, time: reply.time + (delays[i] as number) },
            ])
            .sort((a, b) => a.time - b.time);
          const within = pings.filter(({ elapsed }, i) => elapsed + (delays[i] as number) <= limit * 1e6);
          const verdict = judge(packets, { timeoutMilliseconds: limit });
          addsUp(verdict);
          expect(verdict).toMatchObject({ requests: pings.length, answered: within.length, duplicates: 0 });
        },
      ),
    );
  });

  it('with anything at all done to it', () => {
    fc.assert(
      fc.property(
        run.chain((pings) => fc.array(fc.constantFrom(...packetsOf(pings)), { maxLength: 200 })),
        fc.array(fc.integer({ min: -2e9, max: 2e9 }), { minLength: 200, maxLength: 200 }),
        (packets, shifts) => {
          addsUp(
            judge(packets.map((packet, i) => ({ ...packet, time: packet.time + (shifts[i] as number) }))),
          );
        },
      ),
    );
  });
});
