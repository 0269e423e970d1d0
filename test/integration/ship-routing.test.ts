import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { gaps } from '../../lib/operations/catalog/catalog-index.ts';
import { writeAll } from '../../lib/operations/catalog/typed-items.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

function dieAt(point: string) {
  return (at: string) => {
    if (at === point) throw new Error('killed');
  };
}

const LARGE = `repeat('x', 5000)`;

describe.each(PG_VERSIONS)('the change log on PostgreSQL %i', version => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(version);
    await shipLog(log.ctx);
    // As if every tenant had its first snapshot.
    const { catalog } = log.deps;
    await writeAll(catalog, (await gaps.listOpen(catalog)).map(gaps.forgetOpen));
  });
  afterEach(() => log?.dispose());

  it('gives each tenant its own changes, and no tenant the shared tables', async () => {
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x'), ('b', 1, 'y'); INSERT INTO countries VALUES ('ch')`);
    await log.sql(`UPDATE orders SET note = 'z' WHERE tenant_id = 'a'; DELETE FROM orders WHERE tenant_id = 'b'`);
    const result = await shipLog(log.ctx);
    expect(result).toMatchObject({ transactions: 2, changes: 4, caughtUp: true, gaps: [], needSnapshot: [] });
    expect(await log.log('a')).toEqual(['I orders a,1,x,∅', 'U orders a,1,z,∅']);
    expect(await log.log('b')).toEqual(['I orders b,1,y,∅', 'D orders [b,1,∅,∅]']);
    expect(await log.log('-')).toEqual([]);
  });

  it('proves recoverability even while nothing changes, and chains its runs', async () => {
    const first = await shipLog(log.ctx);
    const second = await shipLog(log.ctx);
    expect(first.id).not.toBeNull();
    expect(second.from).toBe(first.to);
    expect(second.fromTime).toBe(first.toTime);
    expect(second.changes).toBe(0);
  });

  it('keeps an unchanged TOAST value as unchanged', async () => {
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x', ${LARGE})`);
    await log.sql(`UPDATE orders SET note = 'y'`);
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I orders a,1,x,xxx…5000', 'U orders a,1,y,?']);
  });

  it('keeps the old key of a row that changes its key', async () => {
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x')`);
    await log.sql(`UPDATE orders SET id = 2`);
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I orders a,1,x,∅', 'U orders [a,1,∅,∅]a,2,x,∅']);
  });

  it.each([
    ['index', 'orders', 'I orders a,1,x,xxx…5000', 'D orders [a,1,∅,∅]', 'I orders b,1,x,xxx…5000'],
    ['full', 'whole', 'I whole 1,a,x,xxx…5000', 'D whole [1,a,x,xxx…5000]', 'I whole 1,b,x,xxx…5000'],
  ])(
    'splits a row that moves to another tenant, with its large value (replica identity %s)',
    async (_, table, insert, gone, came) => {
      const columns = '(tenant_id, id, note, body)';
      await log.sql(`INSERT INTO ${table} ${columns} VALUES ('a', 1, 'x', ${LARGE})`);
      await log.sql(`UPDATE ${table} SET tenant_id = 'b'`);
      const result = await shipLog(log.ctx);
      expect(await log.log('a')).toEqual([insert, gone]);
      expect(await log.log('b')).toEqual([came]);
      expect(await log.log('-')).toEqual([]);
      expect(result.gaps).toEqual([]);
    },
  );

  it('records it where a moved value can no longer be read', async () => {
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x', ${LARGE})`);
    await log.sql(`UPDATE orders SET tenant_id = 'b'`);
    await log.sql(`UPDATE orders SET note = 'later'`);
    const result = await shipLog(log.ctx);
    expect(result.gaps).toMatchObject([{ tenant: log.ref('b'), reason: 'unresolved-value', to: null }]);
    expect(result.needSnapshot).toEqual([log.ref('b')]);
    expect(await log.log('b')).toEqual(['I orders b,1,x,?', 'U orders b,1,later,?']);
  });

  it('gives every tenant an update or delete whose old row does not identify its tenant', async () => {
    await log.sql(`INSERT INTO weak VALUES (1, 'a', 'x'), (2, 'b', 'y')`);
    await log.sql(`UPDATE weak SET tenant_id = 'b' WHERE id = 1`);
    await log.sql(`DELETE FROM weak WHERE id = 2`);
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I weak 1,a,x']);
    expect(await log.log('b')).toEqual(['I weak 2,b,y', 'U weak 1,b,x']);
    expect(await log.log('-')).toEqual(['U weak 1,b,x', 'D weak [2,∅,∅]']);
  });

  it('finds the tenant of child rows through parents in the same stream and in the database, several levels up', async () => {
    await log.sql(`INSERT INTO named VALUES (1, 'a'), (2, 'b')`);
    await log.sql(`INSERT INTO "Odd Lines" VALUES (10, 1), (20, 2)`);
    await shipLog(log.ctx);
    await log.sql(
      `INSERT INTO deep VALUES (100, 10), (200, 20); INSERT INTO "Odd Lines" VALUES (11, 1, 'n'); INSERT INTO deep VALUES (101, 11)`,
    );
    await log.sql(`DELETE FROM named WHERE id = 2`);
    await shipLog(log.ctx);
    expect((await log.log('a')).slice(2)).toEqual(['I deep 100,10,∅', 'I Odd Lines 11,1,n', 'I deep 101,11,∅']);
    const ofB = [
      'I named 2,b,∅,∅',
      'I Odd Lines 20,2,∅',
      'I deep 200,20,∅',
      'D named [2,b,∅,∅]',
      'D Odd Lines [20,2,∅]',
      'D deep [200,20,∅]',
    ];
    expect(await log.log('b')).toEqual(ofB);
    // Its parent was deleted from the database before the lookup: the parent's own deletion identifies the owner.
    expect(await log.log('-')).toEqual([]);
  });

  it('records a gap for both tenants where a parent row moves, since its children move with it without a change', async () => {
    await log.sql(`INSERT INTO named VALUES (1, 'a'); INSERT INTO "Odd Lines" VALUES (10, 1)`);
    const before = await shipLog(log.ctx);
    await log.sql(`UPDATE named SET tenant_id = 'b'`);
    const result = await shipLog(log.ctx);
    expect(new Set(result.needSnapshot)).toEqual(new Set([log.ref('a'), log.ref('b')]));
    expect(result.gaps).toMatchObject([
      { reason: 'row-moved', from: before.from, to: null },
      { reason: 'row-moved', from: before.from, to: null },
    ]);
    expect((await log.log('b')).at(-1)).toBe('I named 1,b,∅,∅');
  });

  it('requests the snapshots that a gap needs until they exist, whatever crashed in between', async () => {
    await log.sql(`INSERT INTO named VALUES (1, 'a'), (2, 'b'); INSERT INTO "Odd Lines" VALUES (10, 1)`);
    await shipLog(log.ctx);
    await log.sql(`UPDATE named SET tenant_id = 'b' WHERE id = 1`);
    const killed = { ...log.ctx, crash: dieAt('ship.after-confirm') };
    await expect(shipLog(killed)).rejects.toThrow('killed');
    const both = new Set([log.ref('a'), log.ref('b')]);
    expect(new Set((await shipLog(log.ctx)).needSnapshot)).toEqual(both);
    await log.sql(`INSERT INTO named VALUES (3, 'a')`);
    await takeSnapshot(log.ctx, tenantId('a'));
    expect((await shipLog(log.ctx)).needSnapshot).toEqual([log.ref('b')]);
    await takeSnapshot(log.ctx, tenantId('b'));
    expect(await shipLog(log.ctx)).toMatchObject({ needSnapshot: [], openGaps: [] });
  });

  it('gives every tenant a TRUNCATE in the middle of a transaction, at its position', async () => {
    const from = (await shipLog(log.ctx)).to;
    await log.sql(
      `BEGIN; INSERT INTO orders VALUES ('a', 1, 'x'); TRUNCATE orders, countries; INSERT INTO orders VALUES ('a', 2, 'y'); COMMIT`,
    );
    const { to } = await shipLog(log.ctx);
    expect(await log.merged('a', from, to)).toEqual(['I orders a,1,x,∅', '~T orders', 'I orders a,2,y,∅']);
    expect(await log.merged('b', from, to)).toEqual(['~T orders']);
  });

  it('reads each change by the table definition of its own time', async () => {
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x')`);
    await log.sql(`ALTER TABLE orders DROP COLUMN body, ADD COLUMN extra int`);
    await log.sql(`INSERT INTO orders VALUES ('a', 2, 'y', 7); ALTER TABLE orders RENAME COLUMN tenant_id TO owner`);
    await log.sql(`ALTER TABLE orders RENAME COLUMN owner TO tenant_id; UPDATE orders SET extra = 8 WHERE id = 2`);
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I orders a,1,x,∅', 'I orders a,2,y,7', 'U orders a,2,y,8']);
  });

  it('treats a partitioned table as one table, whatever the column order of a partition', async () => {
    await log.sql(`INSERT INTO parted VALUES ('a', 1, 'x'), ('a', 101, 'y')`);
    await log.sql(`UPDATE parted SET id = 150 WHERE id = 1`);
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I parted a,1,x', 'I parted a,101,y', 'D parted [a,1,∅]', 'I parted a,150,x']);
  });

  it('ships committed changes and nothing else: rollbacks, savepoints, prepared transactions', async () => {
    await log.sql(`BEGIN; INSERT INTO orders VALUES ('a', 1, 'rolled back'); ROLLBACK`);
    await log.sql(
      `BEGIN; INSERT INTO orders VALUES ('a', 2, 'x'); SAVEPOINT s; INSERT INTO orders VALUES ('a', 3, 'gone'); ROLLBACK TO s; COMMIT`,
    );
    await log.sql(`BEGIN; INSERT INTO orders VALUES ('a', 4, 'x'); PREPARE TRANSACTION '${log.database.name}'`);
    const before = await shipLog(log.ctx);
    expect(before.caughtUp).toBe(true);
    expect(await log.log('a')).toEqual(['I orders a,2,x,∅']);
    await log.sql(`COMMIT PREPARED '${log.database.name}'`);
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I orders a,2,x,∅', 'I orders a,4,x,∅']);
  });

  it('keeps transactions in commit order when a later one commits first', async () => {
    const slow = await log.database.connect();
    await slow.query(`BEGIN; INSERT INTO orders VALUES ('a', 1, 'begun first')`);
    await log.sql(`INSERT INTO orders VALUES ('a', 2, 'committed first')`);
    await shipLog(log.ctx);
    await slow.query('COMMIT');
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I orders a,2,committed first,∅', 'I orders a,1,begun first,∅']);
  });

  it('keeps a row of a table that is not in the model, for every restore', async () => {
    await log.sql(
      `CREATE TABLE stranger (id int PRIMARY KEY); ALTER PUBLICATION "${log.ctx.publication.replaceAll('"', '""')}" ADD TABLE stranger; INSERT INTO stranger VALUES (1)`,
    );
    await shipLog(log.ctx);
    expect(await log.log('-')).toEqual(['I stranger 1']);
  });
});
