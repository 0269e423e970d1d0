/**
 * From "something is wrong" to the transaction: summaries show when, the search which, and the transaction what it did.
 * Against what was executed, on a real log.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { histogram, spikesOf } from '../../lib/domain/activity-histogram.ts';
import { type AnswerTo, parseInvestigation, type Question } from '../../lib/domain/investigation.ts';
import { parseLsn } from '../../lib/domain/lsn.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { parseContextFilter } from '../../lib/domain/transaction-context.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { boundedInvestigation } from '../../lib/operations/incident/investigate.ts';
import { readTransaction } from '../../lib/operations/incident/read-transaction.ts';
import { completeChanges } from '../../lib/operations/incident/values-before.ts';
import { describeLog, type LogBounds, type LoggedTransaction } from '../../lib/operations/log/describe-log.ts';
import { activityOf, loggedRange } from '../../lib/operations/log/read-activity.ts';
import { searchTransactions, type TransactionSearch } from '../../lib/operations/log/search-transactions.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { revertRequest } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { countingVault } from '../support/made-log.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const atLeast = (least: number) => ({ least, most: Number.POSITIVE_INFINITY });

describe.each(PG_VERSIONS)('finding an accident on PostgreSQL %i', version => {
  let log: LogFixture;
  beforeAll(async () => {
    log = await logFixture(version);
    await shipLog(log.ctx);
    await takeSnapshot(log.ctx, tenantId('a'));
    for (let n = 1; n <= 10; n++) {
      await log.sql(`INSERT INTO orders SELECT 'a', i, 'x' FROM generate_series(${n * 100}, ${n * 100 + 9}) i`);
      await log.sql(`INSERT INTO orders VALUES ('b', ${n}, 'x'); UPDATE orders SET note = 'y' WHERE id = ${n * 100}`);
      await shipLog(log.ctx);
    }
    await log.sql(`INSERT INTO named VALUES (1, 'a'); INSERT INTO "Odd Lines" VALUES (1, 1)`);
    await log.sql(
      `BEGIN; SELECT pg_logical_emit_message(true, 'holdfast.context', '{"job":"cleanup","user":"ana"}');
       DELETE FROM orders WHERE tenant_id = 'a' AND id < 900; UPDATE named SET note = 'z'; COMMIT`,
    );
    await shipLog(log.ctx);
    await log.sql(`INSERT INTO weak VALUES (1, 'a', 'x'); DELETE FROM weak; TRUNCATE parted`);
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'later')`);
    await shipLog(log.ctx);
  });
  afterAll(() => log?.dispose());

  const all = async (tenant: string) => {
    const found = [];
    for await (const transaction of describeLog(log.ctx, log.ref(tenant))) found.push(transaction);
    return found;
  };
  const search = async (tenant: string, asked: Partial<TransactionSearch> & { bounds?: LogBounds }) => {
    const at = await recoveryMaterial(log.ctx, log.ref(tenant));
    const bounds = asked.bounds ?? {};
    const { runs } = await loggedRange(log.ctx, log.ref(tenant), at.runs, bounds);
    return searchTransactions(log.ctx, log.ref(tenant), runs, {
      ...{ filter: { counts: {} }, sort: 'time' as const, limit: 100 },
      ...asked,
      bounds,
    });
  };

  it('lists every transaction of the tenant, the newest first', async () => {
    const { transactions, more } = await search('a', {});
    const expected = (await all('a')).filter(({ tables }) => tables.length > 0).reverse();
    expect(more).toBe(false);
    expect(transactions.map(({ xid, tables, context }) => ({ xid, tables, context }))).toEqual(
      expected.map(({ xid, tables, context }) => ({ xid, tables, context })),
    );
    expect(transactions.every(({ changes }) => changes.every(({ op }) => op === 'truncate'))).toBe(true);
  });

  it('finds what deleted much, and opens few segments for it', async () => {
    const found = await search('a', { filter: { counts: { deletes: atLeast(50) } }, sort: 'deletes' });
    expect(found.transactions.map(({ tables }) => tables[0]!.truncate)).toEqual([1, 0]);
    expect(found.transactions[1]).toMatchObject({
      context: { job: 'cleanup', user: 'ana' },
      tables: [
        { table: 'public.orders', delete: 80 },
        { table: 'public.named', update: 1 },
      ],
    });
    expect(found.opened).toBe(2);
    expect(found.segments).toBeGreaterThan(10);
  });

  it('finds by context, table, range and limit', async () => {
    const context = parseContextFilter('job = clean*');
    expect((await search('a', { filter: { counts: {}, context } })).transactions).toHaveLength(1);
    expect((await search('b', { filter: { counts: {}, context } })).transactions).toEqual([]);
    const named = await search('a', { filter: { table: 'named', counts: {} }, bounds: { table: 'named' } });
    expect(named.transactions.map(({ total }) => total)).toEqual([1, 1]);
    const limited = await search('a', { sort: 'inserts', limit: 3 });
    expect(limited.more).toBe(true);
    expect(limited.transactions.map(({ total }) => total)).toEqual([10, 10, 10]);
    const last = (await all('a')).at(-1)!;
    const later = await search('a', { bounds: { fromTime: last.time } });
    expect(later.transactions.map(({ lsn }) => lsn)).toEqual([last.lsn]);
  });

  it('shows when it was without opening a block of the log', async () => {
    const vault = countingVault(log.ctx.vault);
    const ctx = { ...log.ctx, vault };
    const at = await recoveryMaterial(ctx, log.ref('a'));
    const { runs, from, to, holes } = await loggedRange(ctx, log.ref('a'), at.runs, {});
    const { samples, unrouted } = activityOf(runs, log.ref('a'), {});
    const buckets = histogram(samples, { from: from!, to: to! }, 24 * 3600_000);
    expect(vault.asked.filter(key => key.includes('/packs/'))).toEqual([]);
    expect(holes).toEqual([]);
    const total = buckets.reduce((sum, bucket) => sum + bucket.delete, 0);
    expect(total).toBe(80);
    expect(spikesOf(buckets).map(({ kind }) => kind)).toContain('truncate');
    expect(unrouted).toEqual([{ table: 'public.weak', insert: 0, update: 0, delete: 1, truncate: 0 }]);
  });

  describe('asked by an operator', () => {
    const ask = (tenant: string, question: Question, most?: number) =>
      boundedInvestigation(
        log.ctx,
        parseInvestigation({ format: 'holdfast.investigation/1', tenant: log.ref(tenant), question }),
        most,
      );
    const ALL = { ask: 'transactions', range: {}, counts: {}, sort: 'time', limit: 100 } as const;
    /** What there is to hide: everything in braces of the log's own description. */
    const sumsOf = ({ changes, ...rest }: LoggedTransaction) => ({
      ...rest,
      changes: changes.filter(({ op }) => op === 'truncate'),
    });

    it('says of every transaction what the log says, but no row', async () => {
      const expected = (await all('a')).filter(({ tables }) => tables.length > 0);
      expect(expected.some(({ changes }) => changes.some(({ op }) => op === 'delete'))).toBe(true);
      const { transactions } = (await ask('a', ALL)) as AnswerTo<'transactions'>;
      expect(transactions).toEqual(expected.map(sumsOf).reverse());
      for (const each of expected) {
        const { transaction } = (await ask('a', {
          ask: 'transaction',
          transaction: each.lsn,
        })) as AnswerTo<'transaction'>;
        expect(transaction).toEqual(sumsOf(each));
      }
    });

    it('finds the accident without opening a block of another tenant', async () => {
      const { transactions } = (await ask('a', { ask: 'suspects', range: {} })) as AnswerTo<'suspects'>;
      expect(transactions.map(({ context }) => context?.job)).toContain('cleanup');
      const foreign = (await ask('b', ALL)) as AnswerTo<'transactions'>;
      expect(JSON.stringify(foreign)).not.toContain('cleanup');
      const { buckets } = (await ask('a', {
        ask: 'activity',
        range: {},
        bucketMs: 24 * 3600_000,
      })) as AnswerTo<'activity'>;
      expect(buckets.reduce((total, bucket) => total + bucket.delete, 0)).toBe(80);
    });

    it('says where its list ends before the one that was asked for', async () => {
      const cut = (limit: number, most: number) =>
        ask('a', { ...ALL, limit }, most) as Promise<AnswerTo<'transactions'>>;
      expect(await cut(3, 5)).toMatchObject({ transactions: { length: 3 }, more: true, truncated: false });
      expect(await cut(9, 5)).toMatchObject({ transactions: { length: 5 }, more: true, truncated: true });
      expect(await cut(900, 500)).toMatchObject({ more: false, truncated: false });
    });

    it('gives a revert the positions that the log gives it', async () => {
      const found = (await all('a')).find(({ context }) => context?.job === 'cleanup')!;
      for (const named of [{ transactions: [String(found.xid)] }, { transactions: [], context: 'job = clean*' }]) {
        expect(await ask('a', { ask: 'revert', ...named, tables: [] })).toEqual({
          ...{ target: expect.any(String), reverts: { until: found.lsn, only: [found.lsn] } },
          tables: found.tables.map(({ table }) => table),
        });
      }
      const merged = await ask('a', { ask: 'merge', target: `before:${found.lsn}`, keep: [found.lsn] });
      expect(merged).toMatchObject({ reverts: { except: [found.lsn] } });
    });
  });

  it('shows what one transaction did, row by row', async () => {
    const at = await recoveryMaterial(log.ctx, log.ref('a'));
    const found = (await all('a')).find(({ context }) => context?.job === 'cleanup')!;
    const { transaction, unrouted } = await readTransaction(log.ctx, at, parseLsn(found.lsn), { rows: 1000 });
    expect(transaction).toEqual(found);
    expect(transaction!.changes).toHaveLength(81);
    expect(unrouted).toEqual([]);
    const only = await readTransaction(log.ctx, at, parseLsn(found.lsn), { table: 'named', rows: 1000 });
    expect(only.transaction!.changes).toMatchObject([{ op: 'update', table: 'public.named', row: { note: 'z' } }]);
    const none = await readTransaction(log.ctx, at, parseLsn(found.lsn), { table: 'whole', rows: 1000 });
    expect(none).toEqual({ transaction: undefined, unrouted: [] });
  });

  it('completes what the log lacks with the rows just before it, and leaves nothing behind', async () => {
    const found = (await all('a')).find(({ context }) => context?.job === 'cleanup')!;
    const changes = await completeChanges(log.ctx, tenantId('a'), parseLsn(found.lsn), found.changes);
    const rows = changes.flatMap(change => (change.op === 'delete' ? [[change.key.id, change.row]] : []));
    expect(rows).toHaveLength(80);
    for (const [id, row] of rows as [string, object][]) {
      const note = Number(id) % 100 === 0 ? 'y' : 'x';
      expect(row).toEqual({ tenant_id: 'a', id, note, body: null });
    }
    expect(changes.at(-1)).toEqual({
      ...{ op: 'update', table: 'public.named', key: { tenant_id: 'a', id: '1' } },
      ...{ row: { note: 'z' }, before: { note: null } },
    });
    const left = await log.sql(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast_stage%'`);
    expect(left).toEqual([]);
  });

  it('names the neighbours of a position at which nothing committed', async () => {
    const at = await recoveryMaterial(log.ctx, log.ref('a'));
    const found = (await all('a')).find(({ context }) => context?.job === 'cleanup')!;
    const read = readTransaction(log.ctx, at, parseLsn(found.lsn.replace(/.$/, digit => (digit === '1' ? '2' : '1'))), {
      rows: 10,
    });
    await expect(read).rejects.toMatchObject({
      code: 'unknown-transaction',
      hint: expect.stringContaining(found.lsn),
    });
  });

  it('a revert by context names the same transactions, and those of which the log does not know whose rows they changed', async () => {
    const did = async (job: string, sql: string) => {
      const context = `SELECT pg_logical_emit_message(true, 'holdfast.context', '{"job":"${job}"}')`;
      await log.sql(`BEGIN; ${context}; ${sql}; INSERT INTO xids SELECT pg_current_xact_id()::text; COMMIT`);
    };
    await log.sql(`CREATE TABLE xids (xid text); INSERT INTO weak VALUES (2, 'a', 'x')`);
    await did('sweep', `UPDATE orders SET note = 'swept' WHERE tenant_id = 'a' AND id = 1000`);
    await did('other', `UPDATE orders SET note = 'other' WHERE tenant_id = 'a' AND id = 1001`);
    await shipLog(log.ctx);
    await did('sweep', 'DELETE FROM weak');
    await did('sweep', `UPDATE orders SET note = 'swept' WHERE tenant_id = 'b'`);
    await shipLog(log.ctx);
    const context = parseContextFilter('job = sweep');
    expect((await search('a', { filter: { counts: {}, context } })).transactions).toHaveLength(1);
    const [own, , unrouted] = (await log.sql('SELECT xid FROM xids')) as { xid: string }[];
    const asked = { timeZone: 'UTC', request: { requestedBy: 'test' } };
    const named = { ...asked, transactions: [own!.xid, unrouted!.xid] };
    const byContext = { ...asked, transactions: [], context: 'job = sweep' };
    expect(await revertRequest(log.ctx, tenantId('a'), byContext)).toEqual(
      await revertRequest(log.ctx, tenantId('a'), named),
    );
    const none = revertRequest(log.ctx, tenantId('a'), { ...byContext, context: 'job = nobody' });
    await expect(none).rejects.toMatchObject({ code: 'nothing-selected' });
  });
});
