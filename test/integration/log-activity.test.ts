/**
 * The activity of tenants, as runs and indexes record it, is what was executed and committed: whatever was rolled back,
 * whoever died, and however often a run was routed.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableSum } from '../../lib/domain/activity.ts';
import type { CrashPoint } from '../../lib/domain/crash-point.ts';
import type { SegmentEntry } from '../../lib/domain/log-manifest.ts';
import { type Lsn, parseLsn } from '../../lib/domain/lsn.ts';
import { runs } from '../../lib/operations/catalog/catalog-index.ts';
import { logIndexes, segments } from '../../lib/operations/catalog/log-items.ts';
import { Sums } from '../../lib/operations/log/describe-changes.ts';
import { describeLog } from '../../lib/operations/log/describe-log.ts';
import { readRunsBetween, readWholeRun } from '../../lib/operations/log/logged-runs.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const TENANTS = ['a', 'b'];
const CRASHES: CrashPoint[] = ['ship.after-peek', 'ship.after-pack', 'ship.after-manifest', 'ship.after-catalog'];

const statement = fc.record({
  do: fc.constantFrom('insert', 'update', 'delete', 'child', 'savepoint' as const),
  tenant: fc.constantFrom(...TENANTS),
  rows: fc.integer({ min: 1, max: 5 }),
});
const events = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ statements: fc.array(statement, { maxLength: 5 }), commit: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ crash: fc.option(fc.constantFrom(...CRASHES)) }) },
  ),
  { minLength: 3, maxLength: 15 },
);
type Statement = typeof statement extends fc.Arbitrary<infer T> ? T : never;

describe.each(PG_VERSIONS)('the activity of tenants on PostgreSQL %i', version => {
  let log: LogFixture;
  let next = 0;
  beforeAll(async () => {
    log = await logFixture(version);
    await shipLog(log.ctx);
  });
  afterAll(() => log?.dispose());

  const position = async () => parseLsn((await runs.latest(log.ctx.catalog))!.to);
  const entries = async (from: Lsn): Promise<SegmentEntry[]> => {
    const found = await runs.list(log.ctx.catalog, from);
    const bodies = await Promise.all(
      found.filter(run => parseLsn(run.from) >= from).map(run => readWholeRun(log.ctx, run)),
    );
    return bodies.flatMap(body => body.segments);
  };
  const recorded = async (tenant: string, from: Lsn) => {
    const sums = new Sums();
    for (const { tenant: ref, activity } of await entries(from)) {
      if (ref === log.ref(tenant)) for (const sum of activity!.tables) sums.addAll(sum);
    }
    return sorted(sums);
  };

  /** Runs one transaction; what it did to whom if it commits. */
  async function play(statements: readonly Statement[], commit: boolean): Promise<(readonly [string, Sums])[]> {
    const client = await log.database.connect();
    const done: [string, Sums][] = [];
    await client.query('BEGIN');
    for (const { do: kind, tenant, rows } of statements) {
      const sums = new Sums();
      for (const [table, op, sql] of statementsOf(kind, tenant, rows, next)) {
        const count = (await client.query(sql)).rowCount ?? 0;
        if (op !== undefined && count > 0) sums.add(table, op, count);
      }
      next += rows;
      done.push([tenant, sums]);
    }
    await client.query(commit ? 'COMMIT' : 'ROLLBACK');
    await client.end();
    return commit ? done : [];
  }

  it('is what was executed and committed, whatever crashes', async () => {
    await fc.assert(
      fc.asyncProperty(events, async history => {
        await shipLog(log.ctx);
        const from = await position();
        const model = new Map(TENANTS.map(tenant => [tenant, new Sums()]));
        for (const event of history) {
          if ('statements' in event) {
            for (const [tenant, sums] of await play(event.statements, event.commit))
              for (const sum of sums.list()) model.get(tenant)!.addAll(sum);
          } else await shipLog({ ...log.ctx, crash: dieAt(event.crash) }).catch(mustBeKilled);
        }
        await shipLog(log.ctx);
        for (const tenant of TENANTS) expect(await recorded(tenant, from)).toEqual(sorted(model.get(tenant)!));
        for (const entry of await entries(from)) expect(entry.activity === undefined).toBe(entry.changes === 0);
      }),
      { numRuns: 15 },
    );
  }, 300_000);

  it('names the transactions that the log has, with the same numbers', async () => {
    const from = await position();
    for (let n = 0; n < 8; n++) {
      await log.sql(`INSERT INTO orders SELECT 'a', ${next} + i, 'n' FROM generate_series(1, ${n + 1}) i`);
      next += n + 1;
    }
    await log.sql(`BEGIN; DELETE FROM orders WHERE tenant_id = 'a'; UPDATE named SET note = 'n'; COMMIT`);
    await shipLog(log.ctx);
    const listed = [];
    for await (const transaction of describeLog(log.ctx, log.ref('a'), { from })) listed.push(transaction);
    const [entry] = (await entries(from)).filter(each => each.tenant === log.ref('a'));
    const { largest } = entry!.activity!;
    expect(largest.length).toBeGreaterThanOrEqual(3);
    for (const { lsn, xid, time, tables } of largest) {
      const same = listed.find(transaction => transaction.lsn === lsn)!;
      expect({ xid, time, tables }).toEqual({ xid: same.xid, time: same.time, tables: [...same.tables].sort(byTable) });
    }
  });

  it('counts a truncation with what no tenant is proved for', async () => {
    const from = await position();
    await log.sql(`INSERT INTO weak VALUES (${next}, 'a', 'x'); DELETE FROM weak; TRUNCATE orders, weak, countries`);
    await shipLog(log.ctx);
    const unrouted = (await entries(from)).find(entry => entry.tenant === log.ref('-'));
    const none = { insert: 0, update: 0, delete: 0 };
    expect(unrouted!.activity!.tables).toEqual([
      { table: 'public.orders', ...none, truncate: 1 },
      { table: 'public.weak', ...none, delete: 1, truncate: 1 },
    ]);
  });

  it('is in the indexes as in the runs, and not in the catalog', async () => {
    const ctx = {
      ...log.ctx,
      settings: { ...log.ctx.settings, logIndex: { minutes: 1e9, runs: 4, shardSegments: 1000 } },
    };
    const before = await position();
    for (let n = 0; n < 12; n++) {
      await log.sql(`INSERT INTO orders VALUES ('a', ${next++}, 'x')`);
      await shipLog(ctx);
    }
    const index = (await logIndexes.list(ctx.catalog, before)).at(-1)!;
    const [from, to] = [parseLsn(index.from), parseLsn(index.to)];
    const { runs: read, documents } = await readRunsBetween(ctx, log.ref('a'), from, to);
    expect(documents.some(({ key }) => key.startsWith('log/indexes/'))).toBe(true);
    const direct = await entries(from);
    const indexed = read.flatMap(run => run.body.segments).filter(entry => entry.activity !== undefined);
    expect(indexed.length).toBeGreaterThanOrEqual(4);
    for (const entry of indexed) expect(direct).toContainEqual(entry);
    for (const item of await segments.list(ctx.catalog, log.ref('a'))) expect(item.entry.activity).toBeUndefined();
  });
});

