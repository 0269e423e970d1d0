/**
 * What a restore would do: the difference itself, counted, sampled and checked for conflicts. A person reads it, a
 * second person approves its hash, and the apply executes exactly this difference. Invariant: only `samples` contains
 * row values; only `withoutSamples` is logged, stored or hashed.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { RestoreRequest } from './restore-request.ts';
import { TableName } from './table-schema.ts';

const Count = z.number().int().nonnegative();

export const ConflictCode = z.enum([
  'key-of-another-tenant',
  'unique-taken',
  'unique-taken-elsewhere',
  'missing-parent',
  'parent-of-another-tenant',
  'still-referenced',
  'still-referenced-elsewhere',
  'cast-failed',
  'lossy-cast',
  'not-null',
  'new-column-without-value',
  'check-violated',
  'partition-missing',
  'cycle-needs-privilege',
  'foreign-row',
  'owned-otherwise',
  'tenant-exists',
  'changed-since',
  'table-missing',
  'table-unowned',
  'table-without-key',
  'table-not-in-backup',
  'table-undecided',
]);
export type ConflictCode = z.infer<typeof ConflictCode>;

/** A transaction that changed rows which an undo or a revert leaves alone. */
export const Changer = z.object({
  xid: Count,
  /** Of its commit. */
  lsn: LsnText,
  time: z.string(),
  /** How many of those rows. */
  rows: Count,
});
export type Changer = z.infer<typeof Changer>;

export const Conflict = z.object({
  code: ConflictCode,
  table: TableName,
  /** The constraint, index or column. */
  about: z.string(),
  /** Affected rows of this tenant. */
  count: Count,
  /** A sentence without values. */
  explanation: z.string(),
  /** True if the restore is refused. */
  blocking: z.boolean(),
  /** For `changed-since`: who did, the latest first, as far as it was shipped. */
  by: z.array(Changer).exactOptional(),
});
export type Conflict = z.infer<typeof Conflict>;

/** One row that would change. Values are PostgreSQL's text form; null is NULL. */
export const RowSample = z.object({
  op: z.enum(['insert', 'update', 'delete']),
  key: z.record(z.string(), z.string().nullable()),
  /** A few columns that tell a person which row it is, as far as they do not change. */
  about: z.record(z.string(), z.string().nullable()).exactOptional(),
  /** Update: the changed columns. Insert, delete: empty. */
  changes: z.record(z.string(), z.object({ now: z.string().nullable(), target: z.string().nullable() })),
});
export type RowSample = z.infer<typeof RowSample>;

export const TablePreview = z.object({
  table: TableName,
  inserts: Count,
  updates: Count,
  deletes: Count,
  /** Of the deletes, rows that were created after the target. */
  bornAfter: Count.exactOptional(),
  /** Of these, rows outside the selection that selected rows need (parents) or leave behind (children). */
  alongside: Count,
  /** Column → updated rows in which it changes. */
  columns: z.record(z.string(), Count),
  samples: z.array(RowSample),
});
export type TablePreview = z.infer<typeof TablePreview>;

export const NoteCode = z.enum([
  'column-gained',
  'column-lost',
  'column-renamed',
  'column-retyped',
  'table-renamed',
  'table-added',
  'table-lost',
  'table-unprotected',
  'kept',
  'left-out',
  'not-compared',
  'trigger-fires',
  'rule-fires',
  'erased',
  'keys-remapped',
  'not-checked',
  'staging',
  'alongside',
  'children-stay-away',
  'changed-since',
  'cluster-backup',
]);
export const Note = z.object({ code: NoteCode, table: TableName.nullable(), text: z.string() });
export type Note = z.infer<typeof Note>;

export const SequenceMove = z.object({
  sequence: z.string(),
  table: TableName,
  column: z.string(),
  /** Current last value, and the value to which it is advanced (bigint as text). */
  now: z.string(),
  to: z.string(),
});
export type SequenceMove = z.infer<typeof SequenceMove>;

export const Preview = z.object({
  format: z.literal('holdfast.preview/1'),
  request: RestoreRequest,
  target: LsnText,
  /** Time of the target if it was given as a time, else null. */
  targetTime: z.string().nullable(),
  staging: z.string(),
  tables: z.array(TablePreview),
  totals: z.object({ inserts: Count, updates: Count, deletes: Count, rows: Count }),
  conflicts: z.array(Conflict),
  notes: z.array(Note),
  sequences: z.array(SequenceMove),
  /** True where the application's ordinary triggers and foreign-key actions are suppressed during the apply. */
  triggersSuppressed: z.boolean(),
  /** Milliseconds of each phase, and the estimate for the apply. */
  measured: z.object({ planMs: z.number(), stageMs: z.number(), diffMs: z.number() }),
  predictedApplyMs: z.number(),
  /** SHA-256 over the difference itself, row by row. */
  diffDigest: z.string(),
  /** SHA-256 over everything above except samples and measured times: the subject of the approval. */
  hash: z.string(),
});
export type Preview = z.infer<typeof Preview>;

/** The preview for storage: no row values. */
export function withoutSamples(preview: Preview): Preview {
  return { ...preview, tables: preview.tables.map(table => ({ ...table, samples: [] })) };
}

/** The hash to approve. Independent of the order of object members, of samples and of the clock. */
export function previewHash(preview: Omit<Preview, 'hash'> & { hash?: string }): string {
  const { measured: _measured, predictedApplyMs: _predicted, hash: _hash, ...rest } = preview;
  const stable = { ...rest, tables: rest.tables.map(({ samples: _samples, ...table }) => table) };
  return createHash('sha256').update(canonicalJson(stable)).digest('hex');
}

/** JSON with sorted members: equal documents give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

export function totalsOf(tables: readonly TablePreview[]): Preview['totals'] {
  const sum = (pick: (table: TablePreview) => number) => tables.reduce((total, table) => total + pick(table), 0);
  const [inserts, updates, deletes] = [sum(t => t.inserts), sum(t => t.updates), sum(t => t.deletes)];
  return { inserts, updates, deletes, rows: inserts + updates + deletes };
}

/** A transaction cannot continue in another function: one with a longer estimate is not started in a function. */
const APPLY_LIMIT_MS = 10 * 60 * 1000;

/** Whether one function, limited to 15 minutes, can apply this. */
export function fitsOneFunction({ predictedApplyMs, request }: Pick<Preview, 'predictedApplyMs' | 'request'>): boolean {
  return request.batches !== undefined || predictedApplyMs <= APPLY_LIMIT_MS;
}

export function blockingConflicts(preview: Pick<Preview, 'conflicts'>): Conflict[] {
  return preview.conflicts.filter(conflict => conflict.blocking);
}
