/**
 * A snapshot in parts: the plan of what is read again and what is reused, and the state of each part. Both are stored
 * sealed in the vault, since they contain key values; processes pass only references and counts. Invariant: for every
 * table the layout is in key order and covers (-inf, +inf) once, without a hole.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { Block, ChunkEntry, KeyBound, ServerInfo, View } from './manifest.ts';
import { SourceIdentity } from './source-epoch.ts';
import { DatabaseSchema, TableName } from './table-schema.ts';
import { TenantRef } from './tenant.ts';

const Count = z.number().int().nonnegative();

/** A chunk of the base whose range is read again. */
export const InheritedChunk = z.object({
  from: KeyBound,
  /** Index of the chunk in the base's table if its rows are unchanged according to the log; else null. */
  promised: Count.nullable(),
});
export type InheritedChunk = z.infer<typeof InheritedChunk>;

/** A key range of one table that is read from the database. */
export const WorkItem = z.object({
  table: TableName,
  from: KeyBound,
  to: KeyBound,
  /** Inherited bounds, starting with `from`; null if the range is cut anew. */
  chunks: z.array(InheritedChunk).min(1).nullable(),
});
export type WorkItem = z.infer<typeof WorkItem>;

/** A table in key order: chunks [keep[0], keep[1]) of the base, or a work item. */
export const LayoutSegment = z.union([z.object({ keep: z.tuple([Count, Count]) }), z.object({ work: Count })]);
export type LayoutSegment = z.infer<typeof LayoutSegment>;

export const PlanTable = z.object({
  table: TableName,
  columns: z.array(z.string()),
  key: z.array(z.string()),
  storage: z.string(),
  layout: z.array(LayoutSegment),
});
export type PlanTable = z.infer<typeof PlanTable>;

export const SnapshotPlan = z.object({
  format: z.literal('holdfast.snapshot-plan/1'),
  backup: z.string(),
  tenant: TenantRef,
  tenantId: z.string(),
  reason: z.string(),
  read: z.enum(['full', 'changed']),
  base: z.object({ id: z.string(), key: z.string(), sha256: z.string() }).nullable(),
  /** End of the log that showed the unchanged chunks; null if no log was read. */
  judged: z.object({ lsn: LsnText, time: z.string() }).nullable(),
  startedAt: z.string(),
  server: ServerInfo,
  /** The server and the source epoch of its positions. Absent in plans of earlier versions. */
  source: SourceIdentity.optional(),
  epoch: Count.optional(),
  schema: DatabaseSchema,
  /** The model's entries of the owned tables. */
  model: z.unknown(),
  sequences: z.record(z.string(), z.string()),
  tables: z.array(PlanTable),
  work: z.array(WorkItem),
  /** Work items of each part. */
  parts: z.array(z.array(Count)),
});
export type SnapshotPlan = z.infer<typeof SnapshotPlan>;

/** A chunk that a part has read: as in the manifest, but with `block` and `view` relative to the part. */
export const ReadChunk = ChunkEntry.extend({
  /** Index of the base's chunk with the same bytes: nothing was stored, `block` and `offset` are 0. */
  reuse: Count.nullable(),
});
export type ReadChunk = z.infer<typeof ReadChunk>;

export const PartState = z.object({
  format: z.literal('holdfast.snapshot-part/1'),
  backup: z.string(),
  part: Count,
  views: z.array(View),
  packs: z.array(z.object({ key: z.string(), bytes: Count })),
  blocks: z.array(Block),
  /** Chunks per work item of the part, in the part's order; the last one may be unfinished. */
  items: z.array(z.object({ work: Count, chunks: z.array(ReadChunk) })),
  /**
   * Where to continue: position in the part's work items, inherited chunk within the item, and key; null when complete.
   */
  next: z.object({ position: Count, chunk: Count, from: KeyBound }).nullable(),
});
export type PartState = z.infer<typeof PartState>;

/** The input of a part or a commit, also for functions: no tenant data. */
export const SnapshotRef = z.object({ tenant: TenantRef, backup: z.string() });
export type SnapshotRef = z.infer<typeof SnapshotRef>;
export const PartRef = SnapshotRef.extend({ part: Count });
export type PartRef = z.infer<typeof PartRef>;

export const PlannedSnapshot = SnapshotRef.extend({
  parts: z.array(PartRef),
  /** Chunks that are reused without reading. */
  kept: Count,
});
export type PlannedSnapshot = z.infer<typeof PlannedSnapshot>;

export const PartProgress = PartRef.extend({ done: z.boolean(), rows: Count, bytes: Count });
export type PartProgress = z.infer<typeof PartProgress>;

export function emptyPart(backup: string, part: number): PartState {
  return {
    format: 'holdfast.snapshot-part/1',
    backup,
    part,
    views: [],
    packs: [],
    blocks: [],
    items: [],
    next: { position: 0, chunk: 0, from: null },
  };
}
