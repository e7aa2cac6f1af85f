/** A packet that repeats a ping is taken for what it would be decoded to: the verdict is the same, byte for byte. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  CONTROL,
  type ComparedBatch,
  type ComparedChunks,
  createComparedChunks,
  SLOT,
  SLOTS,
  type Slot,
} from '../../../src/exchange/ping/compared-chunks.ts';
import { type ComparingCode, comparingCode } from '../../../src/exchange/ping/comparison-code.ts';
import { createRepeatedPings, type RepeatedPings } from '../../../src/exchange/ping/repeated-pings.ts';
import { createPingTracker, type PingTracker } from '../../../src/verdict/verify.ts';
import { captures, changed, packetsOf } from '../../support/changed-packets.ts';
import { rounds, seeded } from '../../support/mutations.ts';
import {
  BACK,
  batchOf,
  capacityFor,
  decoder,
  echo,
  inIpip,
  inTun,
  interfacesOf,
  inVxlan,
  type TimedPacket,
  trackerOf,
} from '../../support/pings.ts';

const ROUNDS = rounds(1, 40);

/** Tells how many packets were repetitions. */
function counting(repeats: RepeatedPings): RepeatedPings & { readonly found: () => number } {
  let found = 0;
  return {
    ...repeats,
    get results() {
      return repeats.results;
    },
    get known() {
      return repeats.known;
    },
    scan(batch, from, count) {
      const to = repeats.scan(batch, from, count);
      for (let i = 0; i < to - from; i++) if (repeats.results[i * 5] !== 0) found++;
      return to;
    },
    found: () => found,
  };
}

/** Judges packets twice: all decoded, as few are, and decoded only where they repeat nothing. What is told as it happens counts, too. */
function bothWays(
  packets: readonly TimedPacket[],
  isTold = true,
  repeats = counting(createRepeatedPings(true)),
) {
  const [decoded, compared] = [undefined, repeats].map((one) => {
    let told = '';
    const onEvent = (event: unknown) => {
      told += JSON.stringify(event);
    };
    return JSON.stringify(trackerOf(packets, isTold ? { onEvent } : {}, one).verdict(undefined)) + told;
  });
  return { decoded, compared, found: repeats.found() };
}

/** Each packet some times over, as a second apart: what came later repeats what came first. */
function repeated(packets: readonly TimedPacket[], times: number): TimedPacket[] {
  return Array.from({ length: times }, (_, i) =>
    packets.map((packet) => ({ ...packet, time: packet.time + i * 2e9 })),
  ).flat();
}

it('the code is what the assembler makes of its source', () => {
  const { stderr, status } = spawnSync(process.execPath, ['scripts/assemble.mjs', '--check'], {
    encoding: 'utf8',
  });
  expect([stderr, status]).toEqual(['', 0]);
});

describe('pings of one run', () => {
  const wraps = {
    bare: (inner: Uint8Array) => inner,
    vxlan: (inner: Uint8Array, isReply: boolean) => inVxlan(inner, 42, isReply ? BACK : {}),
    ipip: (inner: Uint8Array, isReply: boolean) => inIpip(inner, isReply ? BACK : {}),
    tun: (inner: Uint8Array, isReply: boolean) => inTun(inner, true, isReply ? BACK : {}),
  };
  const run = (wrap: (inner: Uint8Array, isReply: boolean) => Uint8Array, pings: number, ping: object = {}) =>
    Array.from({ length: pings }, (_, seq): TimedPacket[] => [
      { bytes: wrap(echo({ ...ping, seq }), false), time: seq * 1e6 },
      { bytes: wrap(echo({ ...ping, seq, reply: true }), true), time: seq * 1e6 + 1e5 },
    ]).flat();

  it.each(Object.entries(wraps))('%s: all but the first two are repetitions', (_, wrap) => {
    const { decoded, compared, found } = bothWays(run(wrap, 20));
    expect(found).toBe(38);
    expect(compared).toEqual(decoded);
  });

  it('IPv6', () => {
    const ends = { src: 'fd00:0:0:0:0:0:0:2', dst: 'fd00:0:0:1:0:0:0:2' };
    const { decoded, compared, found } = bothWays(run(wraps.bare, 20, ends));
    expect(found).toBe(38);
    expect(compared).toEqual(decoded);
  });

  it('each bit turned over', () => {
    const [first, second] = run(wraps.ipip, 1) as [TimedPacket, TimedPacket];
    const wrong = Array.from({ length: first.bytes.length * 8 }, (_, bit): TimedPacket => {
      const bytes = first.bytes.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      return { bytes, time: 1e9 + bit };
    });
    const { decoded, compared, found } = bothWays([first, second, ...wrong]);
    expect(found).toBe(0);
    expect(compared).toEqual(decoded);
  });

  it('is found among many paths, too, of which few are remembered at first', () => {
    const paths = Array.from({ length: 400 }, (_, i) =>
      run(wraps.bare, 8, { src: `10.0.${i >> 8}.${i & 255}` }),
    );
    const inTurn = Array.from({ length: 16 }, (_, i) => paths.map((path) => path[i] as TimedPacket)).flat();
    const { decoded, compared, found } = bothWays(inTurn, false, counting(createRepeatedPings()));
    expect(found).toBeGreaterThan(2000);
    expect(compared).toEqual(decoded);
  });

  it('is looked for in a long run by itself, and not where nothing is repeated', () => {
    const long = run(wraps.ipip, 4000);
    const { decoded, compared, found } = bothWays(long, false, counting(createRepeatedPings()));
    expect(found).toBeGreaterThan(3500);
    expect(compared).toEqual(decoded);
    const strangers = Array.from({ length: 6000 }, (_, i): TimedPacket[] => [
      { bytes: wraps.bare(echo({ src: `10.${i >> 8}.${i & 255}.1`, seq: 1 })), time: i * 1e6 },
    ]).flat();
    const alone = bothWays(strangers, false, counting(createRepeatedPings()));
    expect(alone.found).toBe(0);
    expect(alone.compared).toEqual(alone.decoded);
  });
});

