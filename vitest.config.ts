/**
 * The test tiers. `unit` needs nothing but Node, `infra` also Python (the policy evaluator); `integration` and `e2e` share
 * two real PostgreSQL servers.
 * `infra` runs in one process: what a deployment synthesizes to is made once and shared by all of its files.
 */
import { defineConfig } from 'vitest/config';

const shared = { pool: 'forks', testTimeout: 120_000, hookTimeout: 120_000, teardownTimeout: 30_000 } as const;
const onServers = { ...shared, globalSetup: ['test/support/global-setup.ts'] };

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      { test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { ...onServers, name: 'integration', include: ['test/{integration,contract}/**/*.test.ts'] } },
      {
        test: {
          ...onServers,
          globalSetup: [...onServers.globalSetup, 'test/support/built-command-line.ts'],
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
        },
      },
      {
        test: {
          ...shared,
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          isolate: false,
          maxWorkers: 1,
          // Projects with other numbers of workers run after each other.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
