/**
 * A fail-over as documents: what was asked and what would be lost (the plan that is approved), what each step did, and the
 * record with its measured times.
 *
 * Invariant: steps run in this order, each is written once when it is done, and a fail-over that is interrupted goes on
 * after the last written one.
 */
import * as z from 'zod';
import { Responsible } from './governed-action.ts';
import { LsnText } from './lsn.ts';
import { PlaceName } from './region-state.ts';
import { TenantRef } from './tenant.ts';

export const FAILOVER_STEPS = [
  /** Planned: the application's writes are stopped, and the other region waits until it has everything. */
  'drain',
  /** No region is active, and every lease has ended. */
  'freeze',
  /** This region is active: nobody else can be without a freeze of their own. */
  'activate',
  /** The catalog lists what the vault of this region has. */
  'catalog',
  'promote',
  /** Slot and publication, and the log goes on, or a source epoch begins. */
  'resume',
  /** What the promoted database has against what the vault has. */
  'validate',
  /** Writes are allowed, and the application is led here. */
  'traffic',
  /** Every tenant whose log has a gap gets a snapshot. */
  'snapshots',
] as const;
export type FailoverStep = (typeof FAILOVER_STEPS)[number];

export const FailoverInput = z.strictObject({
  /** Stop the writes first, and lose nothing. */
  planned: z.boolean(),
  /** Regions of which the requester says that they can do nothing. */
  fenced: z.array(PlaceName).default([]),
  /** The region decided by itself, on this state of the regions: it takes over from no later one. */
  automatic: z.strictObject({ state: z.string(), term: z.number().int().positive() }).exactOptional(),
});
export type FailoverInput = z.infer<typeof FailoverInput>;

const Count = z.number().int().nonnegative();
const Seconds = z.number().nonnegative();

export const FailoverPlan = z.object({
  /** The region that becomes active. */
  region: PlaceName,
  /** The one that was; null where none is, because a fail-over was interrupted. */
  from: PlaceName.nullable(),
  planned: z.boolean(),
  fenced: z.array(PlaceName),
  automatic: FailoverInput.shape.automatic,
  /** Places that could not be asked. */
  unreachable: z.array(PlaceName),
  replica: z.object({
    role: z.enum(['replica', 'primary']),
    /** Since the last transaction that it replayed; null where it does not know. */
    lagSeconds: Seconds.nullable(),
  }),
  /** End of the log in this region's vault; null where it has none. */
  newest: z.object({ position: LsnText, time: z.string() }).nullable(),
  /** Runs of the log that only the other region's vault has; null where that cannot be asked. */
  missingRuns: Count.nullable(),
  /** Tenants that cannot be recovered to the end of the log here, and to which moment they can. */
  behind: z.array(z.object({ tenant: TenantRef, newest: z.string().nullable() })),
  tenants: Count,
});
export type FailoverPlan = z.infer<typeof FailoverPlan>;

export const ValidatedTenant = z.object({
  tenant: TenantRef,
  /**
   * `lacks`: the vault has rows that the database does not; `newer`: the database is ahead of the vault; `differs`: they
   * should be the same and are not; `failed`: it could not be compared.
   */
  verdict: z.enum(['same', 'lacks', 'newer', 'differs', 'failed']),
  /** Rows that differ. */
  rows: Count,
  /** The moment with which it was compared: a restore to it brings back what is lacking. */
  target: z.string(),
  /** Code of the error. */
  code: z.string().optional(),
});
export type ValidatedTenant = z.infer<typeof ValidatedTenant>;

export const FailoverStepDone = z.strictObject({
  format: z.literal('holdfast.failover-step/1'),
  id: z.string(),
  step: z.enum(FAILOVER_STEPS),
  startedAt: z.string(),
  endedAt: z.string(),
  /** What the next steps need, and people want to know: positions, counts. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Of `validate`. */
  tenants: z.array(ValidatedTenant).exactOptional(),
});
export type FailoverStepDone = z.infer<typeof FailoverStepDone>;

export const FailoverRecord = z.strictObject({
  format: z.literal('holdfast.failover-record/1'),
  id: z.string(),
  region: PlaceName,
  from: PlaceName.nullable(),
  planned: z.boolean(),
  /** The region decided by itself. */
  automatic: z.literal(true).exactOptional(),
  responsible: Responsible,
  startedAt: z.string(),
  endedAt: z.string(),
  /** Of each step, and of the whole: milliseconds. */
  durations: z.array(z.object({ step: z.enum(FAILOVER_STEPS), ms: Count })),
  totalMs: Count,
  /** From the beginning until the application was led here. */
  untilTrafficMs: Count,
  /** Whether the log went on without a gap. */
  continued: z.boolean(),
  /** The end of the log before. */
  before: LsnText.nullable(),
  validated: Count,
  /** Restores that are offered: tenants with rows that only the vault has. */
  offered: z.array(ValidatedTenant),
  /** Tenants whose rows are not what they should be, or could not be compared. */
  doubtful: z.array(ValidatedTenant),
  /** Vault keys of the steps. */
  steps: z.array(z.string()),
});
export type FailoverRecord = z.infer<typeof FailoverRecord>;

export function recordOf(
  plan: FailoverPlan,
  id: string,
  responsible: Responsible,
  done: readonly (FailoverStepDone & { readonly key: string })[],
): FailoverRecord {
  const fact = (step: FailoverStep, name: string) => done.find(each => each.step === step)?.facts[name];
  const startedAt = done[0]!.startedAt;
  const endedAt = done.at(-1)!.endedAt;
  const since = (end: string) => Math.max(0, Date.parse(end) - Date.parse(startedAt));
  const tenants = done.find(({ step }) => step === 'validate')?.tenants ?? [];
  return FailoverRecord.parse({
    ...{ format: 'holdfast.failover-record/1', id, region: plan.region, from: plan.from, planned: plan.planned },
    ...(plan.automatic && { automatic: true }),
    ...{ responsible, startedAt, endedAt, totalMs: since(endedAt) },
    durations: done.map(each => ({
      step: each.step,
      ms: Math.max(0, Date.parse(each.endedAt) - Date.parse(each.startedAt)),
    })),
    untilTrafficMs: since(done.find(({ step }) => step === 'traffic')?.endedAt ?? endedAt),
    continued: fact('resume', 'continued') === true,
    before: fact('catalog', 'end') ?? null,
    validated: tenants.length,
    offered: tenants.filter(({ verdict }) => verdict === 'lacks'),
    doubtful: tenants.filter(({ verdict }) => verdict === 'differs' || verdict === 'failed'),
    steps: done.map(({ key }) => key),
  });
}
