/** The line that tells how far a file is read, by a clock that the test moves. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mergeSources } from '../../src/capture/file/merged-source.ts';
import { openCaptureFile } from '../../src/capture/file/open-capture.ts';
import { filtered } from '../../src/capture/filter/filter.ts';
import { createProgress, ofWanted, progressLine } from '../../src/cli/progress.ts';
import type { PacketSource } from '../../src/packet/source.ts';

const CLEAR = '\r\u001b[K';
const none = { received: 0, dropped: undefined };

describe('the line', () => {
  it.each([
    [{ readShare: 0.25, received: 500_000 }, 2, '25%, 500,000 packets, 250,000 packets/s, 6 s left'],
    [{ readShare: 0.999, received: 1 }, 4, '99%, 1 packets, 0 packets/s, 1 s left'],
    [{ readShare: 1, received: 9 }, 3, '99%, 9 packets, 3 packets/s, 0 s left'],
    [{ readShare: 0.01, received: 1000 }, 10, '1%, 1,000 packets, 100 packets/s, 17 min left'],
    [{ readShare: 0.001, received: 1000 }, 100, '0%, 1,000 packets, 10 packets/s, 28 h left'],
    [{ readShare: 0, received: 0 }, 2, '0%, 0 packets, 0 packets/s'],
    // What a filter looked at tells how far it is, not what it let pass.
    [{ readShare: 0.5, received: 3, examined: 4000 }, 2, '50%, 4,000 packets, 2,000 packets/s, 2 s left'],
    [{ received: 7000 }, 2, '7,000 packets, 3,500 packets/s'],
  ])('%j after %d s', (statistics, seconds, line) => {
    expect(progressLine({ ...none, ...statistics }, seconds)).toBe(line);
  });

  it.each([
    [{ readShare: 0.1, received: 50 }, 100, 0.5],
    [{ readShare: 0.6, received: 50 }, 100, 0.6],
    [{ received: 25 }, 100, 0.25],
    // A batch may have more than are wanted.
    [{ readShare: 0.1, received: 500 }, 100, 1],
  ])('of %j with -c %d it is %d', (statistics, count, share) => {
    expect(ofWanted({ ...none, ...statistics }, count).readShare).toBe(share);
  });

  it('comes after a second, is drawn over, and is cleared', () => {
    let now = 5000;
    const written: string[] = [];
    const statistics = { ...none, readShare: 0.5, received: 1000 };
    const progress = createProgress(
      () => statistics,
      () => now,
      (text) => written.push(text),
      () => 80,
    );
    const at = (time: number) => {
      now = time;
      progress.tick();
      return written.splice(0);
    };
    expect(at(5999)).toEqual([]);
    progress.hide();
    expect(written).toEqual([]);
    expect(at(6000)).toEqual([`${CLEAR}50%, 1,000 packets, 1,000 packets/s, 1 s left`]);
    expect(at(7000)).toEqual([`${CLEAR}50%, 1,000 packets, 500 packets/s, 2 s left`]);
    progress.hide();
    progress.hide();
    expect(written).toEqual([CLEAR]);
  });

  it('never fills the last column', () => {
    const written: string[] = [];
    let now = 0;
    const clock = () => now;
    const progress = createProgress(
      () => none,
      clock,
      (text) => written.push(text),
      () => 10,
    );
    now = 2000;
    progress.tick();
    expect(written).toEqual([`${CLEAR}0 packets`]);
  });
});

describe('how much of a file is read', () => {
  const share = (source: PacketSource) => source.statistics().readShare;
  const whole = async (source: PacketSource) => {
    while ((await source.next()) !== undefined);
    const end = share(source);
    await source.close();
    return end;
  };

  it('grows to 1, plain or compressed, through a filter, of several', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tunnelscope-progress-'));
    try {
      const small = readFileSync('fixtures/socat.pcap');
      const big = Buffer.concat([small, ...Array.from({ length: 4000 }, () => small.subarray(24))]);
      const [plain, packed] = [join(folder, 'big.pcap'), join(folder, 'big.pcap.gz')];
      writeFileSync(plain, big);
      writeFileSync(packed, gzipSync(big, { level: 0 }));
      for (const path of [plain, packed]) {
        const source = await openCaptureFile(path);
        expect(share(source)).toBeLessThan(0.5);
        await source.next();
        // The reader is a chunk ahead, of a mebibyte.
        expect((share(source) as number) * statSync(path).size).toBeLessThan(3 * 2 ** 20);
        expect(share(source)).toBeGreaterThan(0);
        expect(await whole(source)).toBe(1);
      }
      expect(await whole(filtered(await openCaptureFile(plain), 'tcp'))).toBe(1);
      const several = mergeSources([
        await openCaptureFile(plain),
        await openCaptureFile('fixtures/ipip.pcap'),
      ]);
      expect(await whole(several)).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
