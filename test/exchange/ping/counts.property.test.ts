/** A known run of pings, shuffled, duplicated, thinned out and delayed: the counts always add up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/verdict/verdict.ts';
import { rounds } from '../../support/mutations.ts';
import {
  BACK,
  codes,
  type Ends,
  echo,
  inIpip,
  inTun,
  inVxlan,
  judge,
  type TimedPacket,
} from '../../support/pings.ts';
import { fragmentsOf } from '../../support/reassembling.ts';

fc.configureGlobal({ numRuns: rounds(25, 100) });

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

/** Pings 10 ms apart, through tunnels by turns, each answered within 9 ms. Their sequence numbers may start over at 0. */
const run = fc
  .tuple(
    fc.oneof(fc.constant(0), fc.integer({ min: 65_500, max: 65_535 })),
    fc.array(
      fc.record({
        wrap: fc.nat(WRAPS.length - 1),
        elapsed: fc.integer({ min: 0, max: 9_000_000 }),
        isIpv6: fc.boolean(),
      }),
      { minLength: 1, maxLength: 40 },
    ),
  )
  .map(([first, pings]) =>
    pings.map(({ wrap, elapsed, isIpv6 }, i): Ping => {
      const around = WRAPS[wrap] as Wrap;
      const time = i * 10_000_000;
      const ping = {
        seq: (first + i) & 0xffff,
        // IP-in-IP and packet information are IPv4's here.
        ...(isIpv6 && wrap < 2 && { src: 'fd00:0:0:0:0:0:0:2', dst: 'fd00:0:0:1:0:0:0:2' }),
      };
      return {
        request: { bytes: around(echo(ping), false), time },
        reply: { bytes: around(echo({ ...ping, reply: true }), true), time: time + elapsed },
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
  for (const { message, packets } of verdict.findings) {
    expect(message).toMatch(/^[ -~]+$/);
    for (const number of packets) {
      expect(number).toBeGreaterThan(0);
      expect(number).toBeLessThanOrEqual(verdict.capture.packets);
    }
  }
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
          // One run that takes several ways is worth a word, and so is the shuffling; nothing else is.
          for (const code of codes(verdict))
            expect(['request-outside-tunnel', 'clock-backwards']).toContain(code);
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

describe('a run of pings that is harder to follow', () => {
  interface Sighting extends TimedPacket {
    readonly isReply: boolean;
    readonly ping: number;
  }

  /** The same packet on its way: container, bridge, tunnel device, outer device, and behind a NAT on the outer header. */
  function sightings(ping: number, isReply: boolean, time: number): Sighting[] {
    const at = (ttl: number) => echo({ seq: ping, reply: isReply, ttl });
    const inside = isReply ? BACK : {};
    const outside = isReply
      ? { src: '10.2.0.10', dst: '198.51.100.1', ttl: 64 }
      : { src: '198.51.100.1', dst: '10.2.0.10', ttl: 63 };
    const [before, after] = isReply ? [62, 63] : [64, 63];
    const places = [
      at(before),
      at(before),
      at(after),
      inVxlan(at(after), 42, { ...inside, ttl: isReply ? 63 : 64 }),
      inVxlan(at(after), 42, outside),
    ];
    return places.map((bytes, interfaceIndex) => ({
      bytes,
      interfaceIndex,
      time: time + (isReply ? 4 - interfaceIndex : interfaceIndex) * 1000,
      isReply,
      ping,
    }));
  }

  it('seen at up to five places, a NAT between them: each counts once, at whichever places it is missing', () => {
    const all = fc.integer({ min: 1, max: 12 }).chain((count) => {
      const every = Array.from({ length: count }, (_, ping) => [
        ...sightings(ping, false, ping * 10e6),
        ...sightings(ping, true, ping * 10e6 + 1e6),
      ]).flat();
      return fc.subarray(every);
    });
    fc.assert(
      fc.property(all, (packets) => {
        const verdict = judge([...packets].sort((a, b) => a.time - b.time));
        addsUp(verdict);
        const requests = new Set(packets.filter(({ isReply }) => !isReply).map(({ ping }) => ping));
        const placesOf = (ping: number, wanted: boolean) =>
          packets
            .filter(({ isReply, ping: of }) => of === ping && isReply === wanted)
            .map(({ interfaceIndex }) => interfaceIndex as number)
            .sort((a, b) => a - b);
        const asked = [...requests].map((ping) => placesOf(ping, false));
        /** A request that was seen first at one place was seen at the other too. */
        const isFarther = (first: number, place: number) =>
          asked.some((places) => places[0] === first && places.slice(1).includes(place));
        // A reply that was seen farther out alone did not come back.
        const answered = [...requests].filter((ping) => {
          const [first] = placesOf(ping, false);
          return placesOf(ping, true).some((place) => !isFarther(first as number, place));
        }).length;
        expect(verdict).toMatchObject({ requests: requests.size, answered, duplicates: 0 });
        expect(codes(verdict)).not.toContain('repeated-requests');
      }),
    );
  });

  it('with the same few numbers again and again: each request stands for itself', () => {
    const rounds = fc.array(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(rounds, fc.integer({ min: 1, max: 900 }), (answers, elapsed) => {
        const packets = answers.flatMap((round, i) =>
          round.flatMap((isAnswered, seq) => {
            const time = i * 2e9 + seq * 1e6;
            const id = i * 16 + seq * 2;
            const request = { bytes: inVxlan(echo({ seq, id }), 42), time };
            const reply = {
              bytes: inVxlan(echo({ seq, id: id + 1, reply: true }), 42, BACK),
              time: time + elapsed * 1e6,
            };
            return isAnswered ? [request, reply] : [request];
          }),
        );
        const verdict = judge(packets.sort((a, b) => a.time - b.time));
        addsUp(verdict);
        const all = answers.flat();
        expect(verdict).toMatchObject({
          requests: all.length,
          answered: all.filter(Boolean).length,
          duplicates: 0,
        });
        if (verdict.rtt !== null) expect(verdict.rtt).toMatchObject({ min: elapsed, max: elapsed });
      }),
    );
  });

  it('in fragments of which some are missing: a request counts by its first, a reply by all', () => {
    /** Fragmented before the tunnel, behind it, or not at all. */
    const shapes: readonly ((packet: Uint8Array, ends: Ends) => Uint8Array[])[] = [
      (packet, ends) => [inVxlan(packet, 42, ends)],
      (packet, ends) => fragmentsOf(packet, [0, 32, 64]).map((piece) => inVxlan(piece, 42, ends)),
      (packet, ends) => fragmentsOf(inIpip(packet, ends), [0, 56]),
      (packet) => fragmentsOf(packet, [0, 40]),
    ];
    const packet = fc.record({
      shape: fc.nat(shapes.length - 1),
      lost: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(packet, packet), { minLength: 1, maxLength: 12 }), (pings) => {
        let requests = 0;
        let answered = 0;
        const packets = pings.flatMap(([there, back], seq) => {
          const ping = { seq, payload: '61'.repeat(64) };
          const pieces = [there, back].map(({ shape, lost }, i) => {
            const ends = { ...(i === 1 && BACK), id: 100 + seq * 2 + i };
            const made = shapes[shape]?.(echo({ ...ping, reply: i === 1 }), ends) ?? [];
            return {
              left: made.filter((_, piece) => !lost[piece]),
              isWhole: made.every((_, piece) => !lost[piece]),
            };
          });
          if (there.lost[0] !== true) {
            requests++;
            if (pieces[1]?.isWhole) answered++;
          }
          return pieces.flatMap(({ left }, i) =>
            left.map((bytes, piece) => ({ bytes, time: seq * 10e6 + i * 1e6 + piece * 1000 })),
          );
        });
        const verdict = judge(packets);
        addsUp(verdict);
        expect(verdict).toMatchObject({ requests, answered, duplicates: 0 });
      }),
    );
  });
});
