/**
 * The test tiers. `unit` needs nothing but Node, `infra` also Python (the policy evaluator); `integration` and `e2e` share
 * two real PostgreSQL servers.
 * Files of `infra` share processes: what a deployment synthesizes to is made once in each.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { FileOrder } from './test/support/file-order.ts';

/** Twice what a run keeps at once, and more. */
const ROOM_BYTES = 6e9;

/**
 * Where tests make their vaults, keys, catalogs and PostgreSQL servers: in memory, where there is room. Local adapters wait
 * for the disk with each object, a server makes and removes thousands of files, and no test cuts the power.
 */
function temporaryFiles(): { TMPDIR?: string } {
  if (!existsSync('/dev/shm')) return {};
  const { bavail, bsize } = statfsSync('/dev/shm');
  if (bavail * bsize < ROOM_BYTES) return {};
  const TMPDIR = mkdtempSync('/dev/shm/holdfast-tests-');
  // Of this process too, which starts the shared servers.
  process.env.TMPDIR = TMPDIR;
  // The servers that tests start themselves run as another user.
  chmodSync(TMPDIR, 0o755);
  process.once('exit', () => rmSync(TMPDIR, { recursive: true, force: true }));
  return { TMPDIR };
}

const shared = {
  pool: 'forks',
  env: temporaryFiles(),
  testTimeout: 240_000,
  hookTimeout: 240_000,
  teardownTimeout: 30_000,
  // A busy machine answers later than within a second.
  expect: { poll: { timeout: 60_000 } },
} as const;
const onServers = { ...shared, globalSetup: ['test/support/global-setup.ts'] };

export default defineConfig({
  test: {
    // One more than the processors of CI: each waits for servers, clocks and other processes for a part of its time.
    maxWorkers: 3,
    sequence: { sequencer: FileOrder },
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
      { test: { ...shared, name: 'infra', include: ['test/infra/**/*.test.ts'], isolate: false } },
    ],
  },
});
