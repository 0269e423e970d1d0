/** Drills on a real server: restored elsewhere, looked at by an observer of its own, recorded, and cleaned up. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DrillRecord } from '../../lib/domain/drill.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import type { DrillPlant, HookRequest } from '../../lib/operations/drills/drill-run.ts';
import { runDrill } from '../../lib/operations/drills/run-drill.ts';
import { listDrills } from '../../lib/operations/storage/drill-records.ts';
import { drilledWorld, lookIntoScratch, positionOf, type ShopRows } from '../support/drilled-world.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { digestOf } from '../support/shop-database.ts';

const BY = { startedBy: 'alice' };

async function world(version: (typeof PG_VERSIONS)[number]) {
  const made = await drilledWorld(version);
  onTestFinished(made.dispose);
  const seen = new Map<string, Record<string, ShopRows>>();
  const watched: DrillPlant = {
    ...made.plant,
    acceptanceHook: async (request: HookRequest) => {
      expect(JSON.stringify(request)).not.toMatch(/postgres:|password/);
      seen.set(request.tenant ?? 'all', await lookIntoScratch(made.db, request));
      return [{ check: 'the observer was here', ok: true }];
    },
  };
  return { ...made, watched, seen };
}

describe.each(PG_VERSIONS)('on PostgreSQL %i', version => {
  it('restores a tenant to a random moment elsewhere, as it was then, and leaves nothing behind', async () => {
    const { ctx, deps, db, watched, seen, states, isClean } = await world(version);
    const live = await Promise.all([1, 2, 3].map(shop => digestOf(db, shop)));
    for (const seed of ['a', 'b', 'c']) {
      const { record } = await runDrill(ctx, watched, { kind: 'single-tenant', seed, ...BY });
      expect(record).toMatchObject({ outcome: 'passed', findings: [], scratch: { place: 'source' } });
      expect(await isClean(record)).toBe(true);
      const [{ tenant, restore }] = record.tenants as [DrillRecord['tenants'][number]];
      const shop = ['1', '2', '3'].find(id => refOf(ctx, tenantId(id)) === tenant)!;
      const target = positionOf(restore!.target);
      const before = states.findLastIndex(({ lsn }) => lsn <= target);
      const possible = [states[Math.max(0, before)], states[before + 1]].map(state => state?.rows[shop]);
      const found = seen.get(shop)![shop];
      expect(possible).toContainEqual(found);
      expect(Object.keys(seen.get(shop)!)).toEqual([shop]);
      expect(restore!.backup!.rows).toBeGreaterThan(0);
      expect(restore).toMatchObject({ differing: 0, brokenReferences: 0, foreignKeys: 4 });
    }
    // Every tenant came round.
    expect(
      new Set((await listDrills(ctx)).drills.flatMap(({ record }) => record.tenants.map(each => each.tenant))).size,
    ).toBe(3);
    expect(await Promise.all([1, 2, 3].map(shop => digestOf(db, shop)))).toEqual(live);
    expect(deps.notices.filter(({ code }) => code.startsWith('drill'))).toEqual([]);
  });

  it('finds the contention of several tenants at once', async () => {
    const { ctx, watched, seen, isClean } = await world(version);
    const { record } = await runDrill(ctx, watched, { kind: 'several-tenants', count: 3, ...BY });
    expect(record).toMatchObject({ outcome: 'passed', findings: [] });
    expect(record.tenants.map(({ restore }) => restore!.backup !== null)).toEqual([true, true, true]);
    expect(record.contention).toMatchObject({ atOnce: 3 });
    expect(record.contention!.singlyMs).toBeGreaterThan(0);
    expect(Object.keys(seen.get('1')!).sort()).toEqual(['1', '2', '3']);
    expect(await isClean(record)).toBe(true);
  });

  it('plays accidents in a scratch copy: previewed, restored, undone', async () => {
    const { ctx, db, watched, isClean } = await world(version);
    const live = await digestOf(db, 2);
    const { record } = await runDrill(ctx, watched, {
      kind: 'accident',
      tenants: [tenantId('2')],
      moment: 'latest',
      ...BY,
    });
    expect(record).toMatchObject({ outcome: 'passed', findings: [] });
    const [rows] = await db.query(
      'SELECT count(*)::int AS lines FROM order_lines JOIN orders o ON o.id = order_id WHERE shop_id = 2',
    );
    expect(record.accidents).toMatchObject([
      {
        accident: 'delete',
        damaged: Math.ceil(rows.lines / 2),
        preview: { inserts: Math.ceil(rows.lines / 2) },
        undone: true,
      },
      { accident: 'overwrite', restored: true, undone: true },
      { accident: 'wipe', damaged: record.tenants[0]!.restore!.rows, restored: true, undone: true },
    ]);
    expect(await digestOf(db, 2)).toBe(live);
    expect(await isClean(record)).toBe(true);
  });

  it('restores the whole system into an empty database, or a sample of it with a prediction', async () => {
    const { ctx, watched, seen, states } = await world(version);
    const { record } = await runDrill(ctx, watched, { kind: 'whole-system', ...BY });
    expect(record).toMatchObject({ outcome: 'passed', prediction: { tenants: 3, restoredTenants: 3 } });
    expect(seen.get('all')).toEqual(states.at(-1)!.rows);
    const { prediction } = record;
    expect(prediction!.predictedMs).toBe(prediction!.elapsedMs);

    const sample = (await runDrill(ctx, watched, { kind: 'whole-system', count: 1, seed: 's', ...BY })).record;
    expect(Object.keys(seen.get('all')!)).toHaveLength(1);
    expect(sample.prediction).toMatchObject({ tenants: 3, restoredTenants: 1 });
    expect(sample.prediction!.predictedMs).toBeGreaterThanOrEqual(sample.prediction!.elapsedMs * 3 - 2);
  });
});
