/** A long file that two threads read is what one reads: its packets, verdict, interfaces, warnings, and how it ends. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../../src/capture/file/open-capture.ts';
import {
  type ComparedSource,
  comparedSource,
  mayBeCompared,
} from '../../../../src/cli/commands/verify/compared-source.ts';
import { CONTROL } from '../../../../src/exchange/ping/compared-chunks.ts';
import { createRepeatedPings } from '../../../../src/exchange/ping/repeated-pings.ts';
import type { PacketSource } from '../../../../src/packet/source.ts';
import { createPingTracker } from '../../../../src/verdict/verify.ts';
import {
  description,
  enhanced,
  option,
  section,
  u16,
  u32,
  u64,
} from '../../../capture/file/pcapng-blocks.ts';
import { BACK, decoder, echo, inIpip, inVxlan, RAW } from '../../../support/pings.ts';

/** Of half a kilobyte each: chunks that one thread reads are of a megabyte. */
const PACKETS = 16_000;
const payload = '7'.repeat(1000);
const SECONDS = 1_700_000_000;
const little = 'little';
const program = resolve('dist/compare-thread.js');

/** Pings through a tunnel, and from the middle on those of others. */
function packetAt(i: number): Uint8Array {
  const [seq, reply] = [(i >> 1) & 0xffff, (i & 1) === 1];
  const ping = echo({ seq, reply, payload, ...(i > PACKETS / 2 && { src: '10.9.0.1', ident: i & 6 }) });
  return i % 7000 === 6999 ? Buffer.alloc(60, i) : inIpip(ping, reply ? BACK : {});
}

function record(i: number, bytes: Uint8Array, captured = bytes.length): Buffer {
  return Buffer.concat([u32(little, SECONDS + (i >> 10), (i & 1023) * 900, captured, bytes.length), bytes]);
}

const pcapHeader = Buffer.concat([
  u32(little, 0xa1b2c3d4),
  u16(little, 2, 4),
  u32(little, 0, 0, 700_000, RAW),
]);

/** A pcap file with something put in front of the packet in the middle. */
const pcap = (between: Uint8Array = Buffer.alloc(0)): Buffer =>
  Buffer.concat([
    pcapHeader,
    ...Array.from({ length: PACKETS }, (_, i) =>
      i === PACKETS / 2 ? Buffer.concat([between, record(i, packetAt(i))]) : record(i, packetAt(i)),
    ),
  ]);

/** A second interface comes in the middle, of another link type; the packets say at the end how many were dropped. */
function pcapng(): Buffer {
  const time = (i: number) => BigInt(SECONDS) * 1_000_000n + BigInt(i * 900);
  const dropped = option(little, 5, u64(little, 7n));
  return Buffer.concat([
    section(little),
    description(little, RAW, option(little, 2, Buffer.from('one'))),
    ...Array.from({ length: PACKETS }, (_, i) =>
      i < PACKETS / 2
        ? enhanced(little, 0, time(i), packetAt(i))
        : enhanced(
            little,
            i & 1,
            time(i),
            (i & 1) === 1 ? inVxlan(echo({ seq: i & 0xffff, payload }), 9) : packetAt(i),
          ),
    ).toSpliced(PACKETS / 2, 0, description(little, 1, option(little, 2, Buffer.from('two')))),
    Buffer.concat([u32(little, 5, 12 + 12 + 12 + 4), u32(little, 0, 0, 0), dropped, u32(little, 0, 40)]),
  ]);
}

/** All that there is to know of a source, and how many of its batches another thread had compared. */
async function readAll(source: PacketSource | ComparedSource, waits = false) {
  const chunks = 'chunks' in source ? source.chunks : undefined;
  const tracker = createPingTracker({ decoder }, createRepeatedPings(false, chunks));
  const packets = createHash('sha1');
  let elsewhere = 0;
  let error: string | undefined;
  try {
    for (let batch = await source.next(); batch !== undefined; batch = await source.next()) {
      tracker.batch(batch, source.interfaces);
      if ('slot' in batch) elsewhere += batch.count;
      for (let i = 0; i < batch.count; i++) {
        const [start, length] = [batch.start[i] as number, batch.capturedLength[i] as number];
        const places = [length, batch.originalLength[i], batch.interfaceIndex[i]];
        packets.update([...places, batch.seconds[i], batch.nanoseconds[i]].join());
        packets.update(batch.bytes.slice(start, start + length));
      }
      // This file is short: the other thread has to come in soon.
      while (waits && chunks?.()?.control[CONTROL.HAS_CAUGHT_UP] === 0) await new Promise(setImmediate);
    }
  } catch (failure) {
    error = (failure as Error).message;
  }
  const { readShare: _, ...statistics } = source.statistics();
  await source.close();
  const verdict = JSON.stringify(tracker.verdict(statistics.dropped, source.timesAreArrival));
  const { name, interfaces, warnings } = source;
  return {
    told: {
      name,
      verdict,
      interfaces,
      warnings: [...warnings],
      statistics,
      error,
      hash: packets.digest('hex'),
    },
    elsewhere,
  };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compared-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function bothWays(bytes: Uint8Array, thread = program) {
  const path = join(folder, 'capture');
  writeFileSync(path, bytes);
  const alone = await readAll(await openCaptureFile(path));
  const opened = await openCaptureFile(path);
  expect(mayBeCompared(opened)).toBe(true);
  const both = await readAll(comparedSource(opened, { program: thread, worth: 1 }), thread === program);
  return { alone: alone.told, both: both.told, elsewhere: both.elsewhere };
}

describe('two threads', () => {
  const whole = pcap();
  // Of the packet in front of the middle nothing is left to be gone on with alone from.
  const half = PACKETS / 2;
  it.each<[string, Buffer, number, number]>([
    ['pcap', whole, half, PACKETS],
    ['pcapng, with an interface that comes later', pcapng(), half, PACKETS],
    ['breaks off', whole.subarray(0, -50), half, PACKETS],
    ['damaged', pcap(u32(little, 1, 2, 0x7fffffff, 3)), 1, half],
    ['a packet that is larger than the room there is', pcap(record(1, Buffer.alloc(600_000))), 1, half],
  ])('%s', async (_, bytes, least, most) => {
    const { alone, both, elsewhere } = await bothWays(bytes);
    expect(both).toEqual(alone);
    expect(elsewhere).toBeGreaterThan(least);
    expect(elsewhere).toBeLessThan(most);
  });

  it('are one where the other can’t be started, or ends', async () => {
    for (const text of [undefined, 'throw new Error()', 'process.exit(3)']) {
      const path = join(folder, 'thread.cjs');
      if (text !== undefined) writeFileSync(path, text);
      const { alone, both, elsewhere } = await bothWays(whole, path);
      expect(both).toEqual(alone);
      expect(elsewhere).toBe(0);
    }
  });
});