/** Fixtures judged by one tracker, which costs more than to judge them: so many that what is known of packets still has room for all. */
const TOGETHER = 10;
const HOUR = 3600e9;

/** What packets of several captures are as one capture: each has an hour, and its own interfaces, also where it comes again. */
function together(parts: readonly (readonly TimedPacket[])[]): TimedPacket[] {
  return parts.flatMap((packets, part) =>
    packets.map((packet) => ({
      ...packet,
      time: packet.time + part * HOUR,
      interfaceIndex: (part % TOGETHER) * 64 + (packet.interfaceIndex ?? 0),
    })),
  );
}

/** All that a tracker tells of packets, and its verdict. */
function toldOf(
  packets: readonly TimedPacket[],
  take: (tracker: PingTracker, packets: readonly TimedPacket[]) => void,
  repeats?: RepeatedPings,
): string[] {
  const told: string[] = [];
  const tracker = createPingTracker(
    { decoder, ...capacityFor(packets), onEvent: (event) => told.push(JSON.stringify(event)) },
    repeats,
  );
  take(tracker, packets);
  return [...told, JSON.stringify(tracker.verdict(undefined))];
}

const inOne = (tracker: PingTracker, packets: readonly TimedPacket[]) =>
  tracker.batch(batchOf(packets), interfacesOf(packets));

/** As another thread compares them: some slots ahead, by what was known then, and now and then not at all. */
function inSlots(chunks: ComparedChunks, random: (below: number) => number) {
  const code = comparingCode(chunks.memory) as ComparingCode;
  return (tracker: PingTracker, packets: readonly TimedPacket[]) => {
    const waiting: ComparedBatch[] = [];
    const interfaces = interfacesOf(packets);
    for (let from = 0, number = 0; from < packets.length; number++) {
      const part = packets.slice(from, from + 1 + random(60));
      from += part.length;
      const slot = chunks.slots[number % SLOTS] as Slot;
      const [{ bytes, view, ...lists }, { header }] = [slot.batch, slot];
      const { bytes: captured, view: _, count, ...listed } = batchOf(part);
      bytes.set(captured);
      for (const [name, list] of Object.entries(lists) as [keyof typeof lists, Int32Array][])
        list.set(listed[name] as Int32Array);
      const isCompared = random(8) > 0;
      header[SLOT.COUNT] = count;
      header[SLOT.KNOWN] = chunks.control[CONTROL.KNOWN] as number;
      header[SLOT.EPOCH] = isCompared ? (chunks.control[CONTROL.EPOCH] as number) : -1;
      header[SLOT.FOUND] = isCompared ? slot.compare(code, 0, count) : 0;
      waiting.push({ ...slot.batch, count, slot });
      if (waiting.length > random(SLOTS)) tracker.batch(waiting.shift() as ComparedBatch, interfaces);
    }
    for (const batch of waiting) tracker.batch(batch, interfaces);
  };
}

it('every capture as it is, over again, and changed, compared here or by another thread', async () => {
  let repetitions = 0;
  let elsewhere = 0;
  const all = await Promise.all(captures.map(packetsOf));
  for (let first = 0; first < all.length; first += TOGETHER) {
    for (let round = 0; round < ROUNDS; round++) {
      const random = seeded(first * ROUNDS + round);
      const some = all.slice(first, first + TOGETHER);
      const packets = together([
        ...(round === 0 ? some : []),
        ...some.map((one) => changed(repeated(one.slice(0, 40), 2), random)),
      ]);
      const decoded = toldOf(packets, inOne);
      const repeats = counting(createRepeatedPings(true));
      const chunks = createComparedChunks() as ComparedChunks;
      const taken = counting(createRepeatedPings(true, () => chunks));
      for (const compared of [
        toldOf(packets, inOne, repeats),
        toldOf(packets, inSlots(chunks, random), taken),
      ]) {
        const at = compared.findIndex((one, i) => one !== decoded[i]);
        expect([captures[first], round, at, compared[at]]).toEqual([captures[first], round, -1, undefined]);
        expect(compared.length).toBe(decoded.length);
      }
      repetitions += repeats.found();
      elsewhere += taken.found();
    }
  }
  expect(repetitions).toBeGreaterThan(2500);
  expect(elsewhere).toBeGreaterThan(2500);
});
