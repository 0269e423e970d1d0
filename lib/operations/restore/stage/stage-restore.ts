/**
 * The only way to stage: plan once, work until it is complete, then compare. In one process the staging schema belongs
 * to its session from beginning to end: a crash leaves nothing but the schema, which the next run removes. In several
 * calls the schema holds the plan and the progress, and only its id, the tenant and the plan's digest pass between
 * them. Between the calls no session holds the schema: it is kept for an hour after the last call, and is lost if none
 * follows.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { StagedDocument } from '../../../domain/plan-file.ts';
import { RestorePlan } from '../../../domain/restore-plan.ts';
import { type TenantId, TenantRef } from '../../../domain/tenant.ts';
import type { Source } from '../../../postgres/connection.ts';
import type { Staging } from '../../../postgres/staging/staging.ts';
import {
  cleanStagingAreas,
  keepStagingArea,
  openStagingArea,
  reopenStagingArea,
  type StagingArea,
} from '../../../postgres/staging/staging-area.ts';
import { readProgress, STAGED, stagingLost } from '../../../postgres/staging/staging-progress.ts';
import { NO_LIMIT, type TimeBudget, timeBudget } from '../../time-budget.ts';
import { stagingOf } from './complete-state.ts';
import { openRun, type StageContext } from './open-run.ts';
import { advance } from './stage-run.ts';
import { type StagedState, stagedState } from './staged-state.ts';

/** A call works for at most 15 minutes; the next may have to wait for a retry. */
export const KEEP_BETWEEN_CALLS_MS = 3600 * 1000;

export const StagingRef = z.object({
  /** TenantRef. */
  tenant: TenantRef,
  /** Of the staging schema and of its plan. */
  id: z.string(),
  /** SHA-256 of the plan as it was made. */
  plan: z.string(),
});
export type StagingRef = z.infer<typeof StagingRef>;

export interface StagingProgress extends StagingRef {
  readonly done: boolean;
}

const digestOf = (plan: RestorePlan) => createHash('sha256').update(JSON.stringify(plan)).digest('hex');

/** Complete, and held by a session of this process. */
export interface StagedHere extends Staging {
  readonly area: StagingArea;
}

/**
 * Stages the plan in the database `into` in one call. The caller drops the result. IntegrityError naming the object;
 * TargetError `incomplete-row`; SourceError. On an error the schema is removed.
 */
export async function stageRestore(ctx: StageContext, plan: RestorePlan, into: Source): Promise<StagedHere> {
  const area = await openStagingArea(into, plan.id, { plan });
  try {
    const run = await openRun(ctx, plan, area, new Map());
    await advance(ctx, run, NO_LIMIT);
    return { ...stagingOf(run), area };
  } catch (error) {
    await area.drop().catch(() => {});
    throw error;
  }
}

/** Creates the staging schema of a plan, for later calls. SourceError. */
export async function beginStaging(
  plan: RestorePlan,
  into: Source,
  facts: { planMs: number },
): Promise<StagingProgress> {
  const area = await openStagingArea(into, plan.id, { plan, facts }, { keepMs: KEEP_BETWEEN_CALLS_MS });
  await area.pause(KEEP_BETWEEN_CALLS_MS);
  return { tenant: plan.tenant, id: plan.id, plan: digestOf(plan), done: false };
}

/**
 * Continues staging until it is complete or the time is used up. Does nothing if it is complete. SourceError
 * `staging-gone`, `staging-lost`, `staging-in-use`; IntegrityError; TargetError. The staging schema always stays: a
 * transient error is retried, and for any other the caller removes it.
 */
export async function continueStaging(
  ctx: StageContext,
  ref: StagingRef,
  into: Source,
  budget: TimeBudget = timeBudget(ctx.settings.stepBudgetMs),
): Promise<StagingProgress> {
  const area = await reopenStagingArea(into, ref.id, KEEP_BETWEEN_CALLS_MS);
  try {
    const progress = await readProgress(area.connection, area.schema);
    const plan = planOf(progress, ref);
    const run = await openRun(ctx, plan, area, progress);
    const done = await advance(ctx, run, budget);
    return { ...ref, done };
  } finally {
    await area.pause(KEEP_BETWEEN_CALLS_MS).catch(() => {});
  }
}

