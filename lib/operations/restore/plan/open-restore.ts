/**
 * The first half of every restore: the request checked against the live database, the chain planned, the state staged.
 * Everything that can be refused is refused here, before a byte is read for it.
 */
import { InputError } from '../../../domain/errors.ts';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import { isFiltered, type RestoreRequest } from '../../../domain/restore-request.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { type Source, withConnection } from '../../../postgres/connection.ts';
import type { Staging } from '../../../postgres/staging/staging.ts';
import type { Context } from '../../context.ts';
import { readOwnedSchema } from '../compare/diff-staged.ts';
import { selectRows, tablesNeeded } from '../compare/select-rows.ts';
import { withBaseline } from '../stage/stage-baseline.ts';
import { stageRestore } from '../stage/stage-restore.ts';
import { planRestore } from './plan-restore.ts';

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
  const started = performance.now();
  const into = destinationOf(ctx, request).source;
  const tables = await checkRequest(ctx, request);
  const plan = await planChecked(ctx, request, tables);
  await before?.(plan, into);
  const planned = performance.now();
  const staging = await stageFor(ctx, request, plan, tables, into);
  return { plan, staging, planMs: Math.round(planned - started), stageMs: Math.round(performance.now() - planned) };
}

async function stageFor(
  ctx: Context,
  request: RestoreRequest,
  plan: RestorePlan,
  tables: string[] | undefined,
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

/** The plan of a request that was tried on the live database. InputError, TargetError, IntegrityError. */
export async function planRequest(ctx: Context, request: RestoreRequest): Promise<RestorePlan> {
  return planChecked(ctx, request, await checkRequest(ctx, request));
}

function planChecked(ctx: Context, request: RestoreRequest, tables: string[] | undefined): Promise<RestorePlan> {
  return planRestore(ctx, tenantId(request.tenant), request.target, { tables, exclude: request.exclude });
}

/** What a person wrote, tried on the live database; returns the tables to stage. */
async function checkRequest(ctx: Context, request: RestoreRequest): Promise<string[] | undefined> {
  if (!isFiltered(request)) return undefined;
  return withConnection(ctx.source, 'restore check', async connection => {
    const live = await readOwnedSchema(ctx, connection);
    const selections = await selectRows(request, ctx.model, live, connection);
    if (selections.size === 0)
      throw new InputError('nothing-selected', 'The request selects no table of the tenant model.', {
        hint: 'Name tables or components that the model owns.',
      });
    return tablesNeeded(request, ctx.model, live);
  });
}

export function chainOf(plan: RestorePlan): { snapshot: string; incrementals: string[]; runs: string[] } {
  return {
    snapshot: plan.snapshot.id,
    incrementals: plan.incrementals.map(item => item.id),
    runs: plan.runs.map(run => run.id),
  };
}
