/**
 * The record of a drill: what was restored where, how long each phase took against the tier's objective, and what was
 * proved. Signed, in the vault. Invariants: no rows, no tenant names, no credentials; a drill that failed has a record
 * too.
 */
import * as z from 'zod';
import { DrillKind } from './drill-kind.ts';
import { FailoverPlan } from './failover.ts';
import { LsnText } from './lsn.ts';
import { Tier } from './objectives.ts';
import { TableName } from './table-schema.ts';
import { TenantRef } from './tenant.ts';

/** `slow`: everything was proved, but slower than the objective. */
export const DrillOutcome = z.enum(['passed', 'slow', 'failed']);
export type DrillOutcome = z.infer<typeof DrillOutcome>;

const Count = z.number().int().nonnegative();
const Milliseconds = Count;

/** `outside`: on another server than the source's, as DORA asks; `source`: another database of the same server. */
export const DrillScratch = z.object({
  place: z.enum(['outside', 'source']),
  /** `host:port`, without credentials. */
  server: z.string(),
  /** Removed at the end. */
  database: z.string(),
});
export type DrillScratch = z.infer<typeof DrillScratch>;

/** Why something did not succeed: a code of docs/errors.md, or `internal`; and its message, without rows and names. */
export const DrillProblem = z.object({ code: z.string(), message: z.string() });
export type DrillProblem = z.infer<typeof DrillProblem>;

export const RestorePhases = z.object({
  planMs: Milliseconds,
  stageMs: Milliseconds,
  diffMs: Milliseconds,
  applyMs: Milliseconds,
  proveMs: Milliseconds,
});
export type RestorePhases = z.infer<typeof RestorePhases>;

/** One tenant that was restored, proved and measured. */
export const ProvedRestore = z.object({
  /** The moment as it was chosen, ISO 8601 UTC or `latest`, and its position. */
  moment: z.string(),
  target: LsnText,
  phases: RestorePhases,
  /** From the request to proved rows: the sum of the phases. */
  recoveryMs: Milliseconds,
  /** What was predicted for staging before it began; null where this tenant was never staged. */
  predictedStageMs: Milliseconds.nullable(),
  bytes: Count,
  rows: Count,
  /**
   * Rows by table, as staged and as counted in the scratch database afterwards; without empty tables. Of a whole system
   * only those that differ.
   */
  tables: z.array(z.object({ table: TableName, rows: Count, found: Count })),
  /** Rows in which the scratch database differs from the staged state: 0. */
  differing: Count,
  /** Rows that refer to a row that is not there: 0. */
  brokenReferences: Count,
  /** Foreign keys that the scratch database enforces on these tables. */
  foreignKeys: Count,
  /** Id of the snapshot under it. */
  snapshot: z.string(),
  /** Counts and checksums of that snapshot, compared with its signed manifest; null where they were not. */
  backup: z.object({ rows: Count, tables: Count }).nullable(),
});
export type ProvedRestore = z.infer<typeof ProvedRestore>;

export const DrilledTenant = z.object({
  tenant: TenantRef,
  tier: Tier,
  /** Of the tier. */
  objectiveMs: Milliseconds,
  outcome: DrillOutcome,
  restore: ProvedRestore.nullable(),
  /** Moments that were chosen before and are refused for a known reason, with its code. */
  refused: z.array(z.object({ moment: z.string(), code: z.string() })),
  problem: DrillProblem.nullable(),
});
export type DrilledTenant = z.infer<typeof DrilledTenant>;

/** The same tenants one after the other and at once. */
export const Contention = z.object({
  atOnce: Count,
  /** Sum of the recovery times one after the other. */
  singlyMs: Milliseconds,
  /** From the first request to the last proof, at once. */
  elapsedMs: Milliseconds,
  /** Longest recovery time of one tenant, singly and at once. */
  longestSinglyMs: Milliseconds,
  longestMs: Milliseconds,
});
export type Contention = z.infer<typeof Contention>;

/** What a restore of the whole fleet would take, from the slower of two measured rates: tenants and bytes. */
export const FleetPrediction = z.object({
  tenants: Count,
  bytes: Count,
  /** Restored in this drill. */
  restoredTenants: Count,
  restoredBytes: Count,
  elapsedMs: Milliseconds,
  atOnce: Count,
  predictedMs: Milliseconds,
});
export type FleetPrediction = z.infer<typeof FleetPrediction>;

export const ACCIDENTS = ['delete', 'overwrite', 'wipe'] as const;
export const AccidentKind = z.enum(ACCIDENTS);
export type AccidentKind = z.infer<typeof AccidentKind>;

