/**
 * The drill `several-tenants`: the same tenants to the same moments, one after the other and then all at once. The finding
 * is the contention: what one waits for the others.
 */
import type { Contention, DrilledTenant } from '../../domain/drill.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readOwnedSchema } from '../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../postgres/connection.ts';
import { emptyTables, type ScratchDatabase } from '../../postgres/drill/scratch-database.ts';
import { inParallel } from '../in-parallel.ts';
import { acceptRestored, restoredOf } from './acceptance.ts';
import { chooseForKind } from './choose-for-kind.ts';
import { type DrillBody, type DrillRun, timedPhase } from './drill-run.ts';
import { drillTenant, type PresentTenant } from './drill-tenants.ts';
import { type Scratch, withScratch } from './scratch.ts';

export async function drillSeveralTenants(run: DrillRun): Promise<DrillBody> {
  const chosen = await chooseForKind(run);
  return withScratch(run, async scratch => {
    const singly = await timedPhase(run, 'singly', () => oneByOne(run, scratch, chosen));
    const restored = restoredOf(chosen, singly);
    await emptyScratch(run, scratch);
    const started = performance.now();
    const together = await timedPhase(run, 'at-once', () => allAtOnce(run, scratch, restored, singly));
    const elapsedMs = Math.round(performance.now() - started);
    const acceptance = await acceptRestored(run, scratch, restoredOf(restored, together));
    const failedAlone = singly.filter(({ restore }) => restore === null);
    return {
      ...{ scratch: scratch.described, tenants: [...failedAlone, ...together], acceptance },
      contention: contentionOf(singly, together, elapsedMs),
    };
  });
}

async function oneByOne(run: DrillRun, scratch: Scratch, chosen: readonly PresentTenant[]): Promise<DrilledTenant[]> {
  const drilled: DrilledTenant[] = [];
  for (const tenant of chosen) drilled.push(await drillTenant(run, run.ctx, tenant, { scratch, verify: true }));
  return drilled;
}

/** Each to the position that it was restored to alone: the two times are for the same rows. */
async function allAtOnce(
  run: DrillRun,
  scratch: Scratch,
  chosen: readonly PresentTenant[],
  singly: readonly DrilledTenant[],
): Promise<DrilledTenant[]> {
  const alone = new Map(singly.map(drilled => [drilled.tenant, drilled]));
  return inParallel(chosen.length, chosen, async tenant => {
    const before = alone.get(tenant.ref)!;
    const drilled = await drillTenant(run, run.ctx, tenant, { scratch, moment: before.restore!.target });
    const restore = drilled.restore && { ...drilled.restore, backup: before.restore!.backup };
    return { ...drilled, restore, refused: before.refused };
  });
}

/** The tables stay, without rows: of the tenants drilled before nothing is left. */
export async function emptyScratch(run: DrillRun, scratch: ScratchDatabase): Promise<void> {
  const { tables } = await withConnection(scratch.source, 'drill', connection => readOwnedSchema(run.ctx, connection));
  const there = new Set(tables.map(({ table }) => table));
  const owned = ownedTables(run.ctx.model).map(({ table }) => table);
  await emptyTables(
    scratch,
    owned.filter(table => there.has(table)),
  );
}

export function contentionOf(
  singly: readonly DrilledTenant[],
  together: readonly DrilledTenant[],
  elapsedMs: number,
): Contention {
  const times = (drilled: readonly DrilledTenant[]) => drilled.flatMap(({ restore }) => restore?.recoveryMs ?? []);
  return {
    ...{ atOnce: together.length, elapsedMs },
    singlyMs: times(singly).reduce((sum, ms) => sum + ms, 0),
    longestSinglyMs: Math.max(0, ...times(singly)),
    longestMs: Math.max(0, ...times(together)),
  };
}
