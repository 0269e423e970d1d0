/**
 * A report: what was measured of each day of a period, its totals beside those of the period before, how things stand
 * when it is made, and for longer periods compliance and readiness. Signed and kept in the vault; a page for people is
 * made from it and from nothing else.
 *
 * Invariants: what is not known is null or counted as missing; no row value, no key, no tenant's name.
 */
import * as z from 'zod';
import { DueDrill } from '../drill-schedule.ts';
import { EvidenceFact } from '../evidence/bundle.ts';
import { Tier } from '../objectives.ts';
import { OpenFailure } from '../open-failure.ts';
import { TenantRef } from '../tenant.ts';
import { DayCorrection } from './day-corrections.ts';
import { DayMeasures, MeasuredDrill } from './day-measures.ts';
import { PeriodTotals } from './day-totals.ts';
import { REPORT_KINDS } from './period.ts';

const Count = z.number().int().nonnegative();
const Seconds = z.number().nonnegative();
const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** How things stand when the report is made, whatever its period. */
export const StandingState = z.object({
  /** Tenants by state, as `holdfast status` shows them. */
  tenants: z.record(z.string(), Count),
  /** Those for which something is to be done, at most 100, and how many there are. */
  notSafe: z.array(z.object({ tenant: TenantRef, state: z.string() })),
  notSafeTotal: Count,
  newestMoment: z.string().nullable(),
  newestAgeSeconds: Seconds.nullable(),
  openFailures: z.array(OpenFailure.pick({ kind: true, workflow: true, tenant: true, code: true, at: true })),
  ...{ heldTenants: Count, requestsWaiting: Count, unreviewedBreakGlass: Count },
});
export type StandingState = z.infer<typeof StandingState>;

/** What would happen if everything had to be restored now. */
export const TierReadiness = z.object({
  tier: Tier,
  ...{ tenants: Count, rows: Count, bytes: Count },
  objectiveSeconds: Seconds,
  /** Of the tenant of the tier that takes longest; null where nothing was measured. */
  longestSeconds: Seconds.nullable(),
  /** Of all of the tier, one after another. */
  allSeconds: Seconds.nullable(),
  /** Tenants without a snapshot: they cannot be restored. */
  withoutSnapshot: Count,
  /** Tenants whose own restores or verifications were measured; the others are predicted from those of the fleet. */
  measuredTenants: Count,
  /** Longest recovery of a tenant of the tier that a drill of the period proved; null: none was. */
  drilledSeconds: Seconds.nullable(),
});
export type TierReadiness = z.infer<typeof TierReadiness>;

export const Readiness = z.object({
  tiers: z.array(TierReadiness),
  allSeconds: Seconds.nullable(),
  /** Stagings, and recorded restores and drills of tenants, from which the rates come. */
  basis: z.object({ stagings: Count, restores: Count, drilled: Count }),
  drills: z.object({
    /** Of the period, in order of time. */
    done: z.array(MeasuredDrill),
    /** Months of the period in which no tenant of the tier was proved by a drill. */
    missed: z.array(z.object({ month: z.string(), tier: Tier })),
    /** Which are due or late when the report is made. */
    due: z.array(DueDrill),
    /** What the last drill of the whole system predicts for all tenants; null: none was in the period. */
    wholeSystemSeconds: Seconds.nullable(),
  }),
});
export type Readiness = z.infer<typeof Readiness>;

export const Report = z.object({
  format: z.literal('holdfast.report/1'),
  kind: z.enum(REPORT_KINDS),
  /** Days in UTC; `to` is not included. */
  from: z.string(),
  to: z.string(),
  /** When it was made. */
  at: z.string(),
  installation: z.string(),
  /** The period was over. */
  complete: z.boolean(),
  state: StandingState,
  totals: PeriodTotals,
  /** Of as many days just before; null for a daily report. */
  previous: PeriodTotals.nullable(),
  days: z.array(DayMeasures),
  /**
   * What is known of days beyond their signed reports: of a daily report, of the days before it, which no report said
   * yet; of a longer one, of its own days, whose measures have it.
   */
  corrections: z.array(DayCorrection),
  /** Facts for audits; null for daily and weekly reports. */
  compliance: z.array(EvidenceFact).nullable(),
  /** Null but for quarterly and yearly reports. */
  readiness: Readiness.nullable(),
});
export type Report = z.infer<typeof Report>;

/** Signed: one fact of a report that is still being made. */
export const ReportFact = z.object({ format: z.literal('holdfast.report-fact/1'), fact: EvidenceFact });

/** Signed: digests of the files of an exported report. */
export const ReportManifest = z.object({
  format: z.literal('holdfast.report-manifest/1'),
  /** The report's place in the vault, and the place for which this is signed. */
  key: z.string(),
  ...{ kind: z.enum(REPORT_KINDS), from: z.string(), to: z.string(), at: z.string() },
  files: z.array(z.object({ name: z.string(), bytes: Count, sha256: Digest })),
});
export type ReportManifest = z.infer<typeof ReportManifest>;
