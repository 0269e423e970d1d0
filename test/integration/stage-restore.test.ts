/** A tenant's state at a moment, rebuilt from snapshot and log on real PostgreSQL, equals what a reader saw then. */
import { afterEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { planRestore } from '../../lib/operations/restore/plan/plan-restore.ts';
import { stageRestore } from '../../lib/operations/restore/stage/stage-restore.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, type StagedWorld, stagedState, stagedWorld, stateAt } from '../support/staged-world.ts';

const open: StagedWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.dispose();
});

async function world(version: PgVersion): Promise<StagedWorld> {
  const db = await testDatabase(version);
  await db.query(APP_SQL);
  const made = await stagedWorld(db, APP_MODEL);
  open.push(made);
  return made;
}

const now = async ({ db }: StagedWorld) =>
  (await db.query('SELECT pg_current_wal_insert_lsn()::text AS lsn'))[0].lsn as string;

describe.each(PG_VERSIONS)('staging on PostgreSQL %i', version => {
  it('stages the state at every moment between two changes', async () => {
    const w = await world(version);
    await shipLog(w.ctx);
    await takeSnapshot(w.ctx, tenantId('1'));
    const moments: { lsn: string; state: Awaited<ReturnType<typeof liveState>> }[] = [];
    const steps = [
      `UPDATE projects SET title = title || '!', amount = 2.50 WHERE id < 3`,
      `DELETE FROM comments WHERE id IN (1, 7)`,
      `INSERT INTO comments VALUES (100, 2, E'tab\\t, line\\n, back\\\\slash')`,
      `UPDATE comments SET id = id + 1000 WHERE task_id = 3`,
      `TRUNCATE events`,
      `INSERT INTO events VALUES (1, '2026-01-05', 1, NULL), (2, '2026-01-05', 1, 'x')`,
      `UPDATE "Odd Tasks" SET note = repeat('long ', 5000) WHERE tenant_id = 1`,
      `UPDATE "Odd Tasks" SET "Due ""Day" = '2027-01-01' WHERE tenant_id = 1`,
      `INSERT INTO users (tenant_id, email) VALUES (1, 'new@1'), (2, 'new@2')`,
    ];
    for (const [index, step] of steps.entries()) {
      await w.db.query(step);
      moments.push({ lsn: await now(w), state: await liveState(w.ctx, '1') });
      if (index % 3 === 2) await shipLog(w.ctx);
    }
    await shipLog(w.ctx);
    for (const { lsn, state } of moments) expect(await stateAt(w.ctx, '1', lsn)).toEqual(state);
    expect(await stateAt(w.ctx, '1', 'latest')).toEqual(moments.at(-1)!.state);
  });

  it('stages only the selected tables and those that their rows depend on', async () => {
    const w = await world(version);
    await shipLog(w.ctx);
    await takeSnapshot(w.ctx, tenantId('2'));
    await shipLog(w.ctx);
    const plan = await planRestore(w.ctx, tenantId('2'), 'latest', { tables: ['public.comments'] });
    expect(plan.tables.filter(table => !table.dependency).map(table => table.table)).toEqual(['public.comments']);
    expect(plan.tables.map(table => table.table).sort()).toEqual(
      ['public."Odd Tasks"', 'public.comments', 'public.projects', 'public.tenants', 'public.users'].sort(),
    );
    const staging = await stageRestore(w.ctx, plan, w.ctx.source);
    const live = await liveState(w.ctx, '2');
    const staged = await stagedState(staging);
    for (const [table, rows] of Object.entries(staged)) expect(rows).toEqual(live[table]);
    await staging.drop();
    expect(await w.db.query(`SELECT 1 FROM pg_namespace WHERE nspname LIKE 'holdfast_stage%'`)).toEqual([]);
  });
});
