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
import { Block } from './chunk-page.ts';
import { LsnText } from './lsn.ts';
import { SourceIdentity } from './source-epoch.ts';
import { TableName, TableSchema } from './table-schema.ts';
import { TenantRef } from './tenant.ts';

const Hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().nonnegative();

export const ManifestKind = z.enum([
  'snapshot',
  'incremental',
  'log',
  'log-index',
  'restore-record',
  'erasure',
  'held-log',
  'archive',
  'cluster-read',
]);
export type ManifestKind = z.infer<typeof ManifestKind>;

export const ManifestHeader = z.object({
  /** 2: a snapshot whose chunks are in pages. Readers of 1 alone refuse it. */
  format: z.enum(['holdfast.manifest/1', 'holdfast.manifest/2']),
  kind: ManifestKind,
  /** Sortable by time: see newId(). Unique in the vault. */
  id: z.string(),
  /** TenantRef, or `system` for log manifests and their indexes. */
  tenant: TenantRef,
  createdAt: z.string(),
  /**
   * snapshot: `from` is where replay starts, `to` the first position to which the snapshot can be recovered.
   * archive: both are the position of its rows.
   * cluster-read: both are the position of the copy that was read; the times are the moment to which it was restored.
   * incremental, log, log-index, held-log: contains exactly the commits with a record that starts in [from, to).
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
  /** snapshot: until when it is kept for its reason, whatever the policy says; absent: by the policy alone. */
  keepUntil: z.iso.datetime().optional(),
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

export const ServerInfo = z.object({
  /** server_version_num, for example 180004. */
  version: z.number().int(),
  /** pg_control_system().system_identifier. */
  system: z.string(),
  database: z.string(),
  encoding: z.string(),
});
export type ServerInfo = z.infer<typeof ServerInfo>;

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
  /** Legal holds under which it was recorded: until they are released, nothing is removed because of it. */
  deferredBy: z.array(z.string()).min(1).optional(),
  /** The deferred erasure that takes effect with this one. */
  replays: z.string().optional(),
});
export type ErasureBody = z.infer<typeof ErasureBody>;
