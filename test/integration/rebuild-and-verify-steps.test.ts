/**
 * Rebuilding the catalog and verifying a backup in many calls equals a single call, even with one tenant or one log run
 * per call; and a rebuild never sets back a chain that grew meanwhile.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM, tenantId } from '../../lib/domain/tenant.ts';
import { openSqliteCatalog } from '../../lib/local/sqlite-catalog.ts';
import { backups, heads, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { planRebuild } from '../../lib/operations/rebuild/plan-rebuild.ts';
import { rebuildCatalog, rebuildShard } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { type LogCursor, rebuildLog } from '../../lib/operations/rebuild/rebuild-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { timeBudget } from '../../lib/operations/time-budget.ts';
import { type VerifyRun, verifyBackup, verifyStep } from '../../lib/operations/verify/verify-backup.ts';
import { testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, type StagedWorld, stagedWorld } from '../support/staged-world.ts';

let w: StagedWorld;
beforeEach(async () => {
  const db = await testDatabase(18);
  await db.query(APP_SQL);
  w = await stagedWorld(db, APP_MODEL, { stepBudgetMs: 0 });
  await shipLog(w.ctx);
  for (const tenant of ['1', '2', '3']) {
    await takeSnapshot(w.ctx, tenantId(tenant));
    w.deps.clock.advance(60_000);
    await db.query(`UPDATE projects SET title = title || '!'`);
    await shipLog(w.ctx);
  }
});
afterEach(async () => {
  await w.dispose();
});

/** Everything that the catalog lists of tenants, chains and log. */
async function listed({ catalog }: Pick<Context, 'catalog'>) {
  const all = await tenants.list(catalog);
  return {
    tenants: all,
    runs: await runs.list(catalog),
    heads: await Promise.all([SYSTEM, ...all.map(item => item.ref)].map(ref => heads.get(catalog, ref))),
    backups: await Promise.all(all.map(item => backups.list(catalog, item.ref))),
  };
}

describe('rebuilding the catalog in shards', () => {
  it('writes what a single call writes, one tenant or log run per call', async () => {
    const whole = { ...w.ctx, catalog: openSqliteCatalog(':memory:') };
    const expected = await rebuildCatalog(whole);
    const cut = { ...w.ctx, catalog: openSqliteCatalog(':memory:') };
    const counts = { tenants: 0, snapshots: 0, runs: 0 };
    let calls = 0;
    for (const start of await planRebuild(cut, 1)) {
      for (let shard = start, done = false; !done; calls++) {
        const step = await rebuildShard(cut, shard, timeBudget(0));
        counts.tenants += step.tenants;
        counts.snapshots += step.snapshots;
        ({ done } = step);
        shard = { ...shard, after: step.after };
      }
    }
    // A shard for each first letter, and one more call for each tenant.
    expect(calls).toBe(32 + 3);
    let cursor: LogCursor | undefined;
    for (let done = false; !done; ) {
      const step = await rebuildLog(cut, cursor, timeBudget(0));
      counts.runs += step.runs;
      ({ done, cursor } = step);
    }
    const { tenants: all, snapshots, runs: log } = expected;
    expect(counts).toEqual({ tenants: all, snapshots, runs: log });
    expect(await listed(cut)).toEqual(await listed(whole));
    await whole.catalog.close();
    await cut.catalog.close();
  });

  it('uses as few shards as the fleet needs', async () => {
    expect(await planRebuild(w.ctx)).toEqual([{ prefix: '', after: null }]);
    expect((await planRebuild(w.ctx, 3)).length).toBe(32);
  });

  it('lists a tenant that has only log', async () => {
    const catalog = openSqliteCatalog(':memory:');
    expect((await rebuildLog({ ...w.ctx, catalog }, undefined, timeBudget(60_000))).tenants).toBe(3);
    expect(await tenants.list(catalog)).toHaveLength(3);
    await catalog.close();
  });

  it('sets back no chain that grew while it was reading, and keeps verification results', async () => {
    await verifyBackup(w.ctx, tenantId('1'));
    const ref = refOf(w.ctx, tenantId('1'));
    let once = true;
    const vault = {
      ...w.ctx.vault,
      // After its manifests are listed, a new snapshot is taken.
      get: async (...given: Parameters<typeof w.ctx.vault.get>) => {
        if (once && given[0].includes('/manifests/')) {
          once = false;
          await takeSnapshot(w.ctx, tenantId('1'));
          await w.db.query(`UPDATE projects SET title = title || '?'`);
          await shipLog(w.ctx);
        }
        return w.ctx.vault.get(...given);
      },
    };
    await rebuildShard({ ...w.ctx, vault }, { prefix: '', after: null }, timeBudget(60_000));
    const items = await backups.list(w.ctx.catalog, ref);
    expect(items).toHaveLength(2);
    expect(items[0]!.verified?.ok).toBe(true);
    expect((await heads.get(w.ctx.catalog, ref))!.item.id).toBe(items[1]!.id);
    await expect(takeSnapshot(w.ctx, tenantId('1'))).resolves.toBeDefined();
  });
});

