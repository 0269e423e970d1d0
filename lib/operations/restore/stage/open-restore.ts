/**
 * The first half of a restore in one process: the request planned, the destination prepared, the state staged. A
 * session holds the staging schema while the restore runs, so that nothing of it outlives the process.
 */
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import type { Context } from '../../context.ts';
import { refOf } from '../../context.ts';
import { type PlannedRestore, planRequest } from '../plan/plan-restore.ts';
import { type RestoreScope, resolveScope } from '../plan/restore-scope.ts';
import { createPlanned } from './create-planned.ts';
import { withBaseline } from './stage-baseline.ts';
import { type OpenedStaging, type StagedHere, stageRestore } from './stage-restore.ts';
import { takenBack } from './staged-step.ts';

export interface OpenRestore extends OpenedStaging {
  /** Its source is the destination database. */
  readonly ctx: Context;
  readonly scope: RestoreScope;
}

/**
 * InputError, TargetError, IntegrityError, SourceError; then nothing is left behind. The caller drops the staging
 * schema.
 */
export async function openRestore(ctx: Context, request: RestoreRequest): Promise<OpenRestore> {
  const planned = await planRequest(ctx, request);
  const { plan, planMs } = planned;
  const { ms } = plan.estimate;
  ctx.progress?.({
    ...{ step: 'restore.plan', message: ms === null ? 'Loading the backup' : 'Loading the backup, as predicted' },
    ...(ms !== null && { total: ms, unit: 'ms' }),
  });
  const there = await prepareDestination(ctx, request, planned);
  const started = performance.now();
  const staging = await stageFor(ctx, planned, there.ctx);
  const stageMs = Math.round(performance.now() - started);
  await ctx.crash?.('restore.after-staging');
  return { ...there, area: staging.area, plan, staging, planMs, stageMs, progress: new Map() };
}

/** Missing tables are created in another database, and the request is then resolved there. */
async function prepareDestination(
  ctx: Context,
  request: RestoreRequest,
  { scope, plan }: PlannedRestore,
): Promise<{ ctx: Context; scope: RestoreScope }> {
  if (scope.destination.kind !== 'database') return { ctx, scope };
  const there = { ...ctx, source: { url: scope.destination.url } };
  await createPlanned(ctx, refOf(ctx, scope.tenant), plan, there.source);
  return { ctx: there, scope: await resolveScope(there, request) };
}

async function stageFor(ctx: Context, { scope, plan }: PlannedRestore, { source }: Context): Promise<StagedHere> {
  const staging = await stageRestore(ctx, plan, source);
  try {
    const back = await takenBack(ctx, staging, scope);
    return back ? { ...(await withBaseline(ctx, staging, back, source)), area: staging.area } : staging;
  } catch (error) {
    await staging.drop();
    throw error;
  }
}
