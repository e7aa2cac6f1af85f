import { defineConfig } from 'vitest/config';
import { Crashes } from './test/support/crashes.ts';
import { LongestFirst } from './test/support/longest-first.ts';

/** Tests that change their process, load native code in it, measure memory, or bring labs up: each file has a process of its own. */
const OWN_PROCESS = [
  'test/*.test.ts',
  'test/{capture,host,lab}/**/*.test.ts',
  'test/cli/{privileges,status-signal}.test.ts',
  'test/cli/commands/{doctor,lab,path-lab,why-lab}.test.ts',
  'test/cli/commands/lab/*.test.ts',
  'test/doctor/large.test.ts',
  'test/exchange/ping/ping-statistics.test.ts',
  'test/probe/probe-{labs,ssh}.test.ts',
  'test/tui/terminal/**/*.test.{ts,tsx}',
  'test/tui/packets/packet-index.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: 'test/support/global-setup.ts',
    // No verdict is a clock's, and on a busy machine everything takes its time. A hang must still end.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new Crashes()],
    pool: 'forks',
    // A third of the time is spent waiting for pings, processes and screens: one more than CI has cores.
    maxWorkers: 3,
    // Of one file's concurrent tests, which are labs: they wait for pings, mostly.
    maxConcurrency: 8,
    projects: [
      { extends: true, test: { name: 'alone', include: OWN_PROCESS } },
      {
        extends: true,
        test: {
          name: 'together',
          isolate: false,
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: OWN_PROCESS,
        },
      },
    ],
  },
});
