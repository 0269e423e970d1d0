/**
 * What a restore would do, before it does it: the difference itself, counted, sampled and checked for conflicts. A
 * person reads it, a second person approves its hash, and the apply executes what it stands for and nothing else.
 * Invariant: row values stand in `samples` only; `withoutSamples` is what may be logged, stored or hashed.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
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

export const Conflict = z.object({
  code: ConflictCode,
  table: TableName,
  /** Constraint, index or column that it is about. */
  about: z.string(),
  /** Rows of this tenant concerned. */
  count: Count,
  /** A sentence without values. */
  explanation: z.string(),
  /** A blocking conflict refuses the apply. */
  blocking: z.boolean(),
});
export type Conflict = z.infer<typeof Conflict>;

/** One row that would change. Values are PostgreSQL's text form; null is NULL. */
export const RowSample = z.object({
  op: z.enum(['insert', 'update', 'delete']),
  key: z.record(z.string(), z.string().nullable()),
  /** Update: the changed columns. Insert, delete: empty. */
  changes: z.record(z.string(), z.object({ now: z.string().nullable(), target: z.string().nullable() })),
});
export type RowSample = z.infer<typeof RowSample>;

export const TablePreview = z.object({
  table: TableName,
  inserts: Count,
  updates: Count,
  deletes: Count,
  /** Of the deletes, rows that did not exist at the target: they came later. */
  bornAfter: Count.exactOptional(),
  /** Rows among these that nobody asked for but that rows in scope need (parents) or leave behind (children). */
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
]);
export const Note = z.object({ code: NoteCode, table: TableName.nullable(), text: z.string() });
export type Note = z.infer<typeof Note>;

export const SequenceMove = z.object({
  sequence: z.string(),
  table: TableName,
  column: z.string(),
  /** Last value now, and the value it is moved forward to (bigint as text). */
  now: z.string(),
  to: z.string(),
});
export type SequenceMove = z.infer<typeof SequenceMove>;

export const Preview = z.object({
  format: z.literal('holdfast.preview/1'),
  request: RestoreRequest,
  target: LsnText,
  /** Moment of the target where it was given as a time, else null. */
  targetTime: z.string().nullable(),
  staging: z.string(),
  tables: z.array(TablePreview),
  totals: z.object({ inserts: Count, updates: Count, deletes: Count, rows: Count }),
  conflicts: z.array(Conflict),
  notes: z.array(Note),
  sequences: z.array(SequenceMove),
  /** True where the application's ordinary triggers and foreign-key actions are suppressed during the apply. */
  triggersSuppressed: z.boolean(),
  /** Milliseconds that each phase took, and what the apply should take. */
  measured: z.object({ planMs: z.number(), stageMs: z.number(), diffMs: z.number() }),
  predictedApplyMs: z.number(),
  /** SHA-256 over the difference itself, row by row. */
  diffDigest: z.string(),
  /** SHA-256 over everything above but samples and measured times: what is approved. */
  hash: z.string(),
});
export type Preview = z.infer<typeof Preview>;

/** The preview as it may be stored: no row values. */
export function withoutSamples(preview: Preview): Preview {
  return { ...preview, tables: preview.tables.map(table => ({ ...table, samples: [] })) };
}

/** What is approved. Independent of the order of object members, of samples and of the clock. */
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

/** One transaction cannot be handed from one function to the next: what should take longer than this is not begun there. */
const APPLY_LIMIT_MS = 10 * 60 * 1000;

/** Whether one function, which ends after a quarter of an hour, can apply this. */
export function fitsOneFunction({ predictedApplyMs, request }: Pick<Preview, 'predictedApplyMs' | 'request'>): boolean {
  return request.batches !== undefined || predictedApplyMs <= APPLY_LIMIT_MS;
}

export function blockingConflicts(preview: Pick<Preview, 'conflicts'>): Conflict[] {
  return preview.conflicts.filter(conflict => conflict.blocking);
}
