/**
 * What was measured of one day (UTC). The signed daily report keeps it, so that longer reports do not depend on backups
 * and runs that have expired since.
 *
 * Invariant: a part that nobody can know any more is null, never zero. No row value, no tenant's name: references only.
 */
import * as z from 'zod';
import { DrillOutcome } from '../drill.ts';
import { DrillKind } from '../drill-kind.ts';
import { TIERS } from '../objectives.ts';
import { FAILURE_KINDS } from '../open-failure.ts';
import { RestorePlace } from '../restore-record.ts';
import { TenantRef } from '../tenant.ts';
import { AccidentSummary } from './accident-summary.ts';

const Count = z.number().int().nonnegative();
const Seconds = z.number().nonnegative();

export const MeasuredRestore = z.object({
  tenant: TenantRef,
  id: z.string(),
  place: RestorePlace.nullable(),
  outcome: z.enum(['done', 'failed']),
  /** When it was recorded, ISO 8601. */
  at: z.string(),
  /** Of its signed record: from start to commit, and rows of the staged state. Null: the record cannot be read. */
  seconds: Seconds.nullable(),
  rows: Count.nullable(),
  /** False: rows still differed, or references were broken, when it ended. */
  proved: z.boolean().nullable(),
});
export type MeasuredRestore = z.infer<typeof MeasuredRestore>;

/** A drill that ended, of its signed record. */
export const MeasuredDrill = z.object({
  id: z.string(),
  kind: DrillKind,
  /** When it ended, ISO 8601. */
  at: z.string(),
  outcome: DrillOutcome,
  /** Tenants that were restored or were to be, and those of them that were proved. */
  ...{ tenants: Count, proved: Count },
  /** Longest recovery of one tenant that was proved; null: none was. */
  seconds: Seconds.nullable(),
});
export type MeasuredDrill = z.infer<typeof MeasuredDrill>;

export const DayMeasures = z.object({
  /** `2026-01-31`, in UTC. */
  day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  /** From where: measured now from the catalog, or kept by the signed report of the day. */
  source: z.enum(['catalog', 'signed-report', 'none']),
  log: z
    .object({
      /** How much of the day was measured: less before the log began, after it expired, and of a day that is not over. */
      measuredSeconds: Seconds,
      /** Of these, how long the newest moment was older than the objective of the tier. */
      lateSeconds: z.record(z.enum(TIERS), Seconds),
      /** Of these, how long moments are that no log has: gaps of the whole log. */
      lostSeconds: Seconds,
      /** Of these, late by the objective `standard`, or lost. */
      downSeconds: Seconds,
      longestSilenceSeconds: Seconds,
      ...{ runs: Count, transactions: Count, changes: Count, storedBytes: Count },
    })
    .nullable(),
  backups: z
    .object({
      /** Tenants that were there all day, and those of them with a snapshot of the day. */
      ...{ expected: Count, covered: Count, snapshots: Count, incrementals: Count },
      ...{ bytes: Count, storedBytes: Count },
      /** Of the snapshots, in milliseconds; null where there is none. */
      durationMs: z.object({ median: Count, p95: Count, max: Count }).nullable(),
    })
    .nullable(),
  verifications: z.object({ succeeded: Count, failed: Count }).nullable(),
  restores: z.array(MeasuredRestore).nullable(),
  /** Null where the record of a drill of the day is not what was signed. */
  drills: z.array(MeasuredDrill).nullable(),
  /** Failed executions; null where nobody records them: on one machine the command that failed says so. */
  failures: z.record(z.enum(FAILURE_KINDS), Count).nullable(),
  accidents: z.array(AccidentSummary).nullable(),
  /** Bytes in the vault soon after the end of the day. */
  stored: z.object({ logBytes: Count, backupBytes: Count, tenants: Count }).nullable(),
});
export type DayMeasures = z.infer<typeof DayMeasures>;

/** A day of which nothing is known. */
export function unmeasuredDay(day: string): DayMeasures {
  return {
    ...{ day, source: 'none', log: null, backups: null, verifications: null, restores: null },
    ...{ drills: null, failures: null, accidents: null, stored: null },
  };
}
