/**
 * The bodies of the change log's manifests: of a run over all tenants, and of the indexes that represent many runs.
 * Sealed under the system key; LSNs, times, digests and sizes as in manifest.ts.
 */
import * as z from 'zod';
import { Activity } from './activity.ts';
import { Block } from './chunk-page.ts';
import { LsnText } from './lsn.ts';
import { ServerInfo } from './manifest.ts';
import { SourceIdentity } from './source-epoch.ts';
import { TableName, TableSchema } from './table-schema.ts';
import { TableTrace } from './table-trace.ts';
import { TenantRef } from './tenant.ts';

const Hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().nonnegative();

/** One tenant's share of one log run: complete transactions only. */
export const SegmentEntry = z.object({
  /** TenantRef, or `system` for the unrouted log. */
  tenant: TenantRef,
  /** First and last commit LSN in it. */
  firstCommit: LsnText,
  lastCommit: LsnText,
  /** Commit times need not be monotonic: least and greatest. */
  minCommitTime: z.string(),
  maxCommitTime: z.string(),
  /** Least and greatest 32-bit transaction id in it; they wrap around. Absent in older manifests. */
  xids: z.object({ least: Count, greatest: Count }).optional(),
  transactions: Count,
  changes: Count,
  /**
   * Of the unrouted log: true if a restore must judge changes by its own rows at their position, so they must not be
   * folded. Absent in older manifests: any change can be one.
   */
  offered: Count.optional(),
  /** Plaintext bytes of all blocks. */
  rawBytes: Count,
  /** Absent in older manifests, and where nothing changed rows. The catalog's items omit it. */
  activity: Activity.optional(),
  blocks: z.array(Block),
  /** HMAC-SHA-256 under the tenant's digest key over all concatenated plaintext blocks. */
  digest: Hex32,
  /**
   * Of a tenant's own copy of the unrouted log: the owner under whose key it is sealed, and the digest of what it was
   * reduced from (held-log in docs/formats.md).
   */
  sealedFor: TenantRef.optional(),
  reducedFrom: Hex32.optional(),
});
export type SegmentEntry = z.infer<typeof SegmentEntry>;

export const MarkerEntry = z.object({
  tenant: TenantRef,
  name: z.string(),
  lsn: LsnText,
  time: z.string(),
  /** The log has this name at another position too: it is ambiguous. */
  unclear: z.boolean().optional(),
});
export type MarkerEntry = z.infer<typeof MarkerEntry>;

/**
 * A range of log that is missing or not reliable, for one tenant or for all (`system`): of everything, or of the
 * named tables only. Targets in it are refused, for those tables unless the request excludes them by name. See
 * table-gaps.ts.
 */
export const GapEntry = z.object({
  tenant: TenantRef,
  id: z.string(),
  from: LsnText,
  fromTime: z.string(),
  /** Open (null) until a snapshot that began after the gap closes it for a tenant. */
  to: LsnText.nullable(),
  toTime: z.string().nullable(),
  /**
   * Log position at the end of the run that found the gap: a snapshot whose replay starts there or later closes it.
   * Known when the manifest is signed, while `to` is known only once that snapshot exists.
   */
  seen: LsnText.optional(),
  /**
   * suspect: the log may lack changes of the tables; they are read again. unprotected: changes of the tables cannot
   * be replayed, from `from` until a run finds that they can (`to`).
   */
  reason: z.enum([
    'slot-lost',
    'slot-created',
    /** The source was replaced: what happened between the old server's last run and the new server's slot. */
    'new-epoch',
    'row-moved',
    /** Changes came while the tenant's key was being destroyed; they were counted, not stored. */
    'key-destroyed',
    'unresolved-value',
    'model-changed',
    'suspect',
    'unprotected',
  ]),
  /** Absent: all tables. */
  tables: z.array(TableName).min(1).optional(),
  /** What happened to the tables, as text. No row values. */
  detail: z.string().optional(),
  /** Of unprotected tables: protected again once every transaction below it (64-bit id) has ended. */
  awaits: z.string().regex(/^\d+$/).optional(),
});
export type GapEntry = z.infer<typeof GapEntry>;

/**
 * Columns of a table were added, dropped or renamed without a rewrite of its rows: at some position in [from, to).
 * Before `from` the table is as the run found it, from `to` on as the run leaves it (reshaped-tables.ts).
 */
export const Reshaping = z.object({
  oid: z.number().int(),
  from: LsnText,
  fromTime: z.string(),
  to: LsnText,
  toTime: z.string(),
});
export type Reshaping = z.infer<typeof Reshaping>;

