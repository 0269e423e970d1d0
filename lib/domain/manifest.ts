/**
 * The signed documents of the vault. A backup exists when its manifest exists. A manifest has a public header (no
 * tenant data: references, LSNs, times, object keys, sizes) and a body sealed under the owner's key (schema, key
 * ranges, chunk digests, checksums), so that retention, chains and signatures can be checked without any tenant's key,
 * even after it was destroyed.
 *
 * LSNs are text (`16/B374D848`), times are ISO 8601 UTC with microseconds from the database server's clock, digests are
 * lower-case hex, sizes are bytes.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { SourceIdentity } from './source-epoch.ts';
import { DatabaseSchema, TableName, TableSchema } from './table-schema.ts';
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
   * incremental, log, log-index: contains exactly the commits with a record that starts in [from, to).
   */
  from: LsnText,
  to: LsnText,
  /** Server clock at `from` and `to`. */
  fromTime: z.string(),
  toTime: z.string(),
  /** The previous manifest of the same owner and chain (snapshots and incrementals share one; logs one); else null. */
  previous: z.object({ id: z.string(), key: z.string(), sha256: Hex32 }).nullable(),
  /** Every stored object that this manifest needs, including those of earlier backups. */
  objects: z.array(z.object({ key: z.string(), bytes: Count })),
  /**
   * snapshot, log: the server that it was read from. Absent in manifests of earlier versions. Positions of different
   * source epochs are never joined (source-epoch.ts).
   */
  source: SourceIdentity.optional(),
  /** SHA-256 of the sealed body. */
  bodySha256: Hex32,
  /** Version of Holdfast that wrote it. */
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
 * A sealed unit inside a pack: one AWS Encryption SDK message over zstd(plaintext). The plaintext contains one or
 * more concatenated chunks (snapshot), or framed log messages (segment, incremental).
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
  /** Sum of hash_record_extended(row, 0) over the rows, computed in the database in the chunk's own snapshot. */
  checksum: Exact,
  /** HMAC-SHA-256 under the tenant's digest key over `chunkHeader(table, columns)` and the chunk's bytes. */
  digest: Hex32,
  /** Index into `blocks`; the chunk's bytes are plaintext[offset, offset + length). Empty chunks have length 0. */
  block: Count,
  offset: Count,
  length: Count,
  /** Index into `views`: the database snapshot that read it (for reused chunks, the one that found them unchanged). */
  view: Count,
});
export type ChunkEntry = z.infer<typeof ChunkEntry>;

/** A database snapshot from which a part of the backup was read. */
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
   * Digest of the oids and file numbers of the table's storage and of that of the tables on its path. Changes after a
   * rewrite, and after a partition was attached or detached: row changes that are not in the change log.
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
  /** `full` read everything; `changed` reused unchanged chunks of `base`. */
  read: z.enum(['full', 'changed']),
  base: z.string().nullable(),
  /** Reason for the run: schedule, manual, gap, migration, … */
  reason: z.string(),
  views: z.array(View),
  packs: z.array(z.string()),
  blocks: z.array(Block),
  tables: z.array(SnapshotTable),
  /** Sequences owned by exported columns: regclass → last_value (text). */
  sequences: z.record(z.string(), z.string()),
});
export type SnapshotBody = z.infer<typeof SnapshotBody>;

/** The body of an incremental: net changes of one tenant over [from, to), in segment framing, sorted by LSN. */
export const IncrementalBody = z.object({
  tenantId: z.string(),
  packs: z.array(z.string()),
  blocks: z.array(Block),
  digest: Hex32,
  rawBytes: Count,
  /** Log manifests folded, in order. */
  runs: z.array(z.object({ id: z.string(), sha256: Hex32 })),
  /** Schemas in the folded range. */
  relations: z.array(TableSchema),
  /** Net rows per table. */
  tables: z.array(z.object({ table: TableName, upserts: Count, deletes: Count })),
  changes: Count,
  minCommitTime: z.string(),
  maxCommitTime: z.string(),
});
export type IncrementalBody = z.infer<typeof IncrementalBody>;

/** A subject's erasure: every later restore omits these rows. Only keyed digests of the keys are stored. */
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
