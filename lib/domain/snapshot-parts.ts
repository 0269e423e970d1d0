/**
 * A snapshot in parts: the plan of what is read again and what is reused, and the state of each part. Both are stored
 * sealed in the vault, since they contain key values; processes pass only references and counts. Invariant: for every
 * table the layout is in key order and covers (-inf, +inf) once, without a hole.
 */
import * as z from 'zod';
import { ChunkPage, KeyBound, View } from './chunk-page.ts';
import { LsnText } from './lsn.ts';
import { ServerInfo } from './manifest.ts';
import { SourceIdentity } from './source-epoch.ts';
import { DatabaseSchema, TableName } from './table-schema.ts';
import { TenantRef } from './tenant.ts';

const Count = z.number().int().nonnegative();

/** Numbers of chunks of a table of the base: [start, end). */
const ChunkRange = z.tuple([Count, Count]).readonly();

/** A key range of one table that is read from the database. */
export const WorkItem = z.object({
  table: TableName,
  from: KeyBound,
  to: KeyBound,
  /** The chunks of the base whose range it is, and whose bounds it inherits; null if it is cut anew. */
  base: z
    .object({
      chunks: ChunkRange,
      /** Of these, the chunks whose rows are unchanged according to the log. */
      promised: z.array(ChunkRange).readonly(),
    })
    .nullable(),
});
export type WorkItem = z.infer<typeof WorkItem>;

/** A table in key order: chunks [keep[0], keep[1]) of the base, or a work item. */
export const LayoutSegment = z.union([z.object({ keep: ChunkRange }), z.object({ work: Count })]);
export type LayoutSegment = z.infer<typeof LayoutSegment>;

export const PlanTable = z.object({
  table: TableName,
  columns: z.array(z.string()),
  key: z.array(z.string()),
  storage: z.string(),
  uncut: z.literal(true).optional(),
  layout: z.array(LayoutSegment),
});
export type PlanTable = z.infer<typeof PlanTable>;

export const SnapshotPlan = z.object({
  format: z.literal('holdfast.snapshot-plan/2'),
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
  /** Inherited chunks that together stay under this many bytes are read as one. */
  mergeBytes: Count,
  work: z.array(WorkItem),
  /** Work items of each part. */
  parts: z.array(z.array(Count)),
});
export type SnapshotPlan = z.infer<typeof SnapshotPlan>;

export const PartState = z.object({
  format: z.literal('holdfast.snapshot-part/2'),
  backup: z.string(),
  part: Count,
  views: z.array(View),
  packs: z.array(z.object({ key: z.string(), bytes: Count })),
  /** What was read, in the order of the work items; the last page is here itself. */
  pages: z.array(ChunkPage),
  /** How many of these chunks belong to each work item, in order; the last item may be unfinished. */
  items: z.array(z.object({ work: Count, chunks: Count })),
  /** Chunks whose bytes the base has. */
  reused: Count,
  /** Chunks of the base that are unchanged according to the log, and were read with other rows. */
  differing: z.array(z.object({ table: TableName, chunk: Count })),
  /**
   * Where to continue: position in the part's work items, number of the inherited chunk in the base's table (0: none), and
   * key; null when complete.
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
    format: 'holdfast.snapshot-part/2',
    backup,
    part,
    views: [],
    packs: [],
    pages: [],
    items: [],
    reused: 0,
    differing: [],
    next: { position: 0, chunk: 0, from: null },
  };
}