export interface OpenedStaging {
  readonly area: StagingArea;
  readonly plan: RestorePlan;
  readonly staging: StagedState;
  readonly planMs: number;
  readonly stageMs: number;
  /** What else is recorded in the staging schema. */
  readonly progress: ReadonlyMap<string, string>;
}

const Facts = z.object({ planMs: z.number() });
const Measured = z.object({
  phase: z.literal('done'),
  changes: z.number(),
  measure: z.object({ loadMs: z.number(), replayMs: z.number(), settleMs: z.number() }),
});

/** A complete staging schema, held by a session until the caller pauses, releases or drops it. SourceError as above. */
export async function openStaged(ref: StagingRef, source: Source, tenant: TenantId): Promise<OpenedStaging> {
  const area = await reopenStagingArea(source, ref.id, KEEP_BETWEEN_CALLS_MS);
  try {
    const progress = await readProgress(area.connection, area.schema);
    const plan = planOf(progress, ref);
    const document = StagedDocument.parse(JSON.parse(progress.get(STAGED) ?? 'null'));
    const { measure } = Measured.parse(JSON.parse(progress.get('position') ?? 'null'));
    const { planMs } = Facts.parse(JSON.parse(progress.get('facts') ?? 'null'));
    const stageMs = Math.round(measure.loadMs + measure.replayMs + measure.settleMs);
    const staging = { ...stagedState(document, source, tenant), session: area.connection };
    return { area, plan, staging, planMs, stageMs, progress };
  } catch (error) {
    await area.pause(KEEP_BETWEEN_CALLS_MS).catch(() => {});
    throw error;
  }
}

/** The same with all that files of its rows need: reads the chain again. Errors as of continueStaging(). */
export async function openWholeStaging(
  ctx: StageContext,
  ref: StagingRef,
  source: Source,
): Promise<{ readonly plan: RestorePlan; readonly staging: StagedHere }> {
  const area = await reopenStagingArea(source, ref.id, KEEP_BETWEEN_CALLS_MS);
  try {
    const progress = await readProgress(area.connection, area.schema);
    const plan = planOf(progress, ref);
    const document = StagedDocument.parse(JSON.parse(progress.get(STAGED) ?? 'null'));
    const run = stagingOf(await openRun(ctx, plan, area, progress));
    const staged = stagedState(document, source, run.tenant);
    const database = { ...run.database, tables: staged.tables.map(({ schema }) => schema) };
    return { plan, staging: { ...run, ...staged, session: area.connection, database, area } };
  } catch (error) {
    await area.pause(KEEP_BETWEEN_CALLS_MS).catch(() => {});
    throw error;
  }
}

/** Number of changes replayed while staging. */
export function changesReplayed(progress: ReadonlyMap<string, string>): number {
  return Measured.parse(JSON.parse(progress.get('position') ?? 'null')).changes;
}

function planOf(progress: ReadonlyMap<string, string>, ref: StagingRef): RestorePlan {
  const text = progress.get('plan');
  const plan = text === undefined ? undefined : RestorePlan.parse(JSON.parse(text));
  if (plan !== undefined && digestOf(plan) === ref.plan && plan.tenant === ref.tenant) return plan;
  throw stagingLost('The staging schema does not hold its plan.');
}

/** Keeps a staging schema without a session for as long as between two calls. SourceError `staging-gone`. */
export function keepBetweenCalls(source: Source, id: string, budgetMs: number): Promise<void> {
  return keepStagingArea(source, id, KEEP_BETWEEN_CALLS_MS + budgetMs);
}

/** Removes the staging schemas of abandoned restores and expired previews; returns their names. */
export function cleanStaging({ source }: { readonly source: Source }): Promise<string[]> {
  return cleanStagingAreas(source);
}
