/** Edge cases of staging: changed schemas, leftovers of dead sessions, erasures after a rebuild, other databases. */
import { afterEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import { openSqliteCatalog } from '../../lib/local/sqlite-catalog.ts';
import { findManifest } from '../../lib/operations/catalog/find-manifest.ts';
import { fleetStatus, timeline } from '../../lib/operations/catalog/timeline.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { mark } from '../../lib/operations/log/mark.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { rebuildCatalog } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { planRestore } from '../../lib/operations/restore/plan/plan-restore.ts';
import { stageRestore } from '../../lib/operations/restore/stage/stage-restore.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { verifyBackup } from '../../lib/operations/verify/verify-backup.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { cleanStagingAreas, listStagingAreas } from '../../lib/postgres/staging/staging-area.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, type StagedWorld, stagedState, stagedWorld, stateAt } from '../support/staged-world.ts';

const open: StagedWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.dispose();
});

async function world(version: PgVersion, sql = APP_SQL, model = APP_MODEL): Promise<StagedWorld> {
  const db = await testDatabase(version);
  await db.query(sql);
  const made = await stagedWorld(db, model);
  open.push(made);
  await shipLog(made.ctx);
  return made;
}

const SMALL = TenantModel.parse({
  format: 'holdfast.tenant-model/1',
  tables: [{ kind: 'direct', table: 'public.t', column: 'tenant_id' }],
});

