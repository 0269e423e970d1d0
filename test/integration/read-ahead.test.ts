/**
 * A vault that answers slowly does not make a restore slow: verification, staging and replay ask it for many blocks with
 * one request, and for the next ones while these are being sent to the database.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { SnapshotBody } from '../../lib/domain/snapshot-body.ts';
import { type TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { PageReader } from '../../lib/operations/storage/page-reader.ts';
import { verifyBackup } from '../../lib/operations/verify/verify-backup.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { slowVault } from '../support/slow-vault.ts';
import { liveState, type StagedWorld, stagedWorld, stateAt } from '../support/staged-world.ts';

const TENANT = tenantId('1');
const RUNS = 24;
let world: StagedWorld;
afterEach(() => world.dispose());

async function largeTenant(): Promise<StagedWorld> {
  const db = await testDatabase(PG_VERSIONS[0]);
  await db.query(APP_SQL);
  await db.query(`INSERT INTO events
    SELECT 1, '2026-01-01'::date + n % 300, n, string_agg(md5(n || '.' || i), '')
    FROM generate_series(1000, 9000) n, generate_series(1, 6) i GROUP BY n`);
  return stagedWorld(db, APP_MODEL, { blockBytes: 8192, chunkBytes: 2048, pageChunks: 100 });
}

/** Blocks with rows, and pages in the vault, of the newest snapshot. */
async function storedParts({ ctx }: StagedWorld, tenant: TenantRef): Promise<number> {
  const item = (await backups.list(ctx.catalog, tenant)).findLast(({ kind }) => kind === 'snapshot')!;
  const { body } = await readManifest(ctx, item.key, SnapshotBody, { tenant, kind: 'snapshot' });
  const reader = new PageReader(ctx, tenant);
  const names = new Set<string>();
  for (const page of body.tables.flatMap(({ pages }) => pages)) {
    if (page.stored) names.add(`${page.stored.pack} ${page.stored.offset}`);
    for (const { block } of await reader.open(page)) if (block) names.add(`${block.pack} ${block.offset}`);
  }
  return names.size;
}

describe('with a slow vault', () => {
  it('a verification asks for many blocks at a time, and for several things at once', async () => {
    world = await largeTenant();
    await shipLog(world.ctx);
    await takeSnapshot(world.ctx, TENANT);
    const parts = await storedParts(world, refOf(world.ctx, TENANT));
    const { vault, seen } = slowVault(world.ctx.vault);
    const { rows } = await verifyBackup({ ...world.ctx, vault }, TENANT);
    expect(rows).toBeGreaterThan(8000);
    expect(parts).toBeGreaterThan(200);
    expect(seen.requests).toBeLessThanOrEqual(parts / 8);
    expect(seen.mostAtOnce).toBeGreaterThan(1);
  });

  it('the log is replayed and folded with the next runs already on their way', async () => {
    world = await largeTenant();
    const { ctx, db } = world;
    await shipLog(ctx);
    await takeSnapshot(ctx, TENANT);
    for (let run = 0; run < RUNS; run++) {
      await db.query(`UPDATE projects SET title = 'run ${run} of ' || id WHERE tenant_id = 1`);
      await shipLog(ctx);
    }
    const { vault, seen } = slowVault(ctx.vault);
    expect(await stateAt({ ...ctx, vault }, '1', 'latest')).toEqual(await liveState(ctx, '1'));
    expect(seen.mostAtOnce).toBeGreaterThan(4);

    const folding = slowVault(ctx.vault);
    const [folded] = await foldIncrementals({ ...ctx, vault: folding.vault }, { tenants: [refOf(ctx, TENANT)] });
    expect(folded!.changes).toBe(5);
    expect(folding.seen.mostAtOnce).toBeGreaterThan(4);
    expect(await stateAt(ctx, '1', 'latest')).toEqual(await liveState(ctx, '1'));
  });
});
