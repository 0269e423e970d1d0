/**
 * Reverts after what ends a tenant's log, erases rows or changes a schema, of restores, and under row-level security. Each has
 * a database of its own.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { formatLsn } from '../../lib/domain/lsn.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { refOf } from '../../lib/operations/context.ts';
import { mergedLog } from '../../lib/operations/log/read-log.ts';
import { mergeRequest } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import type { ProtectedDatabase } from '../support/protected-database.ts';
import { keyedTable } from '../support/revert-schemas.ts';
import { leftOf, revertOf, rowsOfTenant, tenantsWith, transactionOf } from '../support/reverted-world.ts';

const ONE = tenantId('1');

describe.each(PG_VERSIONS)('a revert on PostgreSQL %i, after larger changes', version => {
  let world: ProtectedDatabase;
  afterEach(() => world?.dispose());

  const items = `${keyedTable('items', 'int')} INSERT INTO items SELECT t, t * 10 + i, 1, 1 FROM generate_series(1, 3) t, generate_series(1, 4) i;`;
  const state = (tenant = 1) => rowsOfTenant(world, { table: 'items' }, tenant);

  it('returns what a TRUNCATE removed, this tenant’s alone', async () => {
    world = await tenantsWith(version, items);
    const before = await state();
    const xid = await transactionOf(world, 'TRUNCATE items');
    await transactionOf(world, 'INSERT INTO items VALUES (1, 99, 9, 9), (2, 99, 9, 9)');
    const record = await revertOf(world, [xid]);
    expect(await state()).toEqual([...before, '(1,99,9,9)']);
    expect(await state(2)).toEqual(['(2,99,9,9)']);
    expect(leftOf(record)).toBe(0);
  });

  it('never takes a row from the tenant that it moved to', async () => {
    world = await tenantsWith(
      version,
      `CREATE TABLE items (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, v int);
       INSERT INTO items SELECT t * 10 + i, t, 1 FROM generate_series(1, 3) t, generate_series(1, 4) i;`,
    );
    const xid = await transactionOf(
      world,
      'UPDATE items SET v = 2 WHERE tenant_id = 1; UPDATE items SET tenant_id = 2 WHERE id = 11',
    );
    const [one, two] = [await state(), await state(2)];
    const outcome = await revertOf(world, [xid]).catch(error => error);
    expect(await state(2)).toEqual(two);
    expect(await state()).toEqual(one);
    expect(outcome).toMatchObject({ code: 'conflicts' });
    await revertOf(world, [xid], { keys: { 'public.items': [['12'], ['13']] }, tables: ['public.items'] });
    expect(await state()).toEqual(['(12,1,1)', '(13,1,1)', '(14,1,2)']);
    expect(await state(2)).toEqual(two);
  });

  it('does not return what was erased', async () => {
    world = await tenantsWith(version, items);
    const xid = await transactionOf(world, 'DELETE FROM items WHERE tenant_id = 1 AND code IN (11, 12)');
    const changed = await transactionOf(world, 'UPDATE items SET v = 5 WHERE tenant_id = 1');
    await world.ship();
    await eraseSubject(world.ctx, ONE, {
      ...{ table: 'public.items', keys: [['11'], ['13']], requestedBy: 'test', reason: 'test' },
    });
    await revertOf(world, [xid, changed]);
    expect(await state()).toEqual(['(1,12,1,1)', '(1,13,5,1)', '(1,14,1,1)']);
  });

  it('works on columns that were added or renamed since', async () => {
    world = await tenantsWith(version, items);
    const first = await transactionOf(
      world,
      'UPDATE items SET v = 5 WHERE tenant_id = 1; DELETE FROM items WHERE code = 14',
    );
    await transactionOf(world, 'UPDATE items SET w = 2 WHERE code = 11');
    const second = await transactionOf(world, 'UPDATE items SET v = 6 WHERE code = 12');
    await transactionOf(
      world,
      "ALTER TABLE items RENAME v TO volume; ALTER TABLE items ADD extra text NOT NULL DEFAULT 'e'",
    );
    await transactionOf(world, "UPDATE items SET extra = 'kept', w = 4 WHERE code = 13");
    const record = await revertOf(world, [first, second]);
    expect(await state()).toEqual(['(1,11,1,2,e)', '(1,12,1,1,e)', '(1,13,1,4,kept)', '(1,14,1,1,e)']);
    expect(leftOf(record)).toBe(0);
  });

  it('takes a restore back like any transaction, and everything since a moment but what is to be kept', async () => {
    world = await tenantsWith(version, items);
    const before = await world.moment();
    await transactionOf(world, 'UPDATE items SET v = 5 WHERE tenant_id = 1');
    const kept = await transactionOf(world, 'UPDATE items SET w = 5 WHERE tenant_id = 1 AND code < 13');
    const damaged = await state();
    await world.ship();
    const merged = await mergeRequest(world.ctx, ONE, {
      ...{ target: before.lsn, keep: [kept], request: { requestedBy: 'test' } },
    });
    await runRestore(world.ctx, merged);
    expect(await state()).toEqual(['(1,11,1,5)', '(1,12,1,5)', '(1,13,1,1)', '(1,14,1,1)']);
    await world.ship();
    const { log } = await lastCommit(world);
    await transactionOf(world, 'UPDATE items SET w = 8 WHERE code = 14');
    await revertOf(world, [log]);
    expect(await state()).toEqual(damaged.map(row => row.replace('(1,14,5,1)', '(1,14,5,8)')));
  });

  it('works for a role under row-level security, and is refused where rows are hidden from it', async () => {
    world = await tenantsWith(version, items);
    const role = await world.db.role('REPLICATION');
    await world.db.query(`GRANT CREATE ON DATABASE ${world.db.name} TO ${role.name}; GRANT ALL ON SCHEMA public TO ${role.name};
      GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role.name}; ALTER TABLE items ENABLE ROW LEVEL SECURITY;
      CREATE POLICY mine ON items USING (tenant_id = 2)`);
    const before = await state();
    const xid = await transactionOf(
      world,
      'UPDATE items SET v = 5 WHERE tenant_id = 1; DELETE FROM items WHERE code = 11',
    );
    await world.ship();
    const damaged = await state();
    const hidden = { ...world, ctx: { ...world.ctx, source: role.source }, ship: world.ship };
    await expect(revertOf(hidden, [xid])).rejects.toMatchObject({ code: 'row-security' });
    expect(await state()).toEqual(damaged);
    await world.db.query(`CREATE POLICY all_rows ON items TO ${role.name} USING (true) WITH CHECK (true)`);
    await revertOf(hidden, [xid]);
    expect(await state()).toEqual(before);
  });
});

/** The position of the tenant's last commit. */
async function lastCommit({ ctx }: ProtectedDatabase): Promise<{ log: string }> {
  const at = await recoveryMaterial(ctx, refOf(ctx, ONE));
  let log = '';
  const { from, to } = at.window.stretches.at(-1)!;
  for await (const { commitLsn } of mergedLog(ctx, at.tenant, from.lsn, to.lsn)) log = formatLsn(commitLsn);
  return { log };
}
