/**
 * One tenant of a drill in many calls: planned, staged, restored, proved, checked, each call one bounded piece. Invariants:
 * what fails for the tenant is its result and stops no other; only what a retry can mend is thrown; nothing live is read.
 *
 *     plan ─▶ stage ⟲ ─▶ restore and prove ─▶ verify the snapshot ⟲ ─▶ (accidents: stage again ⟲, one call each) ─▶ check
 */
import * as z from 'zod';
import {
  ACCIDENTS,
  type Acceptance,
  DrilledAccident,
  type DrilledTenant,
  type DrillProblem,
  ProvedRestore,
} from '../../domain/drill.ts';
import type { DrillJob, DrillMember, RoundPhase, TenantResult } from '../../domain/drill-steps.ts';
import { HoldfastError, TargetError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { openScratch, type ScratchDatabase } from '../../postgres/drill/scratch-database.ts';
import { dropStagingArea } from '../../postgres/staging/staging-area.ts';
import { knownTenant } from '../catalog/known-tenant.ts';
import type { Context } from '../context.ts';
import { planRequest } from '../restore/plan/plan-restore.ts';
import { resolveScope } from '../restore/plan/restore-scope.ts';
import { createPlanned } from '../restore/stage/create-planned.ts';
import type { OpenRestore } from '../restore/stage/open-restore.ts';
import {
  beginStaging,
  continueStaging,
  KEEP_BETWEEN_CALLS_MS,
  openStaged,
  StagingRef,
} from '../restore/stage/stage-restore.ts';
import { timeBudget } from '../time-budget.ts';
import { SnapshotStage, verifySnapshotStep } from '../verify/verify-backup.ts';
import { acceptRestored } from './acceptance.ts';
import { induceAndMend } from './accident.ts';
import { type DrillPlant, type DrillRun, problemOf } from './drill-run.ts';
import { drillRunOf } from './drill-steps-run.ts';
import { atSomeMoment, judged, MOMENTS } from './drill-tenants.ts';
import { applyHere, compareHere, provedRestore, scratchRequest } from './restore-into-scratch.ts';
import { summarized } from './whole-system.ts';

const Begun = {
  startedAt: z.string(),
  /** Moments that were refused before. */
  refused: z.array(z.object({ moment: z.string(), code: z.string() })),
};
const Planned = { ...Begun, moment: z.string(), staging: StagingRef };
const Restored = { ...Planned, restore: ProvedRestore };

/** What one call passes to the next. */
export const TenantStep = z.discriminatedUnion('step', [
  z.object({ step: z.literal('plan'), ...Begun }),
  z.object({ step: z.literal('stage'), ...Planned }),
  z.object({ step: z.literal('restore'), ...Planned }),
  z.object({ step: z.literal('verify'), ...Restored, stage: SnapshotStage.optional() }),
  z.object({ step: z.literal('stage-again'), ...Restored, after: StagingRef }),
  z.object({ step: z.literal('accident'), ...Restored, after: StagingRef, accidents: z.array(DrilledAccident) }),
  z.object({
    ...{ step: z.literal('check'), ...Restored, accidents: z.array(DrilledAccident) },
    stage: SnapshotStage.optional(),
  }),
]);
export type TenantStep = z.infer<typeof TenantStep>;
type Step<S extends TenantStep['step']> = Extract<TenantStep, { step: S }>;

export interface TenantCall {
  readonly job: DrillJob;
  readonly phase: RoundPhase;
  readonly member: DrillMember;
  /** Absent: the first call. */
  readonly step?: TenantStep | undefined;
}

export type TenantAnswer =
  | { readonly done: false; readonly step: TenantStep }
  | { readonly done: true; readonly result: TenantResult };

/** Throws what a retry of the same call can mend, and what nobody foresaw. `ctx`: of the stores to restore from. */
export async function drillTenantStep(ctx: Context, plant: DrillPlant, call: TenantCall): Promise<TenantAnswer> {
  const scratch = openScratch(plant.scratch ?? ctx.source, call.job.id);
  const run = drillRunOf(ctx, plant, call.job);
  const step = call.step ?? { step: 'plan', startedAt: ctx.clock.now().toISOString(), refused: [] };
  try {
    const id = await knownTenant(ctx, call.member.tenant);
    const next = await advance({ run, scratch, id, ...call }, step);
    return 'step' in next ? { done: false, step: next } : { done: true, result: resultOf(run, call, step, next) };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.retry === 'auto') throw error;
    const another = otherMoment(call, step, error);
    if (another) return { done: false, step: another };
    const restore = 'restore' in step ? step.restore : null;
    return { done: true, result: resultOf(run, call, step, { restore, problem: problemOf(error) }) };
  }
}

