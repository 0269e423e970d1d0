/**
 * Every minute: ships the change log and reports the recovery point, overall and by tier. If the log has a gap, the tenants
 * concerned get new snapshots at once; repeated requests for the same gap, every minute until it is closed, start one
 * execution at a time, and another at growing intervals while the gap stays open.
 */
import * as z from 'zod';
import { IntegrityError } from '../lib/domain/errors.ts';
import { recoveryPointAges } from '../lib/domain/objectives.ts';
import { joinRegions } from '../lib/operations/failover/acts-here.ts';
import { sinceFleetRun } from '../lib/operations/fleet/fleet-runs.ts';
import { countByKind, openFailure, sweepFailures } from '../lib/operations/fleet/open-failures.ts';
import { silentSeconds } from '../lib/operations/fleet/watch-primary.ts';
import { shipLog } from '../lib/operations/log/ship-log.ts';
import type { ShipResult } from '../lib/operations/log/ship-result.ts';
import { slotHealth } from '../lib/operations/log/slot-health.ts';
import { ensureAuditorsKey } from '../lib/operations/storage/auditors-key.ts';
import { countOpen, type FunctionTools, functionHandler } from '../lib/runtime/function-handler.ts';
import { startWanted } from '../lib/runtime/workflows.ts';

/** A backlog is processed over several invocations: each must end and report its progress. */
const MAX_RUNS = 20;
/** More references do not fit into an execution's input: all tenants are backed up instead. */
const MAX_NAMED = 5000;

export const handler = functionHandler(z.looseObject({}), async (_, tools) => {
  const { ctx, aws, count } = tools;
  if (!(await joinRegions(ctx, aws.regions))) return watchOther(tools);
  const slot = await slotHealth(ctx, aws.config.source.diskIsWatched);
  count('SlotRetainedBytes', slot.retainedBytes);
  count('SlotRetainedPercent', slot.retainedPercent);
  // Before shipping, so that these are reported even if shipping fails.
  await countSinceRuns(ctx, count);
  if (aws.operations.archives) {
    const sinceArchive = await sinceFleetRun(ctx, 'archive-fleet');
    if (sinceArchive !== undefined) count('SecondsSinceArchive', sinceArchive);
  }
  countOpen(countByKind(await sweepFailures(ctx, aws.config.region)), count);
  const shipped = await shipping(tools);
  // Before anything can be restored, which is recorded under it.
  await ensureAuditorsKey(ctx);
  const now = ctx.clock.now();
  count('NewestRecoverableMomentAge', Math.max(0, (now.getTime() - Date.parse(shipped.toTime)) / 1000));
  // Read only while some tenants are behind.
  const named = shipped.behind.some(({ tenants }) => tenants !== 'all');
  const policies = named ? await aws.allPolicies() : undefined;
  const tierOf = (tenant: string) => policies?.(tenant).tier ?? aws.config.tier;
  const ages = recoveryPointAges(shipped.toTime, shipped.behind, aws.tiers, tierOf, now);
  for (const [tier, age] of ages) count('RecoveryPointAge', age, { tier });
  count('ChangesShipped', shipped.changes);
  count('LogBytesStored', shipped.storedBytes);
  if (shipped.openGaps.length > 0) await closeGaps(shipped, tools);
  const { from, to, runs, changes, caughtUp, gaps } = shipped;
  return { from, to, runs, changes, caughtUp, gaps: gaps.length };
});

/** In a region that is not active: how far the log of the other is, by the catalog that both write. */
async function watchOther({ ctx, aws, count }: FunctionTools) {
  const age = await silentSeconds(ctx);
  if (age !== undefined) {
    count('NewestRecoverableMomentAge', age);
    for (const tier of aws.tiers) count('RecoveryPointAge', age, { tier });
  }
  // The slot here, if there is one, follows that of the other region.
  count('SlotRetainedBytes', 0);
  count('SlotRetainedPercent', 0);
  await countSinceRuns(ctx, count);
  return { active: false, silentSeconds: age ?? null };
}

async function countSinceRuns(ctx: FunctionTools['ctx'], count: FunctionTools['count']): Promise<void> {
  const sinceBackup = await sinceFleetRun(ctx, 'back-up-fleet');
  if (sinceBackup !== undefined) count('SecondsSinceBackup', sinceBackup);
  const sinceVerified = await sinceFleetRun(ctx, 'verify-fleet');
  if (sinceVerified !== undefined) count('SecondsSinceVerification', sinceVerified);
}

/** Damage that the shipper finds stays open until it ships again: it has no state machine that would record it. */
async function shipping({ ctx, aws }: FunctionTools): Promise<ShipResult> {
  try {
    return await shipLog(ctx, { maxRuns: MAX_RUNS });
  } catch (error) {
    if (error instanceof IntegrityError) {
      const { region } = aws.config;
      await openFailure(ctx, {
        kind: 'integrity-failed',
        workflow: 'ship-log',
        tenant: null,
        code: error.code,
        region,
      });
    }
    throw error;
  }
}

async function closeGaps(shipped: ShipResult, { ctx, aws }: FunctionTools): Promise<void> {
  const { openGaps, gaps, needSnapshot } = shipped;
  const named = needSnapshot === 'all' || needSnapshot.length > MAX_NAMED ? {} : { refs: needSnapshot };
  if (needSnapshot === 'all' || needSnapshot.length > 0) {
    await startWanted(aws.workflows, aws.config.workflows.backUpFleet, {
      ...{ name: `gap-${openGaps.at(-1)}`, input: { reason: 'gap', ...named }, now: ctx.clock.now() },
    });
  }
  if (gaps.length === 0) return;
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'log-gap',
    message: 'The change log has a gap: moments in it cannot be recovered. New snapshots were started.',
    details: {
      reasons: [...new Set(gaps.map(gap => gap.reason))],
      tenants: needSnapshot === 'all' ? 'all' : needSnapshot.length,
      ...tablesOf(gaps),
    },
  });
}

function tablesOf(gaps: ShipResult['gaps']): { tables?: string[] } {
  const tables = [...new Set(gaps.flatMap(gap => gap.tables ?? []))];
  return tables.length === 0 ? {} : { tables };
}