/** One accident in the scratch copy. */
export const DrilledAccident = z.object({
  accident: AccidentKind,
  /** Rows that it removed or changed. */
  damaged: Count,
  /** What the preview said that a restore would write. */
  preview: z.object({ inserts: Count, updates: Count, deletes: Count }),
  /** The rows after the restore are those before the accident, by sums over every row. */
  restored: z.boolean(),
  /** The rows after the undo are those after the accident. */
  undone: z.boolean(),
  previewMs: Milliseconds,
  restoreMs: Milliseconds,
  undoMs: Milliseconds,
});
export type DrilledAccident = z.infer<typeof DrilledAccident>;

/** The verdict of the team's own check. */
export const Acceptance = z.object({
  by: z.enum(['sql', 'hook']),
  /** Null: the whole scratch database. */
  tenant: TenantRef.nullable(),
  checks: z.array(z.object({ check: z.string().min(1).max(200), ok: z.boolean() })),
  problem: DrillProblem.nullable(),
});
export type Acceptance = z.infer<typeof Acceptance>;

export const FAULTS = [
  'slot-dropped',
  'shipper-stopped',
  'object-damaged',
  'key-disabled',
  's3-throttled',
  'database-restarted',
  'failover-in-restore',
] as const;
export const Fault = z.enum(FAULTS);
export type Fault = z.infer<typeof Fault>;

/** A fault that was induced, and what came of it. */
export const InducedFault = z.object({
  fault: Fault,
  /** Runbook page of the alarm that must be raised; null: none, since it mends itself. */
  expected: z.string().nullable(),
  /** Codes of the alarms that were raised, in order. */
  raised: z.array(z.string()),
  /** From the fault to the alarm; null where none was raised. */
  alarmMs: Milliseconds.nullable(),
  /** Afterwards everything worked as before. */
  mended: z.boolean(),
  problem: DrillProblem.nullable(),
});
export type InducedFault = z.infer<typeof InducedFault>;

export const DrillRecord = z.object({
  format: z.literal('holdfast.drill-record/1'),
  id: z.string(),
  kind: DrillKind,
  installation: z.string(),
  /** Who started it, as the platform vouches. */
  startedBy: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  outcome: DrillOutcome,
  /** Tenants and moments were chosen from it: the same seed chooses the same of the same fleet. */
  seed: z.string(),
  /** Null where nothing was restored. */
  scratch: DrillScratch.nullable(),
  /** What went wrong, one sentence each; empty if it passed. */
  findings: z.array(z.string()),
  /** Measured, in order: beside the phases of each restore. */
  phases: z.array(z.object({ phase: z.string(), ms: Milliseconds })),
  tenants: z.array(DrilledTenant),
  contention: Contention.exactOptional(),
  prediction: FleetPrediction.exactOptional(),
  accidents: z.array(DrilledAccident).exactOptional(),
  faults: z.array(InducedFault).exactOptional(),
  /** What a fail-over to this region would do and lose now: of `region`, where the installation has several. */
  failover: FailoverPlan.exactOptional(),
  acceptance: z.array(Acceptance),
});
export type DrillRecord = z.infer<typeof DrillRecord>;

/** Milliseconds. A small sample of large tenants, or a large one of small tenants, hides neither of the two costs. */
export function predictedFleetMs(
  measured: Pick<FleetPrediction, 'tenants' | 'bytes' | 'restoredTenants' | 'restoredBytes' | 'elapsedMs'>,
): number {
  const share = (all: number, restored: number) => (restored === 0 ? 1 : all / restored);
  const { tenants, bytes, restoredTenants, restoredBytes, elapsedMs } = measured;
  return Math.round(elapsedMs * Math.max(1, share(tenants, restoredTenants), share(bytes, restoredBytes)));
}

/** What a proved restore came to. `problem`: what stopped it, or what another proof found. */
export function drillOutcome(
  restore: Pick<ProvedRestore, 'recoveryMs' | 'differing' | 'brokenReferences'> | null,
  problem: DrillProblem | null,
  objectiveMs: number,
): DrillOutcome {
  if (restore === null || problem !== null || restore.differing + restore.brokenReferences > 0) return 'failed';
  return restore.recoveryMs > objectiveMs ? 'slow' : 'passed';
}

/** `slow` is worse than `passed`, and `failed` than both. */
export function worstOutcome(outcomes: readonly DrillOutcome[]): DrillOutcome {
  if (outcomes.includes('failed')) return 'failed';
  return outcomes.includes('slow') ? 'slow' : 'passed';
}

/** The preview announced exactly the damage, the restore gave back every row, and the undo took it back. */
export function isMended({ accident, damaged, preview, restored, undone }: DrilledAccident): boolean {
  const expected = accident === 'overwrite' ? { inserts: 0, updates: damaged } : { inserts: damaged, updates: 0 };
  const announced =
    preview.inserts === expected.inserts && preview.updates === expected.updates && preview.deletes === 0;
  return announced && restored && undone;
}

/** The expected alarm came (or none where none was expected), and afterwards everything worked. */
export function isNoticed({ expected, raised, alarmMs, mended }: InducedFault): boolean {
  return mended && (expected === null ? raised.length === 0 : alarmMs !== null);
}
