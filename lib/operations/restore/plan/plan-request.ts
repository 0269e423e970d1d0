/** What a person asked for, tried on the live database and planned: refused here, before a byte is read for it. */
import { InputError } from '../../../domain/errors.ts';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import { isFiltered, type RestoreRequest } from '../../../domain/restore-request.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { readOwnedSchema } from '../../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../../postgres/connection.ts';
import type { Context } from '../../context.ts';
import { planRestore } from './plan-restore.ts';
import { selectRows, tablesNeeded } from './select-rows.ts';

export interface PlannedRequest {
  readonly plan: RestorePlan;
  /** To stage, without those that the plan adds; undefined: all. */
  readonly tables: string[] | undefined;
  readonly planMs: number;
}

/** InputError, TargetError, IntegrityError. */
export async function planRequest(ctx: Context, request: RestoreRequest): Promise<PlannedRequest> {
  const started = performance.now();
  const tables = await checkRequest(ctx, request);
  const plan = await planRestore(ctx, tenantId(request.tenant), request.target, { tables, exclude: request.exclude });
  return { plan, tables, planMs: Math.round(performance.now() - started) };
}

/** Returns the tables to stage. */
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
