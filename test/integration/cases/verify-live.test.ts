/** Live verification: succeeds while the application works, and finds a single byte that differs from the live rows. */
import { describe, expect, it } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { runs } from '../../../lib/operations/catalog/catalog-index.ts';
import { lastLiveProof } from '../../../lib/operations/catalog/live-proof.ts';
import { refOf } from '../../../lib/operations/context.ts';
import { databaseTenants, verifyLive, verifyLiveFleet } from '../../../lib/operations/fleet/verify-live-fleet.ts';
import { shipLog } from '../../../lib/operations/log/ship-log.ts';
import { previewTenant } from '../../../lib/operations/restore/apply/run-restore.ts';
import { continueStaging } from '../../../lib/operations/restore/stage/stage-restore.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import type { LiveRun } from '../../../lib/operations/verify/live-look.ts';
import { verifyLiveStep } from '../../../lib/operations/verify/verify-live.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { emitMessage } from '../../../lib/postgres/log/replication-slot.ts';
import { PG_VERSIONS, type PgVersion, testDatabase } from '../../support/postgres.ts';
import { type Moment, type ProtectedDatabase, protect, requestOf } from '../../support/protected-database.ts';

const SCHEMA = `
  CREATE TABLE tenants (id int PRIMARY KEY, name text);
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text, amount numeric);
  CREATE TABLE lines (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes ON DELETE CASCADE, body text);
  INSERT INTO tenants VALUES (1, 'one'), (2, 'two'), (3, 'empty');
  INSERT INTO notes SELECT n, n % 2 + 1, 'body ' || n, 1.0 FROM generate_series(1, 40) n;
  INSERT INTO lines SELECT n, n, 'line' FROM generate_series(1, 40) n`;

async function withWorld(version: PgVersion, work: (world: ProtectedDatabase) => Promise<void>): Promise<void> {
  const db = await testDatabase(version);
  await db.query(SCHEMA);
  const world = await protect(db);
  try {
    await work(world);
  } finally {
    await world.dispose();
  }
}

describe.each(PG_VERSIONS)('verify --live on PostgreSQL %i', version => {
  it('succeeds for every tenant, with open transactions around the live read', () =>
    withWorld(version, async world => {
      const { db, ctx } = world;
      await db.query(`UPDATE notes SET amount = 2.00 WHERE id < 10; DELETE FROM notes WHERE id = 3`);
      const early = await db.connect();
      await early.query('BEGIN');
      await early.query(`INSERT INTO notes VALUES (100, 1, 'open at the look', 1)`);
      // The live read happens while one transaction is open and before another begins; both commit before the log is
      // shipped.
      const waiting = await verifyLiveStep(ctx, tenantId('1'));
      expect(waiting).toMatchObject({ done: false, waiting: true });
      await early.query('COMMIT');
      await db.query(`UPDATE notes SET body = 'after the look' WHERE tenant_id = 1`);
      await world.ship();
      const run = (waiting as { run: LiveRun }).run;
      expect(await verifyLiveStep(ctx, tenantId('1'), run)).toMatchObject({ done: true, unchecked: [], rows: 41 });
      const { ok, failed } = await verifyLiveFleet(ctx, await databaseTenants(ctx));
      expect(failed).toEqual([]);
      // The most urgent first: two tenants that were never proved, in no particular order, and then the one that was.
      expect(ok.at(-1)?.tenantId).toBe('1');
      expect(ok.map(each => [each.tenantId, each.rows]).sort()).toEqual([
        ['1', 42],
        ['2', 39],
        ['3', 1],
      ]);
      expect(await lastLiveProof(ctx, refOf(ctx, tenantId('1')))).toMatchObject({ ok: true });
      expect(await db.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast_stage%'`)).toEqual([]);
    }));

  it.each([
    [
      'a value that differs only in its bytes',
      'UPDATE % SET "amount" = 1.00 WHERE "id" = 5',
      '20 rows on both sides, but with different contents',
    ],
    ['a row', 'DELETE FROM % WHERE "id" = 5', '20 live, 19 rebuilt'],
  ])('finds %s that differs from the live one', (_, change, says) =>
    withWorld(version, async world => {
      const { db, ctx } = world;
      const hasty = { ...ctx, settings: { ...ctx.settings, stepBudgetMs: 0 } };
      await world.ship();
      let step = await verifyLiveStep(hasty, tenantId('2'));
      if (!step.done && step.waiting) await world.ship();
      for (let calls = 0; !step.done && step.run.staging === null && calls < 5; calls++)
        step = await verifyLiveStep(hasty, tenantId('2'), step.run);
      const run = (step as { run: LiveRun }).run;
      for (let ref = { ...run.staging!, done: false }; !ref.done; )
        ref = (await continueStaging(ctx, ref, ctx.source)) as typeof ref;
      const [staged] = await db.query(
        `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.columns
         WHERE table_schema LIKE 'holdfast_stage%' AND column_name = 'amount'`,
      );
      await db.query(change.replace('%', staged.name));
      const attempt = verifyLiveStep(ctx, tenantId('2'), run);
      await expect(attempt).rejects.toMatchObject({
        code: 'live-differs',
        message: expect.stringContaining('public.notes'),
      });
      await expect(attempt).rejects.toThrow(says);
      expect(world.deps.notices.map(notice => notice.code)).toContain('live-differs');
      expect(await lastLiveProof(ctx, refOf(ctx, tenantId('2')))).toMatchObject({ ok: false });
      // The shipper makes the table of this tenant alone suspect until it is read again, and requests that.
      const { needSnapshot } = await shipLog(ctx);
      expect(needSnapshot).toEqual([refOf(ctx, tenantId('2'))]);
      await expect(previewTenant(ctx, requestOf('2', 'latest'))).rejects.toMatchObject({ code: 'tables-in-gap' });
      await previewTenant(ctx, requestOf('1', 'latest'));
      await world.ship();
      expect(await verifyLive(ctx, tenantId('2'))).toMatchObject({ unchecked: [] });
      await world.expectNothingDiffers();
    }),
  );

  it('refuses only the table that differs, from its last comparison on, and no moment before', () =>
    withWorld(version, async world => {
      const { db, ctx } = world;
      const moments: Moment[] = [];
      for (const change of [1, 2, 3, 4]) {
        await db.query(`UPDATE notes SET body = 'change ${change}' WHERE tenant_id = 2`);
        moments.push(await world.moment());
        await world.ship();
        if (change === 3) await takeSnapshot(ctx, tenantId('2'));
      }
      const since = (await runs.list(ctx.catalog)).find(run => run.toTime > moments[0]!.time)!;
      const tenant = refOf(ctx, tenantId('2'));
      const note = { kind: 'differs', tenant, tables: ['public.notes'], from: since.to, fromTime: since.toTime };
      await withConnection(ctx.source, 'test', connection => emitMessage(connection, note));
      const outcome = (moment: Moment, exclude: string[] = []) =>
        previewTenant(ctx, requestOf('2', moment.time, { exclude })).then(
          () => 'restored',
          error => error.code,
        );
      const refused = ['restored', 'tables-in-gap', 'tables-in-gap', 'tables-in-gap'];
      // While it waits for its snapshot, and once that exists.
      for (const ship of [() => shipLog(ctx), () => world.ship()]) {
        await ship();
        for (const [index, moment] of moments.entries()) {
          expect(await outcome(moment), `change ${index + 1}`).toBe(refused[index]);
          expect(await outcome(moment, ['notes', 'lines']), `change ${index + 1} without it`).toBe('restored');
        }
      }
    }));
});
