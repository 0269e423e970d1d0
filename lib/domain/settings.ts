/**
 * The settings that a team can tune, with their defaults. Only runtime/config.ts reads them from the configuration file;
 * operations receive the object. The template of `holdfast init` and docs/configuration-file.md are generated from here:
 * descriptions are complete sentences, with the unit.
 */
import * as z from 'zod';
import { AccidentSettings } from './accident.ts';
import { ReasonRetention } from './backup-reason.ts';
import { LoadSettings } from './database-load.ts';
import { RetentionSetting, type StoredKind } from './retention.ts';

const positive = z.number().int().positive();
const MIB = 1024 * 1024;

export const Settings = z.strictObject({
  chunkBytes: positive
    .default(12 * 1024)
    .describe(
      'Target bytes of a chunk, the unit of deduplication: one changed row costs the next snapshot one chunk. Chunks of very large tables grow beyond it.',
    ),
  checkedChunks: z
    .number()
    .int()
    .nonnegative()
    .default(2)
    .describe(
      'Unchanged chunks, chosen at random, that each snapshot of a tenant reads and compares with their backup.',
    ),
  pageChunks: positive
    .default(1000)
    .describe(
      'Target chunks of a page, the unit of a snapshot’s list of chunks. A page without changes is neither opened nor written again.',
    ),
  blockBytes: positive
    .default(512 * 1024)
    .describe('Target plaintext bytes of a sealed block. Small chunks share a block.'),
  packBytes: positive
    .default(256 * MIB)
    .describe('Maximum bytes of a pack. A snapshot that does not fit uses several packs.'),
  parallelism: positive
    .default(2)
    .describe('Parts of one tenant’s snapshot that are read concurrently, each on its own connection.'),
  tenantParallelism: positive.default(2).describe('Tenants that `--all` processes concurrently.'),
  load: LoadSettings.prefault({}).describe(
    'Load of the database above which `snapshot --all` reads fewer tenants concurrently, down to one.',
  ),
  watchArchives: z
    .boolean()
    .default(false)
    .describe(
      'Whether `ship --follow` looks once an hour for archives that are a week late, and raises `archive-late`.',
    ),
  partBudgetMs: positive
    .default(10 * 60 * 1000)
    .describe('Milliseconds after which a part of a snapshot writes a checkpoint, from which the next call continues.'),
  stepBudgetMs: z
    .number()
    .int()
    .nonnegative()
    .default(10 * 60 * 1000)
    .describe(
      'Milliseconds after which a step of a restore, a verification or a rebuild saves its progress and is called again. 0: one unit of work per call.',
    ),
  partBytes: positive
    .default(1024 * MIB)
    .describe('Target bytes of a part of a snapshot, by the estimated size of its tables.'),
  logMemoryBytes: positive
    .default(64 * MIB)
    .describe('Memory in bytes for buffered change log, and for net changes during a fold.'),
  peekChanges: positive
    .default(2_000_000)
    .describe(
      'Target changes of one log run while a backlog is shipped. Each run decodes from the restart point of the slot again, so larger runs are faster.',
    ),
  logIndex: z
    .strictObject({
      minutes: positive.default(60).describe('Minutes of log that an index covers, by the server clock.'),
      runs: positive.default(240).describe('Maximum log runs that an index covers. 1: no index is written.'),
      shardSegments: positive.default(1000).describe('Target segments of a shard of an index.'),
    })
    .prefault({})
    .describe('Indexes of the change log, which let a restore find the log of one tenant.'),
  accidents: AccidentSettings.prefault({}).describe(
    'Deletes and updates of a tenant far outside its own history, which the shipper reports as `possible-accident`.',
  ),
  retentionDays: z
    .strictObject({
      snapshot: positive.default(30).describe('Snapshots.'),
      log: positive.default(30).describe('Change log and kept restore plans.'),
      incremental: positive.default(30).describe('Incrementals.'),
      record: positive.default(2557).describe('Records of restores and erasures.'),
    })
    .prefault({})
    .describe('Days for which new objects are locked. Expiry extends the lock of backups that are kept longer.'),
  keep: RetentionSetting.omit({ recordDays: true })
    .extend({
      reasons: ReasonRetention.prefault({}).describe(
        'Snapshots that are taken for a reason, by `snapshot --reason`: fixed and locked when each is taken.',
      ),
    })
    .prefault({})
    .describe('Retention in days, applied by `holdfast expire`.'),
});
export type Settings = z.infer<typeof Settings>;

export function defaultSettings(overrides: Partial<z.input<typeof Settings>> = {}): Settings {
  return Settings.parse(overrides);
}

const DAY_MS = 24 * 3600 * 1000;

export function retainUntil(settings: Settings, kind: StoredKind, now: Date): Date {
  return new Date(now.getTime() + settings.retentionDays[kind] * DAY_MS);
}
