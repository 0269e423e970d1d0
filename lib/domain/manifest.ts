/**
 * The signed documents of the vault. A backup exists when its manifest exists. A manifest has a public header (no
 * tenant data: references, LSNs, times, object keys, sizes) and a body sealed under the owner's key (schema, key
 * ranges, chunk digests, checksums), so that retention, chains and signatures can be checked without any tenant's key
 * and also after that key was destroyed.
 *
 * LSNs are text (`16/B374D848`), times are ISO 8601 UTC with microseconds from the database server's clock, digests
 * are lower-case hex, sizes are bytes.
 */
import { z } from 'zod';
import { LsnText } from './lsn.ts';
import { DatabaseSchema, TableName, TableSchema } from './table-schema.ts';
import { TableTrace } from './table-trace.ts';
import { TenantRef } from './tenant.ts';

const Hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().nonnegative();
/** A PostgreSQL bigint or numeric as text: exact. */
const Exact = z.string().regex(/^-?\d+$/);

export const ManifestKind = z.enum(['snapshot', 'incremental', 'log', 'log-index', 'restore-record', 'erasure']);
export type ManifestKind = z.infer<typeof ManifestKind>;

export const ManifestHeader = z.object({
  format: z.literal('holdfast.manifest/1'),
  kind: ManifestKind,
  /** Sortable by time: see newId(). Unique in the vault. */
  id: z.string(),
  /** TenantRef, or `system` for log manifests and their indexes. */
  tenant: TenantRef,
  createdAt: z.string(),
  /**
   * snapshot: `from` is where replay starts, `to` the first position to which the snapshot can be recovered.
   * incremental, log, log-index: commits whose record starts in [from, to) are in it, and all of them.
   */
  from: LsnText,
  to: LsnText,
  /** Server clock at `from` and `to`. */
  fromTime: z.string(),
  toTime: z.string(),
  /** The manifest before this one of the same owner and chain (snapshots and incrementals share one; logs one); else null. */
  previous: z.object({ id: z.string(), key: z.string(), sha256: Hex32 }).nullable(),
  /** Every stored object that this manifest needs, also those written for earlier backups. */
  objects: z.array(z.object({ key: z.string(), bytes: Count })),
  /** SHA-256 of the sealed body. */
  bodySha256: Hex32,
  /** Written by `holdfast` of this version. */
  writer: z.string(),
});
export type ManifestHeader = z.infer<typeof ManifestHeader>;

/** The stored file, as JSON. The signature is over the UTF-8 bytes of the string `header`, exactly as stored. */
export const ManifestFile = z.object({
  header: z.string(),
  /** base64 of the sealed message over zstd(JSON body). */
  body: z.string(),
  signature: z.object({ keyId: z.string(), algorithm: z.literal('ECDSA_SHA_256'), value: z.string() }),
});
export type ManifestFile = z.infer<typeof ManifestFile>;

/**
 * A sealed unit inside a pack: one AWS Encryption SDK message over zstd(plaintext). The plaintext holds one or more
 * chunks back to back (snapshot), or a run of framed log messages (segment, incremental).
 */
export const Block = z.object({
  /** Index into the manifest's `packs`. */
  pack: Count,
  offset: Count,
  /** Stored bytes. */
  length: Count,
  /** Bytes before compression. */
  rawLength: Count,
});
export type Block = z.infer<typeof Block>;

/** Key bound: text values of the key columns, in key order; null is minus infinity (first chunk). */
export const KeyBound = z.array(z.string()).nullable();
export type KeyBound = z.infer<typeof KeyBound>;

/** The rows of one table in one key range [from, next chunk's from). */
export const ChunkEntry = z.object({
  from: KeyBound,
  rows: Count,
  /** Sum over rows of hash_record_extended(row, 0), computed in the database in the chunk's own snapshot. */
  checksum: Exact,
  /** HMAC-SHA-256 under the tenant's digest key over `chunkHeader(table, columns)` and the chunk's bytes. */
  digest: Hex32,
  /** Index into `blocks`; the chunk's bytes are plaintext[offset, offset + length). Empty chunks have length 0. */
  block: Count,
  offset: Count,
  length: Count,
  /** Index into `views`: which database snapshot read it (taken-over chunks name the view that judged them unchanged). */
  view: Count,
});
export type ChunkEntry = z.infer<typeof ChunkEntry>;

/** One database snapshot that read a part of the backup. */
export const View = z.object({
  /** pg_current_snapshot() as text. */
  snapshot: z.string(),
  /** Log position confirmed before the snapshot was taken: everything before it is in the snapshot. */
  from: LsnText,
  /** pg_current_wal_insert_lsn() after the snapshot was taken: nothing after it is in the snapshot. */
  to: LsnText,
  at: z.string(),
});
export type View = z.infer<typeof View>;

