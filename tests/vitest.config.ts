import { defineConfig } from 'vitest/config'

/** Milliseconds that something has to come true; a busy machine needs more than the second that is Vitest's own. */
const expect = { poll: { timeout: 30_000 } }

export default defineConfig({
  cacheDir: '../build/vitest',
  test: {
    root: import.meta.dirname,
    environment: 'node',
    // Two cores: a Chromium and a Node test side by side are enough.
    maxWorkers: 2,
    projects: [
      { test: { name: 'web', include: ['web/**/*.test.ts'], expect, testTimeout: 60_000, hookTimeout: 120_000 } },
      {
        test: {
          name: 'server',
          expect,
          include: ['server/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          expect,
          include: ['e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'package',
          expect,
          include: ['package/**/*.test.ts'],
          globalSetup: 'package/pack.ts',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'smoke',
          expect,
          include: ['smoke/**/*.test.ts'],
          globalSetup: 'smoke/album.ts',
          fileParallelism: false,
          // What hangs costs little: a test takes 5 to 20 seconds.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
