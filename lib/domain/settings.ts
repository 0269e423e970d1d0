/**
 * Settings with their defaults: what a team may tune. Read from the configuration file by runtime/config.ts only;
 * operations are handed the object.
 */
import { z } from 'zod';
import { RetentionSetting, type StoredKind } from './retention.ts';

const positive = z.number().int().positive();

export const Settings = z.object({
  /**
   * Target size of a chunk's COPY text, in bytes: what one changed row costs the next snapshot. Very large tables get
   * larger chunks as they go (codec/chunk.ts).
   */
  chunkBytes: positive.default(12 * 1024),
  /** Chunks of a tenant that a snapshot reads although the log promises that they did not change: chosen at random, compared. */
  checkedChunks: z.number().int().nonnegative().default(2),
  /** Target plaintext bytes of a sealed block: several small chunks share one; a larger chunk has its own. */
  blockBytes: positive.default(512 * 1024),
  packBytes: positive.default(256 * 1024 * 1024),
  /** Parts of one tenant's snapshot that run at the same time, each on its own connection. */
  parallelism: positive.default(2),
  /** Tenants snapshotted at the same time by `--all`. */
  tenantParallelism: positive.default(2),
  /** A part stops at a checkpoint after so many milliseconds and is taken up again. */
  partBudgetMs: positive.default(10 * 60 * 1000),
  /**
   * After so many milliseconds a step of a restore, a verification or a rebuild notes how far it came and is called again.
   * 0: one piece of work a call.
   */
  stepBudgetMs: z
    .number()
    .int()
    .nonnegative()
    .default(10 * 60 * 1000),
  /** Split a tenant's snapshot into parts of about so many bytes (table size estimates). */
  partBytes: positive.default(1024 * 1024 * 1024),
  /** Memory for buffered change-log data and for folded net changes, in bytes. */
  logMemoryBytes: positive.default(64 * 1024 * 1024),
  /**
   * Changes of one durable run of a backlog; a transaction is never split. Each run decodes again from the slot's
   * restart point, so fewer are faster.
   */
  peekChanges: positive.default(2_000_000),
  /**
   * A log index (domain/log-index.ts) covers the runs of so many minutes by the server's clock, from the full hour on
   * for 60; at most so many `runs`. With 1 run none is written. It is cut into shards of about so many segments.
   */
  logIndex: z
    .object({ minutes: positive.default(60), runs: positive.default(240), shardSegments: positive.default(1000) })
    .prefault({}),
  retentionDays: z
    .object({
      snapshot: positive.default(30),
      log: positive.default(30),
      incremental: positive.default(30),
      record: positive.default(2557),
    })
    .prefault({}),
  /** How long expiry keeps snapshots and log. */
  keep: RetentionSetting.omit({ recordDays: true }).prefault({}),
});
export type Settings = z.infer<typeof Settings>;

export function defaultSettings(overrides: Partial<z.input<typeof Settings>> = {}): Settings {
  return Settings.parse(overrides);
}

const DAY_MS = 24 * 3600 * 1000;

export function retainUntil(settings: Settings, kind: StoredKind, now: Date): Date {
  return new Date(now.getTime() + settings.retentionDays[kind] * DAY_MS);
}
