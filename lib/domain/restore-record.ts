/**
 * The record of a restore: requester, approvers, what was compared, changed rows, duration of each phase, and the
 * proof. Signed and stored in the vault; indexed in the catalog. No row values.
 */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { Conflict, Note, SequenceMove } from './preview.ts';
import { RestoreRequest } from './restore-request.ts';
import { TableName } from './table-schema.ts';

const Count = z.number().int().nonnegative();

export const AppliedTable = z.object({ table: TableName, inserted: Count, updated: Count, deleted: Count });
export type AppliedTable = z.infer<typeof AppliedTable>;

export const RestorePlace = z.enum(['in-place', 'side-by-side', 'into-database', 'as-tenant']);
export type RestorePlace = z.infer<typeof RestorePlace>;

export const RestoreRecord = z.object({
  format: z.literal('holdfast.restore-record/1'),
  id: z.string(),
  tenantId: z.string(),
  place: RestorePlace,
  request: RestoreRequest,
  requestedBy: z.string(),
  approvedBy: z.array(z.string()),
  /** Hash of the preview that was applied. */
  previewHash: z.string(),
  /** True where a kept plan was applied, false where preview and apply were one command. */
  approvedPlan: z.boolean(),
  target: LsnText,
  targetTime: z.string().nullable(),
  /** Ids of the manifests from which the state was staged. */
  chain: z.object({ snapshot: z.string(), incrementals: z.array(z.string()), runs: z.array(z.string()) }).nullable(),
  tables: z.array(AppliedTable),
  totals: z.object({ inserted: Count, updated: Count, deleted: Count }),
  conflicts: z.array(Conflict),
  notes: z.array(Note),
  sequences: z.array(SequenceMove),
  /** Milliseconds. */
  phases: z.object({ planMs: Count, stageMs: Count, diffMs: Count, applyMs: Count, proveMs: Count }),
  /** How often the difference was computed again because live rows changed before the apply. */
  attempts: z.number().int().positive(),
  proof: z.object({
    /** Rows that still differ, by table: empty, or for an approved plan those that the application changed since. */
    left: z.record(z.string(), Count),
    brokenReferences: Count,
    /** Rows of the staged state by table. */
    rows: z.record(z.string(), Count),
  }),
  /** Transaction id of the (first) apply transaction, as text; null where there is none. */
  transaction: z.string().nullable(),
  /** True if a restore in batches ended before its last batch: the counts above were written, the rest was not. */
  partial: z.literal(true).exactOptional(),
  /** Tables that the request excluded by name: the restore is partial, their rows are unchanged. */
  excluded: z.array(TableName).exactOptional(),
  /** The schema with the restored rows, for side by side. */
  schema: z.string().nullable(),
  startedAt: z.string(),
  committedAt: z.string(),
});
export type RestoreRecord = z.infer<typeof RestoreRecord>;

/**
 * The catalog's item. The shipper adds `lsn` and `time` when it sees the transaction; both writers keep each other's
 * members.
 */
export const RestoreItem = z.looseObject({
  id: z.string(),
  /** `committing`: the transaction may or may not have committed; the next run finds out. */
  state: z.enum(['committing', 'done', 'failed']).optional(),
  at: z.string().optional(),
  place: RestorePlace.optional(),
  target: z.string().optional(),
  totals: z.object({ inserted: Count, updated: Count, deleted: Count }).optional(),
  requestedBy: z.string().optional(),
  /** As in the record. */
  excluded: z.array(TableName).optional(),
  transaction: z.string().nullable().optional(),
  /** The signed record. */
  key: z.string().optional(),
  sha256: z.string().optional(),
  /** While `committing`: the future content of the record. */
  record: RestoreRecord.optional(),
  /** Of a batch: its own transaction, the record without it, and the origin of the batches. */
  batch: z.object({ transaction: z.string(), before: RestoreRecord.nullable(), schema: z.string() }).optional(),
  /** Its newest transactions, of a restore in batches: announced before each committed. */
  batches: z.string().array().optional(),
  /** Commit LSN of the (first) apply transaction, from the change log. */
  lsn: LsnText.optional(),
  time: z.string().optional(),
});
export type RestoreItem = z.infer<typeof RestoreItem>;

/** True if not everything requested was written: tables were excluded by name, or batches ended early. */
export function isPartial(record: Pick<RestoreRecord, 'partial' | 'excluded'>): boolean {
  return record.partial === true || (record.excluded ?? []).length > 0;
}