export const SnapshotTable = z.object({
  table: TableName,
  columns: z.array(z.string()),
  /** Key columns in order, without the tenant column of a direct table; empty: one chunk, not replayable. */
  key: z.array(z.string()),
  rows: Count,
  checksum: Exact,
  /** Bytes of COPY text. */
  bytes: Count,
  /**
   * Digest of the oids and file numbers of the table's storage and of that of the tables on its path. Differs after a
   * rewrite, and after a partition was attached or detached: changes of rows that the change log does not tell.
   */
  storage: z.string().optional(),
  chunks: z.array(ChunkEntry),
});
export type SnapshotTable = z.infer<typeof SnapshotTable>;

export const ServerInfo = z.object({
  /** server_version_num, for example 180004. */
  version: z.number().int(),
  /** pg_control_system().system_identifier. */
  system: z.string(),
  database: z.string(),
  encoding: z.string(),
});
export type ServerInfo = z.infer<typeof ServerInfo>;

export const SnapshotBody = z.object({
  tenantId: z.string(),
  server: ServerInfo,
  schema: DatabaseSchema,
  /** The model's own entry for every owned table (kind, column or path, component), as JSON of tenant-model.ts. */
  model: z.unknown(),
  /** `full` read everything; `changed` took unchanged chunks over from `base`. */
  read: z.enum(['full', 'changed']),
  base: z.string().nullable(),
  /** Why the run was asked for: schedule, manual, gap, migration, … */
  reason: z.string(),
  views: z.array(View),
  packs: z.array(z.string()),
  blocks: z.array(Block),
  tables: z.array(SnapshotTable),
  /** Sequences at the time: regclass → last_value (text), for sequences owned by exported columns. */
  sequences: z.record(z.string(), z.string()),
});
export type SnapshotBody = z.infer<typeof SnapshotBody>;

/** One tenant's share of one log run: whole transactions only. */
export const SegmentEntry = z.object({
  /** TenantRef, or `system` for the unrouted log. */
  tenant: TenantRef,
  /** First and last commit LSN in it. */
  firstCommit: LsnText,
  lastCommit: LsnText,
  /** Commit times need not be monotonic: least and greatest. */
  minCommitTime: z.string(),
  maxCommitTime: z.string(),
  transactions: Count,
  changes: Count,
  /**
   * Of the unrouted log: changes that a restore judges by its own rows at their position, which must not be folded then.
   * Absent in older manifests: all may be.
   */
  offered: Count.optional(),
  /** Plaintext bytes of all blocks. */
  rawBytes: Count,
  blocks: z.array(Block),
  /** HMAC-SHA-256 under the tenant's digest key over all plaintext blocks back to back. */
  digest: Hex32,
});
export type SegmentEntry = z.infer<typeof SegmentEntry>;

export const MarkerEntry = z.object({
  tenant: TenantRef,
  name: z.string(),
  lsn: LsnText,
  time: z.string(),
  /** The log told this name at another position too: nobody knows which is meant. */
  unclear: z.boolean().optional(),
});
export type MarkerEntry = z.infer<typeof MarkerEntry>;

/**
 * A stretch of log that is missing or not to be trusted, for one tenant or for all (`system`): of everything, or of the
 * named tables only. Targets in it are refused, for those tables unless the request leaves them out by name. See table-gaps.ts.
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
   * Log position at the end of the run that found the gap: a snapshot whose replay starts there or later closes it. Known
   * when the manifest is signed, whereas `to` is known only once that snapshot exists.
   */
  seen: LsnText.optional(),
  /**
   * suspect: the log may not have told every change of the tables; they are read again. unprotected: changes of the tables
   * cannot be replayed, from `from` until a run finds that they can (`to`).
   */
  reason: z.enum([
    'slot-lost',
    'slot-created',
    'row-moved',
    'unresolved-value',
    'model-changed',
    'suspect',
    'unprotected',
  ]),
  /** Absent: all tables. */
  tables: z.array(TableName).min(1).optional(),
  /** What happened to the tables, for people. No row values. */
  detail: z.string().optional(),
  /** Of unprotected tables: they are again once every transaction below it (64-bit id) has ended. */
  awaits: z.string().regex(/^\d+$/).optional(),
});
export type GapEntry = z.infer<typeof GapEntry>;

