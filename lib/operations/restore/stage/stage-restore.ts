/**
 * Rebuilds the tenant's rows at the plan's target in a staging schema: chunks loaded, log replayed set-wise, erased
 * subjects left out. Whatever is missing, altered or in the wrong place ends it with an error that names the object. In
 * one go, by one process: a crash leaves nothing but the schema, which the next run removes. stage-steps.ts does the same
 * in several calls.
 */
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import type { Source } from '../../../postgres/connection.ts';
import type { Staging } from '../../../postgres/staging/staging.ts';
import { openStagingArea } from '../../../postgres/staging/staging-area.ts';
import { NO_LIMIT } from '../../time-budget.ts';
import { advance, openRun, type StageContext, stagingOf } from './stage-run.ts';

/**
 * Stages the plan in the database `into`. The caller drops the result. IntegrityError naming the object; TargetError
 * `incomplete-row`; SourceError. On an error the schema is removed.
 */
export async function stageRestore(ctx: StageContext, plan: RestorePlan, into: Source): Promise<Staging> {
  const area = await openStagingArea(into, plan.id, { plan });
  try {
    const run = await openRun(ctx, plan, area, new Map());
    await advance(ctx, run, NO_LIMIT);
    return stagingOf(run);
  } catch (error) {
    await area.drop().catch(() => {});
    throw error;
  }
}
