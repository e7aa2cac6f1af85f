/** Where buffers were, by addresses that the kernel uses again. */
import { expect, it } from 'vitest';
import { createPacketLog, placeOf } from '../../../src/host/drops/packet-log.ts';

type Event = readonly [time: number, address: number, device: number, isSent: boolean, length?: number];

function coursesOf(events: readonly Event[], address: number): string {
  const log = createPacketLog();
  for (const [time, at, device, isSent, length = 84] of events) {
    log.add(time, at, placeOf(device, isSent, 0x0800), length);
  }
  return log
    .courseOf(address)
    .map(({ time, device, isSent }) => `${isSent ? '>' : '<'}${device}@${time}`)
    .join(' ');
}

it.each<[what: string, events: readonly Event[], course: string]>([
  ['nothing is known of it', [[1, 2, 0, true]], ''],
  [
    'its steps, oldest first, without those of others',
    [
      [1, 1, 0, true],
      [2, 2, 5, true],
      [3, 1, 1, false],
    ],
    '>0@1 <1@3',
  ],
  [
    'the same device in the same direction once more is another packet',
    [
      [1, 1, 0, true],
      [2, 1, 1, false],
      [5, 1, 0, true],
      [6, 1, 1, false],
    ],
    '>0@5 <1@6',
  ],
  [
    'a device that receives and sends on',
    [
      [1, 1, 0, false],
      [2, 1, 0, true],
    ],
    '<0@1 >0@2',
  ],
  [
    'what was before a long pause is not believed',
    [
      [1, 1, 0, true],
      [20_002, 1, 1, true],
    ],
    '>1@20002',
  ],
  [
    'a tunnel puts a header on, and takes it off again',
    [
      [1, 1, 0, true, 42],
      [2, 1, 1, true, 92],
      [3, 1, 2, false, 78],
      [4, 1, 2, true, 92],
      [5, 1, 3, false, 78],
      [6, 1, 4, false, 28],
    ],
    '>0@1 >1@2 <2@3 >2@4 <3@5 <4@6',
  ],
  [
    'what is sent on shorter than it was received is another packet',
    [
      [1, 1, 0, false, 156],
      [2, 1, 0, true, 142],
    ],
    '>0@2',
  ],
  [
    'and so is what goes up longer than it came in',
    [
      [1, 1, 0, false, 84],
      [2, 1, 1, false, 120],
    ],
    '<1@2',
  ],
  [
    'or is shorter by more than a link header at the other end',
    [
      [1, 1, 0, true, 142],
      [2, 1, 1, false, 84],
    ],
    '<1@2',
  ],
])('%s', (_, events, course) => {
  expect(coursesOf(events, 1)).toBe(course);
});

it('of a million events the newest are known, and each by its own address', () => {
  const log = createPacketLog();
  const COUNT = 1_000_000;
  for (let i = 0; i < COUNT; i++) log.add(i, (i % 200_000) * 256, placeOf(i % 7, i % 2 === 0, 0), i);
  expect(log.courseOf(((COUNT - 1) % 200_000) * 256)).toEqual([
    { time: COUNT - 1, device: (COUNT - 1) % 7, isSent: false, protocol: 0, length: COUNT - 1 },
  ]);
  // 131,072 are kept: the one before them is not.
  expect(log.courseOf(((COUNT - 140_000) % 200_000) * 256)).toEqual([]);
});
