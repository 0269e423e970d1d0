/** From real backups: restore, undo (R7), an approved plan, side by side, into another database, as a new tenant. */
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../lib/domain/crash-point.ts';
import type { HoldfastError } from '../../lib/domain/errors.ts';
import { RestoreRecord } from '../../lib/domain/restore-record.ts';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { duringSnapshot, refuseDuringRestore } from '../../lib/operations/catalog/tenant-turn.ts';
import { refOf } from '../../lib/operations/context.ts';
import { type FleetResult, snapshotFleet } from '../../lib/operations/fleet/snapshot-fleet.ts';
import { mark } from '../../lib/operations/log/mark.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { applyPlan } from '../../lib/operations/restore/apply/apply-restore.ts';
import { listRestores } from '../../lib/operations/restore/apply/read-record.ts';
import { holdRestore, preparePlan, previewTenant, runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { PG_VERSIONS, type PgVersion, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import type { RestoreRequestInput } from '../support/restore-request.ts';
import { liveState, type StagedWorld, stagedWorld } from '../support/staged-world.ts';
import { undoRestore } from '../support/undo-restore.ts';

const ACCIDENT = `
  DELETE FROM comments WHERE id < 4; DELETE FROM "Odd Tasks" WHERE id < 3; UPDATE projects SET title = 'X' || title, raw = NULL WHERE tenant_id = 1;
  INSERT INTO projects (tenant_id, title) VALUES (1, 'unwanted'); UPDATE events SET what = 'x' WHERE tenant_id = 1; UPDATE users SET email = 'x' || email WHERE tenant_id = 1`;

const errorCode = (error: unknown) => (error as HoldfastError).code;

const open: { dispose(): Promise<void> }[] = [];
const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.dispose();
  for (const db of databases.splice(0)) await db.drop();
});

async function database(version: PgVersion): Promise<TestDatabase> {
  const db = await testDatabase(version);
  databases.push(db);
  return db;
}

/** A protected application, an accident after the marker `good`, and more work of other tenants. */
async function afterAccident(version: PgVersion): Promise<StagedWorld> {
  const db = await testDatabase(version);
  await db.query(APP_SQL);
  // projects has a generated column: PostgreSQL 18 needs its key, which contains the tenant, as replica identity.
  for (const { table } of APP_MODEL.tables.filter(each => each.table !== 'public.projects'))
    await db.query(`ALTER TABLE ${table} REPLICA IDENTITY FULL`);
  await db.query('ALTER TABLE events_25 REPLICA IDENTITY FULL; ALTER TABLE events_26 REPLICA IDENTITY FULL');
  const world = await stagedWorld(db, APP_MODEL);
  open.push(world);
  await shipLog(world.ctx);
  for (const tenant of ['1', '2']) await takeSnapshot(world.ctx, tenantId(tenant), { reason: 'test' });
  await db.query(`UPDATE projects SET amount = amount + 1; INSERT INTO comments VALUES (500, 5, 'after the snapshot')`);
  await mark(world.ctx, tenantId('1'), 'good');
  await db.query(ACCIDENT);
  await db.query(`UPDATE projects SET title = 'fine ' || title WHERE tenant_id = 2`);
  await shipLog(world.ctx);
  return world;
}

const request = (more: Partial<RestoreRequestInput> = {}) =>
  parseRestoreRequest({ tenant: '1', target: 'mark:good', requestedBy: 'ann', reason: 'accident', ...more });

