import { defineConfig } from 'vitest/config'

export default defineConfig({
  cacheDir: '../build/vitest',
  test: {
    root: import.meta.dirname,
    environment: 'node',
    // Two cores: a Chromium and a Node test side by side are enough.
    maxWorkers: 2,
    projects: [
      { test: { name: 'web', include: ['web/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 120_000 } },
      {
        test: {
          name: 'server',
          include: ['server/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'package',
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