describe('verifying in many calls', () => {
  async function verified(ctx: Context) {
    let run: VerifyRun | undefined;
    for (let calls = 1; ; calls++) {
      const step = await verifyStep(ctx, tenantId('1'), run);
      if (step.done) return { calls, ...step };
      if (step.waiting) await shipLog(ctx);
      run = step.run;
    }
  }
  const areas = () => w.db.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast%'`);

  it('ends in the same answer if the answer of every call is lost once', async () => {
    const { calls: _, durationMs: __, liveAt: ___, ...usual } = await verified(w.ctx);
    let run: VerifyRun | undefined;
    for (let done = false; !done; ) {
      const lost = run && (await verifyStep(w.ctx, tenantId('1'), run));
      const step = await verifyStep(w.ctx, tenantId('1'), run);
      ({ done } = step);
      if (step.done) expect(step).toMatchObject(usual);
      else run = step.run;
      if (!step.done && step.waiting) await shipLog(w.ctx);
      if (lost?.done) expect(step).toMatchObject({ ...lost, durationMs: step.done && step.durationMs });
    }
  });

  it('finds and records what a single call finds', async () => {
    const whole = await verifyBackup(w.ctx, tenantId('1'));
    w.deps.clock.advance(1000);
    const { calls, ...stepped } = await verified(w.ctx);
    expect(calls).toBeGreaterThan(10);
    const { backup, rows } = whole;
    const live = await liveState(w.ctx, '1');
    const liveRows = Object.values(live).flat().length;
    expect(stepped).toMatchObject({ backup, rows, liveRows, unchecked: [] });
    expect(stepped.changesReplayed).toBeGreaterThanOrEqual(whole.changesReplayed);
    const [item] = await backups.list(w.ctx.catalog, refOf(w.ctx, tenantId('1')));
    expect(item!.verified).toEqual({ at: w.deps.clock.now().toISOString(), ok: true });
    expect(await areas()).toEqual([]);
  });

  it('continues while log is shipped in between: it proves what it planned', async () => {
    const step = await verifyStep(w.ctx, tenantId('1'));
    expect(step.done).toBe(false);
    let run = (step as { run: VerifyRun }).run;
    for (let done = false; !done; ) {
      await w.db.query(`UPDATE projects SET title = title || '.'`);
      await shipLog(w.ctx);
      const next = await verifyStep(w.ctx, tenantId('1'), run);
      done = next.done;
      if (!next.done) run = next.run;
    }
  });

  it('records an altered object with an alarm in whichever call finds it, and leaves nothing behind', async () => {
    const ref = refOf(w.ctx, tenantId('1'));
    for await (const { key } of w.ctx.vault.list(`tenants/${ref}/packs/`)) {
      await w.deps.tamper(key, bytes => {
        const changed = Buffer.from(bytes);
        changed[changed.length - 20]! ^= 1;
        return changed;
      });
    }
    await expect(verified(w.ctx)).rejects.toMatchObject({ name: 'IntegrityError' });
    const [item] = await backups.list(w.ctx.catalog, ref);
    expect(item!.verified?.ok).toBe(false);
    expect(w.deps.notices.some(notice => notice.severity === 'alarm')).toBe(true);
    expect(await areas()).toEqual([]);
  });
});
