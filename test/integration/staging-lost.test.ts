/**
 * The server crashes, or another takes over, between two steps of a restore: staged tables are unlogged, so that they are
 * there afterwards, and empty. Whatever is asked then is refused; a difference to nothing would delete the tenant, and be
 * proved.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../lib/domain/crash-point.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import type { Context } from '../../lib/operations/context.ts';
import { holdRestore, previewTenant, runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { undoRequest } from '../../lib/operations/restore/apply/undo-restore.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { type ProtectedDatabase, protect, requestOf } from '../support/protected-database.ts';

const SCHEMA = `
  CREATE TABLE tenants (id int PRIMARY KEY);
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id int REFERENCES tenants, body text);
  INSERT INTO tenants VALUES (1), (2);
  INSERT INTO notes SELECT i, 1 + i % 2, 'note' FROM generate_series(1, 40) i`;
/** What a crash leaves of them. */
const EMPTIED = `DO $$ DECLARE t regclass; BEGIN
  FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND n.nspname LIKE 'holdfast%' LOOP EXECUTE 'TRUNCATE ' || t; END LOOP; END $$`;

describe.each(PG_VERSIONS)('a server that crashes during a restore on PostgreSQL %s', version => {
  let p: ProtectedDatabase;
  afterEach(() => p.dispose());

  const made = async () => {
    const db = await testDatabase(version);
    await db.query(SCHEMA);
    p = await protect(db);
    const moment = await p.moment();
    await p.db.query(`UPDATE notes SET body = 'changed' WHERE id < 9; DELETE FROM notes WHERE id > 30`);
    await p.ship();
    return moment;
  };
  const crashing = (at: CrashPoint): Context => ({
    ...p.ctx,
    crash: async point => {
      if (point === at) await p.db.query(EMPTIED);
    },
  });
  const live = () => p.db.query('SELECT * FROM notes ORDER BY id');

  it.each([
    ['in place', {}],
    ['in batches', { batches: 5 }],
    ['side by side', { sideBySide: true }],
    ['as another tenant', { asTenant: '3' }],
  ])('is not taken for a tenant without rows: %s', async (_, how) => {
    const { time } = await made();
    const before = await live();
    await expect(runRestore(crashing('restore.after-staging'), requestOf('1', time, how))).rejects.toMatchObject({
      code: 'staging-lost',
    });
    expect(await live()).toEqual(before);
    expect(await p.db.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast_restored%'`)).toEqual([]);
  });

  it('voids a preview, a preview that was held, and an undo', async () => {
    const { time } = await made();
    const before = await live();
    await expect(previewTenant(crashing('restore.after-staging'), requestOf('1', time))).rejects.toMatchObject({
      code: 'staging-lost',
    });
    const held = await holdRestore(crashing('restore.after-diff'), requestOf('1', time));
    await expect(held.apply()).rejects.toMatchObject({ code: 'staging-lost' });
    expect(await live()).toEqual(before);
    const { record } = await runRestore(p.ctx, requestOf('1', time));
    await p.ship();
    const restored = await live();
    const undo = await undoRequest(p.ctx, tenantId('1'), record.id, { requestedBy: 'test', reason: 'test' });
    await expect(runRestore(crashing('restore.after-staging'), undo)).rejects.toMatchObject({ code: 'staging-lost' });
    expect(await live()).toEqual(restored);
  });
});
