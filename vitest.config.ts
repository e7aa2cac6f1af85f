import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    globalSetup: 'test/support/global-setup.ts',
    include: ['test/**/*.test.{ts,tsx}'],
    // No verdict is a clock's, and on a busy machine everything takes its time. A hang must still end.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // By itself vitest leaves a core free, which on two of them is half the machine.
    maxWorkers: '100%',
    // Of one file's concurrent tests, which are labs: they wait for pings, mostly.
    maxConcurrency: 8,
  },
});
