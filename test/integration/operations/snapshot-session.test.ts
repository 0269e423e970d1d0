/** What a run has read of the catalogs holds for its views, or nothing is read with it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import type { Context } from '../../../lib/operations/context.ts';
import { openSession } from '../../../lib/operations/snapshot/snapshot-session.ts';
import { readTenant } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { readLoad } from '../../../lib/postgres/server/database-load.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { snapshotContext } from '../../support/snapshot-setup.ts';

describe.each(PG_VERSIONS)('a session of snapshots on PostgreSQL %i', version => {
  let db: TestDatabase;
  let deps: LocalDeps;
  let ctx: Context;
  beforeEach(async () => {
    db = await testDatabase(version);
    deps = await localDeps();
    await db.query(`CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1);
      CREATE TABLE teams (id int PRIMARY KEY, tenant_id int); INSERT INTO teams VALUES (1, 1);
      CREATE TABLE people (id int PRIMARY KEY, team_id int); INSERT INTO people VALUES (1, 1);
      CREATE TABLE other_teams (id int PRIMARY KEY, tenant_id int);
      CREATE TABLE other_people (id int PRIMARY KEY, team_id int)`);
    ctx = snapshotContext(deps, db.source, [
      { kind: 'root', table: 'public.tenants', column: 'id' },
      { kind: 'direct', table: 'public.teams', column: 'tenant_id' },
      {
        ...{ kind: 'via', table: 'public.people' },
        path: [{ columns: ['team_id'], references: 'public.teams', referencedColumns: ['id'] }],
      },
    ]);
  });
  afterEach(async () => {
    await db.drop();
    await deps.dispose();
  });

  test('the load of the database is read in one statement, also by a role without rights', async () => {
    await db.query(`CREATE ROLE onlooker_${process.pid}`);
    try {
      const load = await withConnection(ctx.source, 'test', async connection => {
        await connection.query(`SET ROLE onlooker_${process.pid}`);
        return readLoad(connection);
      });
      expect(load).toMatchObject({ replicaLagSeconds: null });
      expect(load.connections).toBeGreaterThan(0);
      expect(load.maxConnections).toBeGreaterThan(load.connections);
      expect(load.waitingLocks).toBeGreaterThanOrEqual(0);
    } finally {
      await db.query(`DROP ROLE onlooker_${process.pid}`);
    }
  });

  test.each([
    ['people', 'another table took its name'],
    ['teams', 'another table took its name, and it is a parent'],
  ])('is not used where a table was renamed (%s): %s', async table => {
    await withConnection(ctx.source, 'test', async connection => {
      const session = await openSession(ctx, connection);
      await db.query(`ALTER TABLE ${table} RENAME TO gone; ALTER TABLE other_${table} RENAME TO ${table}`);
      const request = { tenant: tenantId('1'), reason: 'test' };
      await expect(readTenant(ctx, session, connection, request).then(store => store())).rejects.toMatchObject({
        code: 'schema-changed',
      });
    });
  });
});