describe.each(PG_VERSIONS)('staging on PostgreSQL %i', version => {
  it('follows columns that are added, renamed and dropped along the log', async () => {
    const w = await world(
      version,
      `CREATE TABLE t (id int PRIMARY KEY, tenant_id int NOT NULL, a text, b text, gone int);
      INSERT INTO t SELECT i, 1, 'a' || i, 'b' || i, i FROM generate_series(1, 5) i`,
      SMALL,
    );
    await takeSnapshot(w.ctx, tenantId('1'));
    await w.db.query(`ALTER TABLE t ADD COLUMN added int NOT NULL DEFAULT 7; ALTER TABLE t DROP COLUMN gone`);
    await w.db.query(`UPDATE t SET added = 8 WHERE id = 1`);
    await shipLog(w.ctx);
    await w.db.query(
      `ALTER TABLE t RENAME COLUMN a TO swap; ALTER TABLE t RENAME COLUMN b TO a; ALTER TABLE t RENAME COLUMN swap TO b`,
    );
    await w.db.query(`UPDATE t SET a = 'new' WHERE id = 2; DELETE FROM t WHERE id = 3`);
    await shipLog(w.ctx);
    expect(await stateAt(w.ctx, '1', 'latest')).toEqual(await liveState(w.ctx, '1'));
  });

  it('stages a dropped type, or an enum that lost a label, as text, and a domain as its base type', async () => {
    const w = await world(
      version,
      `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
      CREATE TABLE t (id int PRIMARY KEY, tenant_id int NOT NULL, m mood, ms mood[], p positive); INSERT INTO t VALUES (1, 1, 'sad', '{ok,sad}', 3)`,
      SMALL,
    );
    await takeSnapshot(w.ctx, tenantId('1'));
    await shipLog(w.ctx);
    const before = await stateAt(w.ctx, '1', 'latest');
    await w.db.query(`DROP TABLE t; DROP TYPE mood; CREATE TYPE mood AS ENUM ('ok'); DROP DOMAIN positive`);
    const plan = await planRestore(w.ctx, tenantId('1'), 'latest');
    const staging = await stageRestore(w.ctx, plan, w.ctx.source);
    expect(staging.tables[0]!.columns.filter(column => column.asText).map(column => column.name)).toEqual(['m', 'ms']);
    expect(staging.tables[0]!.columns.find(column => column.name === 'p')!.stagedType).toBe('integer');
    expect(await stagedState(staging)).toEqual(before);
    await staging.drop();
  });

  it('leaves only a schema behind when its session dies, and the next run removes it', async () => {
    const w = await world(version);
    await takeSnapshot(w.ctx, tenantId('1'));
    await shipLog(w.ctx);
    const plan = await planRestore(w.ctx, tenantId('1'), 'latest');
    const staging = await stageRestore(w.ctx, plan, w.ctx.source);
    const areas = () => withConnection(w.ctx.source, 'test', listStagingAreas);
    expect(await areas()).toEqual([{ schema: staging.schema, state: 'in use' }]);
    expect(await cleanStagingAreas(w.ctx.source)).toEqual([]);
    await w.db.query(
      `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'holdfast staging'`,
    );
    expect(await areas()).toEqual([{ schema: staging.schema, state: 'left over' }]);
    const next = await stageRestore(w.ctx, await planRestore(w.ctx, tenantId('1'), 'latest'), w.ctx.source);
    expect((await areas()).map(area => area.schema)).toEqual([next.schema]);
    await next.release();
    expect(await areas()).toEqual([{ schema: next.schema, state: 'handed over' }]);
    expect(await cleanStagingAreas(w.ctx.source)).toEqual([]);
  });

  it('keeps markers, erasures and the entire window after the catalog was rebuilt', async () => {
    const w = await world(version);
    await takeSnapshot(w.ctx, tenantId('1'));
    w.deps.clock.advance(60_000);
    await w.db.query(`UPDATE projects SET title = title || '?' WHERE tenant_id = 1`);
    await mark(w.ctx, tenantId('1'), 'before the accident');
    await w.db.query(`DELETE FROM comments`);
    await shipLog(w.ctx);
    w.deps.clock.advance(60_000);
    await foldIncrementals(w.ctx);
    w.deps.clock.advance(60_000);
    await eraseSubject(w.ctx, tenantId('1'), {
      table: 'public.comments',
      keys: [['1']],
      requestedBy: 'dpo',
      reason: 'request',
    });
    const before = {
      state: await stateAt(w.ctx, '1', 'before the accident'),
      timeline: await timeline(w.ctx, tenantId('1')),
      fleet: await fleetStatus(w.ctx),
    };
    expect(before.state['public.comments']!.length).toBeGreaterThan(0);
    expect(before.state['public.comments']!.some(row => row.startsWith('(1,'))).toBe(false);
    const catalog = openSqliteCatalog(':memory:');
    const ctx = { ...w.ctx, catalog };
    const rebuilt = await rebuildCatalog(ctx);
    expect(rebuilt).toMatchObject({ snapshots: 1, incrementals: 1, erasures: 1, leftOut: [], withoutKey: [] });
    expect(await stateAt(ctx, '1', 'before the accident')).toEqual(before.state);
    const after = await timeline(ctx, tenantId('1'));
    expect(after.window).toEqual(before.timeline.window);
    expect(after.markers).toEqual(before.timeline.markers);
    expect(after.erasures).toEqual(before.timeline.erasures);
    expect(after.snapshots.map(({ durationMs: _, ...item }) => item)).toEqual(
      before.timeline.snapshots.map(({ durationMs: _, ...item }) => item),
    );
    expect((await fleetStatus(ctx)).tenants.map(item => item.newest)).toEqual(
      before.fleet.tenants.map(item => item.newest),
    );
    const { header } = await findManifest(ctx, after.snapshots[0]!.id);
    expect(header.objects.length).toBeGreaterThan(0);
    for (const { key, bytes } of header.objects) expect(await w.ctx.vault.head(key)).toMatchObject({ bytes });
    await catalog.close();
  });

  it('verifies in a database of another major version: the checksums are the same', async () => {
    const w = await world(version);
    await takeSnapshot(w.ctx, tenantId('3'));
    await shipLog(w.ctx);
    const other = await testDatabase(version === 15 ? 18 : 15);
    const result = await verifyBackup(w.ctx, tenantId('3'), { into: other.source });
    await other.drop();
    expect(result.versions).toEqual({ backup: version, here: version === 15 ? 18 : 15 });
    expect(result.rows).toBeGreaterThan(0);
    expect(result.notes.join()).toContain('was compared on');
  });

  it('refuses a target that cannot be reached and reports what can', async () => {
    const w = await world(version);
    await expect(planRestore(w.ctx, tenantId('nobody'), 'latest')).rejects.toMatchObject({ code: 'unknown-tenant' });
    await w.db.query(`UPDATE projects SET title = title || '.'`);
    await takeSnapshot(w.ctx, tenantId('1'));
    await expect(planRestore(w.ctx, tenantId('1'), 'latest')).rejects.toMatchObject({ code: 'nothing-recoverable' });
    await shipLog(w.ctx);
    const refused = (target: string) => expect(planRestore(w.ctx, tenantId('1'), target)).rejects;
    await refused('2001-01-01T00:00:00Z').toMatchObject({ code: 'before-window' });
    // Shipping cannot reach the future.
    await refused('2999-01-01T00:00:00Z').toMatchObject({
      ...{ code: 'after-window', message: expect.stringContaining('future') },
      hint: expect.not.stringContaining('holdfast ship'),
    });
    await refused('FFFFFF/0').toMatchObject({
      code: 'after-window',
      hint: expect.stringContaining('holdfast ship'),
    });
    await refused('no such marker').toMatchObject({ code: 'unknown-marker' });
    await refused('before:nothing').toMatchObject({ code: 'unknown-restore' });
    await expect(planRestore(w.ctx, tenantId('1'), 'latest', { tables: ['public.currencies'] })).rejects.toMatchObject({
      code: 'unknown-table',
    });
  });
});
