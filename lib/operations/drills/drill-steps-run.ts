/** What the calls of one drill share: the run as the parts of a drill know it, and tenants that failed without a word. */
import type { DrilledTenant } from '../../domain/drill.ts';
import {
  type DrillJob,
  type DrillState,
  type EndedRound,
  type FailedStep,
  type MemberResult,
  MOST_IN_STEPS,
  type TenantResult,
} from '../../domain/drill-steps.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { readCause } from '../../domain/workflow-failure.ts';
import type { Context } from '../context.ts';
import type { DrillPlant, DrillRun } from './drill-run.ts';
import { judged } from './drill-tenants.ts';

/** `ids`: of the tenants that the job names. Findings and phases are new. */
export function drillRunOf(ctx: Context, plant: DrillPlant, job: DrillJob, ids?: readonly TenantId[]): DrillRun {
  const { id, kind, seed, startedBy, count, moment } = job;
  return {
    ...{ ctx, plant, id, seed, records: [], phases: [], findings: [] },
    asked: {
      ...{ kind, seed, startedBy },
      ...(ids && { tenants: ids }),
      ...(moment !== undefined && { moment }),
      ...(kind === 'whole-system' ? { count: count ?? MOST_IN_STEPS } : count !== undefined && { count }),
    },
  };
}

/** The rounds that ended, with the results of the one that just did. */
export function endedRounds(
  run: DrillRun,
  { ended, rounds }: DrillState,
  results: readonly MemberResult[],
): EndedRound[] {
  const [running] = rounds;
  if (running === undefined || results.length === 0) return [...ended];
  const now = run.ctx.clock.now().toISOString();
  const told = results.map(result => ('error' in result ? failedTenant(run, result, now) : result));
  return [...ended, { phase: running.phase, results: told }];
}

/** Of our errors the code and the message, of any other only that there was one. */
function failedTenant(run: DrillRun, { tenant, error }: FailedStep, now: string): TenantResult {
  const told = readCause(error.Cause);
  const problem: DrilledTenant['problem'] = told
    ? { code: told.code, message: told.message }
    : { code: 'internal', message: 'A step ended with an unexpected error or took too long; its log shows which.' };
  // Its finding is its own, as of a tenant that reports itself.
  const own = { ...run, findings: [] as string[] };
  const drilled = judged(own, tenant, { restore: null, refused: [], problem });
  return { tenant, startedAt: now, endedAt: now, drilled, accidents: [], acceptance: [], findings: own.findings };
}