describe.each(PG_VERSIONS)('a restore from backups on PostgreSQL %s', version => {
  it('no snapshot reads the tenant while it is restored, the fleet goes on, and the restore waits for one that does', async () => {
    const { ctx } = await afterAccident(version);
    const before = await liveState(ctx, '1');
    const fleets: FleetResult[] = [];
    const crash = async (point: CrashPoint) => {
      if (point !== 'restore.during-apply' || fleets.length > 0) return;
      fleets.push(await snapshotFleet(ctx, [tenantId('1'), tenantId('2')], { waits: false }));
    };
    const step = Promise.withResolvers<void>();
    const reading = duringSnapshot(ctx, { tenant: refOf(ctx, tenantId('1')) }, () => step.promise);
    const restoring = runRestore({ ...ctx, crash }, request());
    // It is entered, and waits: no other snapshot begins, and nothing is written.
    const refused = async () => refuseDuringRestore(ctx, refOf(ctx, tenantId('1'))).then(() => 'free', errorCode);
    while ((await refused()) === 'free') await setImmediate();
    expect(await liveState(ctx, '1')).toEqual(before);
    step.resolve();
    await reading;
    await restoring;
    expect(fleets[0]!.ok.map(({ tenant }) => tenant)).toEqual([refOf(ctx, tenantId('2'))]);
    expect(fleets[0]!.failed).toMatchObject([
      { tenant: refOf(ctx, tenantId('1')), error: { code: 'tenant-in-restore' } },
    ]);
    expect((await snapshotFleet(ctx, [tenantId('1')], { waits: false })).ok).toHaveLength(1);
  });

  it('R7: an undo returns the state before the restore; undoing the undo returns the target again', async () => {
    const { ctx, db } = await afterAccident(version);
    const before = await liveState(ctx, '1');
    const other = await liveState(ctx, '2');
    const preview = await previewTenant(ctx, request());
    expect(preview.totals.rows).toBeGreaterThan(10);
    const { record } = await runRestore(ctx, request());
    const restored = await liveState(ctx, '1');
    expect(restored).not.toEqual(before);
    expect(restored['public.comments']).toHaveLength(6);
    await shipLog(ctx);
    const undone = await undoRestore(ctx, tenantId('1'), record.id, { requestedBy: 'bob' });
    expect(await liveState(ctx, '1')).toEqual(before);
    await shipLog(ctx);
    await undoRestore(ctx, tenantId('1'), undone.record.id, { requestedBy: 'bob' });
    expect(await liveState(ctx, '1')).toEqual(restored);
    expect(await liveState(ctx, '2')).toEqual(other);
    const left = await db.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast%'`);
    expect(left).toEqual([]);
  });

  it('signs a record of who, what, how many rows, how long, and the proof', async () => {
    const { ctx } = await afterAccident(version);
    const ref = refOf(ctx, tenantId('1'));
    const { record } = await runRestore(ctx, request());
    const [item] = await listRestores(ctx, ref);
    expect(item).toMatchObject({ id: record.id, state: 'done', place: 'in-place', requestedBy: 'ann' });
    const { body } = await readManifest(ctx, item!.key!, RestoreRecord, {
      tenant: ref,
      kind: 'restore-record',
      sha256: item!.sha256!,
    });
    expect(body).toEqual(record);
    expect(body.proof).toMatchObject({ left: {}, brokenReferences: 0 });
    expect(body.chain?.runs.length).toBeGreaterThan(0);
    expect(JSON.stringify(body)).not.toContain('after the snapshot');
  });

  it('applies exactly an approved plan, once, and refuses a changed file, a changed row, a cleaned staging', async () => {
    const { ctx, db } = await afterAccident(version);
    const { preview, file } = await preparePlan(ctx, request());
    expect(file).not.toContain('unwanted');
    const forged = file.replace('accident', 'incident');
    await expect(applyPlan(ctx, forged)).rejects.toMatchObject({ code: 'bad-plan' });
    await db.query(`UPDATE projects SET amount = 99 WHERE tenant_id = 1 AND id = 1`);
    await expect(applyPlan(ctx, file)).rejects.toMatchObject({ code: 'rows-changed', details: { rows: 1 } });
    const second = await preparePlan(ctx, request());
    expect(second.preview.hash).not.toBe(preview.hash);
    const { record } = await applyPlan(ctx, second.file, ['cora']);
    expect(record).toMatchObject({ approvedPlan: true, previewHash: second.preview.hash, approvedBy: ['cora'] });
    await expect(applyPlan(ctx, second.file)).rejects.toMatchObject({ code: 'preview-gone' });
    expect((await previewTenant(ctx, request())).totals.rows).toBe(0);
  });

  it('keeps what was shown until a decision, applies exactly that, and leaves nothing behind', async () => {
    const { ctx, db } = await afterAccident(version);
    const staged = () => db.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast%'`);
    const unwanted = await holdRestore(ctx, request());
    expect(await staged()).toHaveLength(1);
    await unwanted.drop();
    const late = await holdRestore(ctx, request());
    await db.query(`UPDATE projects SET amount = 99 WHERE tenant_id = 1 AND id = 1`);
    await expect(late.apply()).rejects.toMatchObject({ code: 'rows-changed', details: { rows: 1 } });
    expect(await staged()).toEqual([]);
    const held = await holdRestore(ctx, request());
    const { record } = await held.apply();
    expect(record).toMatchObject({ approvedPlan: true, previewHash: held.preview.hash, attempts: 1 });
    expect(await staged()).toEqual([]);
    expect((await previewTenant(ctx, request())).totals.rows).toBe(0);
  });

  it('restores side by side, under the real table names, filtered', async () => {
    const { ctx, db } = await afterAccident(version);
    const before = await liveState(ctx, '1');
    const result = await runRestore(ctx, request({ sideBySide: true, rows: { comments: 'id IN (1, 500)' } }));
    const schema = result.record.schema!;
    expect(await db.query(`SELECT id, body FROM ${schema}.comments ORDER BY id`)).toEqual([
      { id: 1, body: 'body 1' },
      { id: 500, body: 'after the snapshot' },
    ]);
    expect(await db.query(`SELECT count(*)::int AS n FROM ${schema}."Odd Tasks"`)).toEqual([{ n: 5 }]);
    expect(await liveState(ctx, '1')).toEqual(before);
    await runRestore(ctx, request());
    expect(await db.query(`SELECT count(*)::int AS n FROM ${schema}.comments`)).toEqual([{ n: 2 }]);
  });

  it('restores into an empty database, and creates what is missing there', async () => {
    const { ctx, db } = await afterAccident(version);
    const before = await liveState(ctx, '1');
    const other = await database(version);
    const { record } = await runRestore(ctx, request({ into: other.url }));
    expect(record.request.into).not.toContain('@');
    expect(await liveState(ctx, '1')).toEqual(before);
    await runRestore(ctx, request());
    expect(await liveState({ ...ctx, source: other.source }, '1')).toEqual(await liveState(ctx, '1'));
    expect(await db.query(`SELECT count(*)::int AS n FROM pg_namespace WHERE nspname LIKE 'holdfast%'`)).toEqual([
      { n: 0 },
    ]);
  });

  it('does not restore erased rows, reports them, and leaves live ones alone', async () => {
    const { ctx, db } = await afterAccident(version);
    await eraseSubject(ctx, tenantId('1'), {
      ...{ table: 'public."Odd Tasks"', keys: [['1'], ['4']], requestedBy: 'dora', reason: 'asked for' },
    });
    await db.query(`UPDATE "Odd Tasks" SET note = 'lives on' WHERE id = 4`);
    const { record } = await runRestore(ctx, request());
    expect(record.notes.filter(note => note.code === 'erased').map(note => note.table)).toEqual(
      expect.arrayContaining(['public."Odd Tasks"', 'public.comments']),
    );
    expect(await db.query('SELECT id, note FROM "Odd Tasks" WHERE tenant_id = 1 ORDER BY id')).toEqual([
      { id: 2, note: 'note' },
      { id: 3, note: 'note' },
      { id: 4, note: 'lives on' },
      { id: 5, note: 'note' },
    ]);
    expect(await db.query('SELECT id FROM comments WHERE id IN (1, 2, 3, 4, 5, 500) ORDER BY id')).toEqual(
      [2, 3, 4, 5, 500].map(id => ({ id })),
    );
  });

  it('restores as a new tenant with consistent new keys, and refuses unique values that cross tenants', async () => {
    const { ctx, db } = await afterAccident(version);
    await expect(runRestore(ctx, request({ asTenant: '2' }))).rejects.toMatchObject({ code: 'tenant-exists' });
    const taken = await runRestore(ctx, request({ asTenant: '77' })).catch(error => error);
    expect(taken.details.conflicts.map((conflict: { code: string }) => conflict.code)).toEqual(
      expect.arrayContaining(['key-of-another-tenant']),
    );
    await db.query(`ALTER TABLE comments ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 10000); ALTER TABLE "Odd Tasks" ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 10000);
      ALTER TABLE left_side ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 10000); ALTER TABLE right_side ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 10000)`);
    const before = await liveState(ctx, '1');
    await runRestore(ctx, request({ asTenant: '77' }));
    expect(await liveState(ctx, '1')).toEqual(before);
    expect(
      await db.query(
        `SELECT count(*)::int AS n, count(DISTINCT m.id)::int AS managers, bool_and(m.tenant_id = 77) AS own FROM users u JOIN users m ON m.id = u.manager_id WHERE u.tenant_id = 77`,
      ),
    ).toEqual([{ n: 3, managers: 1, own: true }]);
    expect(
      await db.query(
        `SELECT count(*)::int AS n FROM comments c JOIN "Odd Tasks" t ON t.id = c.task_id JOIN projects p ON p.tenant_id = t.tenant_id AND p.id = t.project_id WHERE t.tenant_id = 77 AND c.id >= 10000`,
      ),
    ).toEqual([{ n: 6 }]);
    expect(
      await db.query(
        'SELECT (SELECT id FROM left_side WHERE tenant_id = 77) = (SELECT left_id FROM right_side WHERE tenant_id = 77) AS tied',
      ),
    ).toEqual([{ tied: true }]);
  });
});
