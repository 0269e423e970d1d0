/** The first half of every restore in one process: the request planned, the destination prepared, the state staged. */
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import type { Source } from '../../../postgres/connection.ts';
import type { Staging } from '../../../postgres/staging/staging.ts';
import type { Context } from '../../context.ts';
import { type PlannedRequest, planRequest } from '../plan/plan-request.ts';
import { withBaseline } from './stage-baseline.ts';
import { stageRestore } from './stage-restore.ts';

export interface OpenRestore {
  readonly plan: RestorePlan;
  readonly staging: Staging;
  readonly planMs: number;
  readonly stageMs: number;
}

/** The context whose source is where the rows go: the live database, or the one named by `into`. */
export function destinationOf(ctx: Context, request: RestoreRequest): Context {
  return request.into === undefined ? ctx : { ...ctx, source: { url: request.into } };
}

/**
 * Plans and stages. `before` may prepare the destination once the plan is known. InputError, TargetError,
 * IntegrityError, SourceError; then nothing is left behind.
 */
export async function openRestore(
  ctx: Context,
  request: RestoreRequest,
  before?: (plan: RestorePlan, into: Source) => Promise<void>,
): Promise<OpenRestore> {
  const into = destinationOf(ctx, request).source;
  const planned = await planRequest(ctx, request);
  await before?.(planned.plan, into);
  const started = performance.now();
  const staging = await stageFor(ctx, request, planned, into);
  return { plan: planned.plan, staging, planMs: planned.planMs, stageMs: Math.round(performance.now() - started) };
}

async function stageFor(
  ctx: Context,
  request: RestoreRequest,
  { plan, tables }: PlannedRequest,
  into: Source,
): Promise<Staging> {
  const staging = await stageRestore(ctx, plan, into);
  if (request.undoes === undefined) return staging;
  try {
    return await withBaseline(ctx, staging, { restore: request.undoes, tables }, into);
  } catch (error) {
    await staging.drop();
    throw error;
  }
}