/** A moment that was chosen by chance, and that staging refuses for a reason that the timeline lists, is not the last one. */
function otherMoment({ member, job }: TenantCall, step: TenantStep, error: HoldfastError): Step<'plan'> | undefined {
  if (!(error instanceof TargetError) || step.step !== 'stage') return undefined;
  const { startedAt, refused, moment } = step;
  const isChosen = member.moment === undefined && job.moment === undefined && moment !== 'latest';
  if (!isChosen || refused.length + 1 >= MOMENTS) return undefined;
  return { step: 'plan', startedAt, refused: [...refused, { moment, code: error.code }] };
}

interface Work extends TenantCall {
  readonly run: DrillRun;
  readonly scratch: ScratchDatabase;
  readonly id: TenantId;
}

interface Outcome {
  readonly restore: ProvedRestore | null;
  readonly problem?: DrillProblem;
  readonly accidents?: readonly DrilledAccident[];
  readonly acceptance?: readonly Acceptance[];
}

function advance(work: Work, step: TenantStep): Promise<TenantStep | Outcome> {
  switch (step.step) {
    case 'plan':
      return plan(work, step);
    case 'stage':
      return staged(work, step, step.staging, { ...step, step: 'restore' });
    case 'restore':
      return restore(work, step);
    case 'verify':
      return verify(work, step);
    case 'stage-again':
      return staged(work, step, step.after, { ...step, step: 'accident', accidents: [] });
    case 'accident':
      return accident(work, step);
    case 'check':
      return check(work, step);
  }
}

/** Missing tables are created with the plan. */
async function plan({ run, scratch, id, member, job }: Work, step: Step<'plan'>): Promise<Step<'stage'>> {
  const { ctx } = run;
  const refused: DrilledTenant['refused'] = [...step.refused];
  const asked = member.moment ?? job.moment;
  return atSomeMoment(run, { ctx, id, moment: asked, refused }, async moment => {
    const request = scratchRequest(scratch, { drill: run.id, tenant: id, moment });
    const planned = await planRequest(ctx, request);
    await createPlanned(ctx, member.tenant, planned.plan, scratch.source);
    const { done: _, ...staging } = await beginStaging(planned.plan, scratch.source, { planMs: planned.planMs });
    return { ...step, step: 'stage', refused, moment, staging };
  });
}

async function staged<S extends TenantStep>(
  { run: { ctx }, scratch }: Work,
  step: TenantStep,
  ref: StagingRef,
  next: S,
): Promise<TenantStep> {
  return (await continueStaging(ctx, ref, scratch.source)).done ? next : step;
}

async function restore(work: Work, step: Step<'restore'>): Promise<TenantStep> {
  const { run, phase } = work;
  const opened = await reopened(work, step, step.staging);
  try {
    const compared = await compareHere(opened, opened.staging);
    const applied = await applyHere(opened, compared, run.id);
    const proof = await provedRestore(opened, compared, applied, step);
    const next = { ...step, restore: proof };
    if (phase === 'restore' || phase === 'singly' || phase === 'region') return { ...next, step: 'verify' };
    return phase === 'accident' ? await stageAgain(work, next) : { ...next, step: 'check', accidents: [] };
  } finally {
    await pause(opened);
  }
}

