/** Verdict and path count the same pings and the same answers, on every fixture, and on whatever is done to them. */
import { describe, expect, it } from 'vitest';
import { openCaptureFile } from '../../../src/capture/file/open-capture.ts';
import { tracePath } from '../../../src/path/trace-path.ts';
import { verifyCapture } from '../../../src/verdict/verify.ts';
import { captures, changed, packetsOf } from '../../support/changed-packets.ts';
import { rounds, seeded } from '../../support/mutations.ts';
import { pathOf } from '../../support/path-views.ts';
import { judge } from '../../support/pings.ts';

/** Changes of each capture. */
const ROUNDS = rounds(2, 12);

describe('as they are', () => {
  it.each(captures)('%s', async (path) => {
    const { requests, answered, undelivered } = await verifyCapture(await openCaptureFile(path), {
      capacity: 4096,
    });
    const view = await tracePath(await openCaptureFile(path));
    expect([view.pings, view.answered, view.repliesLost]).toEqual([requests, answered, undelivered]);
  });
});

it('changed', async () => {
  for (const [number, path] of captures.entries()) {
    const packets = await packetsOf(path);
    for (let round = 0; round < ROUNDS; round++) {
      const lying = changed(packets, seeded(number * ROUNDS + round));
      const { requests, answered, undelivered } = judge(lying);
      const view = await pathOf(lying);
      const what = `${path}, round ${round}`;
      expect([what, view.pings, view.answered, view.repliesLost]).toEqual([
        what,
        requests,
        answered,
        undelivered,
      ]);
    }
  }
});
