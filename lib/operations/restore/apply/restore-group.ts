/**
 * Restores many tenants by one request: each by itself, some at a time, and the failure of one changes nothing for the others.
 * Invariant: a tenant is restored once, however often the group is continued: a restore that committed is found by the
 * group's id in its record, so that work done since is not restored away.
 */
import { HoldfastError } from '../../../domain/errors.ts';
import {
  type GroupOutcome,
  type RestoreGroup,
  remainingTenants,
  requestOfGroup,
} from '../../../domain/restore-group.ts';
import type { RestoreRequest } from '../../../domain/restore-request.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { type Context, refOf } from '../../context.ts';
import { inParallel } from '../../in-parallel.ts';
import type { RestoreResult } from './apply-restore.ts';
import { settleInterrupted } from './record-restore.ts';
import { outcomeOfRecord, outcomeRecorded } from './recorded-outcome.ts';
import { previewTenant, runRestore } from './run-restore.ts';

export interface GroupRun {
  /** Tenants at the same time. */
  readonly atOnce: number;
  /** Called for each tenant once its outcome is known; must be durable when it resolves. */
  readonly note: (tenant: string, outcome: GroupOutcome) => Promise<void>;
  /** No further tenant is begun once this is true. */
  readonly stopped?: () => boolean;
  /** Does the restore of one tenant; default: as it is. */
  readonly around?: (request: RestoreRequest, restore: () => Promise<RestoreResult>) => Promise<RestoreResult>;
}

/** What the restore of each remaining tenant would change. */
export async function previewGroup(ctx: Context, group: RestoreGroup, run: GroupRun): Promise<void> {
  await eachTenant(ctx, group, run, async tenant => {
    const { totals, conflicts } = await previewTenant(ctx, requestOfGroup(group, tenant));
    const { inserts, updates, deletes } = totals;
    const blocking = conflicts.filter(conflict => conflict.blocking).length;
    return { state: 'previewed', totals: { inserts, updates, deletes }, conflicts: conflicts.length, blocking };
  });
}

/** Restores each remaining tenant. */
export async function restoreGroup(ctx: Context, group: RestoreGroup, run: GroupRun): Promise<void> {
  await eachTenant(ctx, group, run, async tenant => {
    const ref = refOf(ctx, tenantId(tenant));
    await settleInterrupted(ctx, ref);
    const done = await outcomeRecorded(ctx, group, ref);
    if (done) return done;
    const request = requestOfGroup(group, tenant);
    const restore = () => runRestore(ctx, request);
    return outcomeOfRecord((await (run.around?.(request, restore) ?? restore())).record);
  });
}

async function eachTenant(
  ctx: Context,
  group: RestoreGroup,
  { atOnce, note, stopped }: GroupRun,
  work: (tenant: string) => Promise<GroupOutcome>,
): Promise<void> {
  const remaining = remainingTenants(group);
  let done = 0;
  await inParallel(atOnce, remaining, async tenant => {
    if (stopped?.()) return;
    const outcome = await work(tenant).catch((error: unknown): GroupOutcome => {
      if (!(error instanceof HoldfastError)) throw error;
      return { state: 'failed', code: error.code, message: error.message };
    });
    await note(tenant, outcome);
    done += 1;
    ctx.progress?.({ step: 'restore.group', message: 'Tenants', done, total: remaining.length, unit: 'tenants' });
  });
}