/** A second staging schema, for the state that an accident leaves. */
async function stageAgain(
  { run, scratch, id }: Work,
  step: Omit<Step<'restore'>, 'step'> & { restore: ProvedRestore },
): Promise<Step<'stage-again'>> {
  const moment = step.restore.target;
  const { plan: of, planMs } = await planRequest(
    run.ctx,
    scratchRequest(scratch, { drill: run.id, tenant: id, moment }),
  );
  const { done: _, ...after } = await beginStaging(of, scratch.source, { planMs });
  return { ...step, step: 'stage-again', after };
}

async function verify({ run: { ctx }, scratch, id }: Work, step: Step<'verify'>): Promise<TenantStep> {
  const budget = timeBudget(ctx.settings.stepBudgetMs);
  const call = { tenant: id, into: scratch.source, budget, keep: true } as const;
  const { stage, proved } = await verifySnapshotStep(ctx, call, step.restore.snapshot, step.stage);
  if (proved === undefined) return { ...step, stage };
  const backup = { rows: proved.rows, tables: proved.tables.length };
  return { ...step, step: 'check', restore: { ...step.restore, backup }, stage, accidents: [] };
}

/** Begins with the copy as it was: a call that is repeated finds what the one before it left. */
async function accident(work: Work, step: Step<'accident'>): Promise<TenantStep> {
  const { run } = work;
  const before = await reopened(work, step, step.staging);
  try {
    const after = await reopened(work, step, step.after);
    try {
      await applyHere(before, await compareHere(before, before.staging), run.id);
      const done = await induceAndMend(run, ACCIDENTS[step.accidents.length]!, before, after);
      const accidents = [...step.accidents, done];
      return { ...step, accidents, step: accidents.length < ACCIDENTS.length ? 'accident' : 'check' };
    } finally {
      await pause(after);
    }
  } finally {
    await pause(before);
  }
}

async function check({ run, scratch, id, phase, member }: Work, step: Step<'check'>): Promise<Outcome> {
  const { restore: proof, accidents } = step;
  // Not before: a call that is repeated needs what the one before it staged.
  for (const { id: area } of [step.staging, ...(step.stage ? [step.stage.staging] : [])])
    await dropStagingArea(scratch.source, area);
  // Of those restored singly nothing stays, and a whole system is checked as a whole.
  const later = phase === 'singly' || phase === 'restore-all';
  const acceptance = later ? [] : await acceptRestored(run, scratch, [{ ref: member.tenant, id }]);
  return { restore: proof, accidents, acceptance };
}

async function reopened(
  { run, scratch, id }: Work,
  { moment }: { readonly moment: string },
  ref: StagingRef,
): Promise<OpenRestore> {
  const ctx = { ...run.ctx, source: scratch.source };
  const scope = await resolveScope(ctx, scratchRequest(scratch, { drill: run.id, tenant: id, moment }));
  return { ...(await openStaged(ref, scratch.source, id)), ctx, scope };
}

async function pause({ area }: OpenRestore): Promise<void> {
  await area.pause(KEEP_BETWEEN_CALLS_MS).catch(() => {});
}

function resultOf(
  run: DrillRun,
  { member: { tenant }, phase }: TenantCall,
  { startedAt, refused }: TenantStep,
  { restore: proof, problem = undefined, accidents = [], acceptance = [] }: Outcome,
): TenantResult {
  const drilled = judged(run, tenant, { restore: proof, refused, problem: problem ?? null });
  return {
    ...{ tenant, startedAt, endedAt: run.ctx.clock.now().toISOString() },
    drilled: phase === 'restore-all' ? summarized(drilled) : drilled,
    ...{ accidents: [...accidents], acceptance: [...acceptance], findings: run.findings },
  };
}
