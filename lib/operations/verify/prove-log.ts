/** Rebuilds the newest moment in scratch and removes it: proves every object of the log since the snapshot. */
import { TargetError } from '../../domain/errors.ts';
import type { RestorePlan } from '../../domain/restore-plan.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Context } from '../context.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { beginStaging, changesReplayed } from '../restore/stage/stage-restore.ts';
import { type ProofCall, whenStaged } from './when-staged.ts';

export interface ProvedLog {
  /** Where the log was replayed to. */
  readonly replayedTo: string;
  readonly changesReplayed: number;
}

/** Undefined where nothing was shipped since the snapshot: there is no log to prove yet. */
export async function proveLog(ctx: Context, call: ProofCall): Promise<ProvedLog | undefined> {
  const plan = await planNewest(ctx, call.tenant);
  if (plan === undefined) return undefined;
  const staged = await beginStaging(plan, call.into, { planMs: 0 });
  return whenStaged(ctx, staged, call, async ({ progress }) => ({
    replayedTo: plan.target.lsn,
    changesReplayed: changesReplayed(progress),
  }));
}

async function planNewest(ctx: Context, tenant: TenantId): Promise<RestorePlan | undefined> {
  try {
    return await planRestore(ctx, tenant, { kind: 'latest' });
  } catch (error) {
    if (error instanceof TargetError && error.code === 'nothing-recoverable') return undefined;
    throw error;
  }
}