/**
 * Columns were added to a table, dropped or renamed, with its rows left as they are: somewhere in (from, to]. Before it
 * the table is as the run found it, from `to` on as the run leaves it (reshaped-tables.ts).
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
export const LogBody = z.object({
  server: ServerInfo,
  slot: z.string(),
  publication: z.string(),
  /** pg_snapshot_xmin at the run's start. */
  xmin: z.string(),
  /**
   * Transactions below it (64-bit id) had committed at or before `to`, or never will: a row that one of them wrote and
   * that is still there did not change since. Absent where that is not known.
   */
  settledBelow: z.string().optional(),
  packs: z.array(z.string()),
  segments: z.array(SegmentEntry),
  /** Definitions that rows of this run may have been written under, in order, for relations whose definition was new or changed. */
  relations: z.array(TableSchema),
  /** Of these, the tables whose columns are no longer the same. Absent in runs of earlier versions, which do not tell. */
  reshaped: z.array(Reshaping).optional(),
  /** What the catalogs said at the run's end of where rows come from, for tables of which that was new or changed. */
  traces: z.array(TableTrace).optional(),
  markers: z.array(MarkerEntry),
  gaps: z.array(GapEntry),
  /** Restores whose apply transaction was seen: restore id → commit LSN. */
  restores: z.array(
    z.object({
      ...{ tenant: TenantRef, id: z.string(), lsn: LsnText, time: z.string() },
      /** As of a marker. */
      unclear: z.boolean().optional(),
    }),
  ),
  transactions: Count,
  changes: Count,
  /** Row changes whose tenant was not proved, or whose former tenant was not: they are in the unrouted log. */
  unrouted: Count.optional(),
});
export type LogBody = z.infer<typeof LogBody>;

/** What a run's own manifest says, for some of the tenants: read in its place. */
export const IndexedRun = z.object({
  id: z.string(),
  key: z.string(),
  /** Of the run's manifest: what the next run names. */
  sha256: Hex32,
  from: LsnText,
  to: LsnText,
  fromTime: z.string(),
  toTime: z.string(),
  /** As the run's own signed header has it. */
  previous: z.object({ id: z.string(), key: z.string(), sha256: Hex32 }).nullable(),
  /** In the order to which blocks refer. */
  packs: z.array(z.object({ key: z.string(), bytes: Count })),
  /** All that the run has. */
  relations: z.array(TableSchema),
  /** As the run has it. */
  reshaped: z.array(Reshaping).optional(),
  /** All that the run has of the shard's tenants, and of `system`. */
  segments: z.array(SegmentEntry),
  /** The same of its gaps. Absent in indexes of earlier versions, which do not tell them. */
  gaps: z.array(GapEntry).optional(),
});
export type IndexedRun = z.infer<typeof IndexedRun>;

/** The body of one shard of a log index: runs that follow one another, and the segments of some tenants in them. */
export const LogIndexBody = z.object({
  format: z.literal('holdfast.log-index/1'),
  /** Id of the index: the same in all of its shards. */
  index: z.string(),
  /** Tenants whose references begin with these `bits` bits (shardOf() in log-index.ts); 0 bits: all tenants. */
  shard: z.object({ bits: z.number().int().min(0).max(10), number: Count }),
  /** In log order, each naming the one before. */
  runs: z.array(IndexedRun).min(1),
});
export type LogIndexBody = z.infer<typeof LogIndexBody>;

/** The body of an incremental: net changes of one tenant over (from, to], in segment framing, sorted by LSN. */
export const IncrementalBody = z.object({
  tenantId: z.string(),
  packs: z.array(z.string()),
  blocks: z.array(Block),
  digest: Hex32,
  rawBytes: Count,
  /** Log manifests folded, in order. */
  runs: z.array(z.object({ id: z.string(), sha256: Hex32 })),
  /** Schemas that the folded range brought. */
  relations: z.array(TableSchema),
  /** Net rows per table. */
  tables: z.array(z.object({ table: TableName, upserts: Count, deletes: Count })),
  changes: Count,
  minCommitTime: z.string(),
  maxCommitTime: z.string(),
});
export type IncrementalBody = z.infer<typeof IncrementalBody>;

/** A subject's erasure: every later restore leaves these rows out. Only keyed digests of the keys are kept. */
export const ErasureBody = z.object({
  tenantId: z.string(),
  table: TableName,
  key: z.array(z.string()),
  /** HMAC-SHA-256 under the tenant's digest key over the table name and the key's text values (erasureDigest()). */
  digests: z.array(Hex32),
  requestedBy: z.string(),
  reason: z.string(),
});
export type ErasureBody = z.infer<typeof ErasureBody>;
