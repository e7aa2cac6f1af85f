import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/support/global-setup.ts',
    include: ['test/**/*.test.{ts,tsx}'],
    // Live captures and whole programs take their time on a busy machine; a hang must still end.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // By itself vitest leaves a core free, which on two of them is half the machine.
    maxWorkers: '100%',
    // Of one file's concurrent tests, which are labs: they wait for pings, mostly.
    maxConcurrency: 8,
  },
});