type Operation = readonly [table: string, op: 'insert' | 'update' | 'delete' | undefined, sql: string];

function statementsOf(kind: Statement['do'], tenant: string, rows: number, next: number): Operation[] {
  const many = `generate_series(${next + 1}, ${next + rows}) i`;
  const some = `(SELECT id FROM orders WHERE tenant_id = '${tenant}' ORDER BY id LIMIT ${rows})`;
  switch (kind) {
    case 'insert':
      return [['public.orders', 'insert', `INSERT INTO orders SELECT '${tenant}', i, 'x' FROM ${many}`]];
    case 'update':
      return [
        ['public.orders', 'update', `UPDATE orders SET note = 'y' WHERE tenant_id = '${tenant}' AND id IN ${some}`],
      ];
    case 'delete':
      return [['public.orders', 'delete', `DELETE FROM orders WHERE tenant_id = '${tenant}' AND id IN ${some}`]];
    case 'child':
      return [
        ['public.named', 'insert', `INSERT INTO named VALUES (${next + 1}, '${tenant}', 'x')`],
        ['public."Odd Lines"', 'insert', `INSERT INTO "Odd Lines" SELECT i, ${next + 1}, 'x' FROM ${many}`],
        ['public.named', 'update', `UPDATE named SET note = 'z' WHERE id = ${next + 1}`],
      ];
    default:
      return [
        ['', undefined, 'SAVEPOINT s'],
        ['', undefined, `INSERT INTO orders SELECT '${tenant}', i, 'gone' FROM ${many}`],
        ['', undefined, 'ROLLBACK TO s'],
      ];
  }
}

function dieAt(point: CrashPoint | null) {
  return (at: string) => {
    if (at === point) throw new Error('killed');
  };
}

function mustBeKilled(error: unknown): void {
  if (!(error instanceof Error) || error.message !== 'killed') throw error;
}

const byTable = (a: TableSum, b: TableSum) => (a.table < b.table ? -1 : 1);

function sorted(sums: Sums): TableSum[] {
  return sums.list().sort(byTable);
}