/** The body of a log manifest: one ship run over all tenants. Sealed under the system key. */
/** Changes of a tenant with a destroyed key: complete transactions, counted and not stored. */
export const DiscardedChanges = z.object({ tenant: TenantRef, transactions: Count, changes: Count });
export type DiscardedChanges = z.infer<typeof DiscardedChanges>;

export const LogBody = z.object({
  server: ServerInfo,
  slot: z.string(),
  publication: z.string(),
  /** pg_snapshot_xmin at the run's start. */
  xmin: z.string(),
  /**
   * Transactions below it (64-bit id) had committed at or before `to`, or never will: a live row that one of them
   * wrote has not changed since. Absent if unknown.
   */
  settledBelow: z.string().optional(),
  /**
   * The last transaction: where its commit record ends, and the server's time of its commit in microseconds since 2000.
   * Null where the run has none. By it a server proves that its WAL is the one that was shipped. Absent in runs of earlier
   * versions.
   */
  ends: z.object({ lsn: LsnText, committed: z.string().regex(/^-?\d+$/) }).nullish(),
  packs: z.array(z.string()),
  segments: z.array(SegmentEntry),
  /** Possible definitions of the rows of this run, in order, for relations with a new or changed definition. */
  relations: z.array(TableSchema),
  /** Of these, the tables with changed columns. Absent in runs of earlier versions. */
  reshaped: z.array(Reshaping).optional(),
  /** The catalog facts at the run's end about the origin of rows, for tables for which they were new or changed. */
  traces: z.array(TableTrace).optional(),
  markers: z.array(MarkerEntry),
  gaps: z.array(GapEntry),
  /** Restores with an apply transaction in this run: restore id → commit LSN. */
  restores: z.array(
    z.object({
      ...{ tenant: TenantRef, id: z.string(), lsn: LsnText, time: z.string() },
      /** As of a marker. */
      unclear: z.boolean().optional(),
    }),
  ),
  transactions: Count,
  changes: Count,
  /** Number of row changes in the unrouted log: their tenant, or their former tenant, was not proved. */
  unrouted: Count.optional(),
  /** Absent where nothing was discarded. */
  discarded: z.array(DiscardedChanges).optional(),
});
export type LogBody = z.infer<typeof LogBody>;

/** The content of a run's manifest, for some of the tenants: read instead of it. */
export const IndexedRun = z.object({
  id: z.string(),
  key: z.string(),
  /** Of the run's manifest: the digest that the next run names. */
  sha256: Hex32,
  from: LsnText,
  to: LsnText,
  fromTime: z.string(),
  toTime: z.string(),
  /** As in the run's own signed header. */
  previous: z.object({ id: z.string(), key: z.string(), sha256: Hex32 }).nullable(),
  source: SourceIdentity.optional(),
  /** In the order of the block references. */
  packs: z.array(z.object({ key: z.string(), bytes: Count })),
  /** All of the run. */
  relations: z.array(TableSchema),
  /** As in the run. */
  reshaped: z.array(Reshaping).optional(),
  /** All of the run for the shard's tenants, and for `system`. */
  segments: z.array(SegmentEntry),
  /** Its gaps, likewise. Absent in indexes of earlier versions. */
  gaps: z.array(GapEntry).optional(),
});
export type IndexedRun = z.infer<typeof IndexedRun>;

/** The body of one shard of a log index: consecutive runs, and the segments of some tenants in them. */
export const LogIndexBody = z.object({
  format: z.literal('holdfast.log-index/1'),
  /** Id of the index: the same in all of its shards. */
  index: z.string(),
  /** Tenants with references that begin with these `bits` bits (shardOf() in log-index.ts); 0 bits: all tenants. */
  shard: z.object({ bits: z.number().int().min(0).max(10), number: Count }),
  /** In log order, each naming the one before. */
  runs: z.array(IndexedRun).min(1),
});
export type LogIndexBody = z.infer<typeof LogIndexBody>;

/**
 * The body of a copy of the log for one tenant under legal hold, sealed under its key: consecutive runs as their signed
 * manifests have them, with only this tenant's segments, byte for byte, and what of the unrouted log can concern it.
 */
export const HeldLogBody = z.object({
  format: z.literal('holdfast.held-log/1'),
  /** In log order, each naming the one before. Packs are the tenant's own. */
  runs: z.array(IndexedRun).min(1),
});
export type HeldLogBody = z.infer<typeof HeldLogBody>;
