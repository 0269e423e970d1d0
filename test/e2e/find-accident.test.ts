/** The night, on the command line: something is wrong, when was it, which transaction, what did it do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { createShops } from '../support/shop-database.ts';

const VERSION = PG_VERSIONS.at(-1)!;
const SECRET = 'r-81-secret';

describe('finding an accident with the command line', () => {
  let database: TestDatabase;
  let holdfast: CommandLine;

  beforeAll(async () => {
    database = await testDatabase(VERSION);
    await createShops(database);
    holdfast = await commandLine({ HOLDFAST_DATABASE_URL: database.url });
    await holdfast.json('init', '--installation', 'night-test');
    await holdfast.json('discover', '--tenant-table', 'public.shops');
    await holdfast.json('doctor', '--fix', '--yes');
    await holdfast.json('snapshot', '--all');
    for (let n = 0; n < 3; n++) {
      await database.query(`UPDATE customers SET email = email || '.' WHERE id = ${n + 1}`);
      await holdfast.json('ship');
    }
  });
  afterAll(async () => {
    await holdfast.dispose();
    await database.drop();
  });

  it('ship raises a possible accident, without names and values', async () => {
    await database.query(`
      BEGIN;
      SELECT pg_logical_emit_message(true, 'holdfast.context', '{"job":"cleanup","request":"${SECRET}"}');
      DELETE FROM order_lines WHERE order_id IN (SELECT id FROM orders WHERE shop_id = 2);
      COMMIT`);
    const ran = await holdfast.run('ship');
    expect(ran.stderr).toMatch(/alarm: Possible accident: 300 rows of public\.order_lines of one tenant were deleted/);
    expect(ran.stdout + ran.stderr).not.toContain(SECRET);
    await database.query(`UPDATE customers SET email = 'later@example.org' WHERE shop_id = 2 AND id = 7`);
    expect((await holdfast.run('ship')).stderr).not.toContain('accident');
  });

  it('activity names the spike, and each next command works as it is printed', async () => {
    const activity = await holdfast.json('activity', '2', '--bucket', '1d');
    const [spike] = activity.spikes;
    expect(spike).toMatchObject({ kind: 'delete', count: 300, transaction: { xid: expect.any(Number) } });
    const text = (await holdfast.run('activity', '2')).stdout;
    expect(text).toContain(spike.command);
    const words = spike.command.split(' ').slice(1);
    const shown = await holdfast.json(...words);
    expect(shown.transaction).toMatchObject({ xid: spike.transaction.xid, total: 300, context: { job: 'cleanup' } });
    const page = (await holdfast.run(...words)).stdout;
    expect(page).toMatch(/public\.order_lines +−300/);
    for (const next of [/^ {2}holdfast (revert .+)$/m, /^ {2}holdfast (diff .+)$/m]) {
      const preview = await holdfast.json(...next.exec(page)![1]!.split(' '));
      expect(preview.totals.inserts).toBe(300);
    }
  });

  it('transactions finds it by number and by context, and shows the context to nobody else', async () => {
    const found = await holdfast.json('transactions', '2', '--deletes', '>100', '--sort', 'deletes');
    expect(found.transactions).toMatchObject([{ changes: 300, context: { job: 'cleanup', request: SECRET } }]);
    const named = await holdfast.json('transactions', '2', '--by-context', 'job = clean*');
    expect(named.transactions).toHaveLength(1);
    const other = await holdfast.run('transactions', '3', '--json');
    expect(other.stdout).not.toContain(SECRET);
    const log = (await holdfast.run('log', '2')).stdout;
    expect(log).toContain(`job cleanup, request ${SECRET}`);
  });

  it('show-transaction completes the values that the log lacks', async () => {
    const { transactions } = await holdfast.json('transactions', '2', '--limit', '1');
    const named = `0:${transactions[0].lsn}`;
    const shown = await holdfast.json('show-transaction', '2', named, '--old-values');
    expect(shown.transaction.changes).toEqual([
      {
        ...{ op: 'update', table: 'public.customers', key: { shop_id: '2', id: '7' } },
        ...{ row: { email: 'later@example.org' }, before: { email: 'c7@example.org' } },
      },
    ]);
    const preview = await holdfast.json('revert', '2', '--transaction', named, '--dry-run');
    expect(preview.totals.updates).toBe(1);
  });

  it.each([
    [['activity', '2', '--bucket', '7m'], 'usage', '1m, 5m'],
    [['transactions', '2', '--deletes', 'many'], 'usage', '>100'],
    [['transactions', '2', '--by-context', 'cleanup'], 'bad-context-filter', 'job = nightly-cleanup'],
    [['transactions', '2', '--from', '1 hour ago', '--to', '2 hours ago'], 'bad-range', ''],
    [['show-transaction', '2', 'yesterday'], 'bad-transaction', 'holdfast transactions'],
    [['incident', '2', '--transaction', 'yesterday'], 'bad-transaction', 'holdfast transactions'],
    [['revert', '2', '--transaction', 'yesterday', '--dry-run'], 'bad-transaction', 'holdfast transactions'],
    [['show-transaction', '2', '0/1'], 'unknown-transaction', ''],
    [['revert', '2', '--transaction', '0/1', '--dry-run'], 'unknown-transaction', 'holdfast transactions'],
    [['show-transaction', '2', '4000000000'], 'unknown-transaction', ''],
    [['transactions', 'nobody'], 'unknown-tenant', 'holdfast status'],
  ])('%j is refused as %s, and says what to do', async (words, code, hint) => {
    const error = await holdfast.failure(...words);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.hint}`).toContain(hint);
  });
});
