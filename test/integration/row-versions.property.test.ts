/**
 * For any history of transactions: the versions that are recorded of a tenant's rows give, at every moment of their
 * range, the rows that a reader saw then; `history` of every row tells its life as the reader saw it; and `find` names
 * the last moment at which a row was as the predicate says. The histories are those of R1.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLsn } from '../../lib/domain/lsn.ts';
import type { FoundRow, RowChange, RowHistory, RowTextsByColumn } from '../../lib/domain/row-life.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import type { Context } from '../../lib/operations/context.ts';
import { findRows } from '../../lib/operations/incident/find-rows.ts';
import { rowHistory } from '../../lib/operations/incident/row-history.ts';
import { type StagedVersions, stageVersions } from '../../lib/operations/incident/stage-versions.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { listStagingAreas } from '../../lib/postgres/staging/staging-area.ts';
import { type History, histories, isDocumentedRefusal, type Remembered, TENANTS } from '../support/history.ts';
import { type HistoryDatabase, historyDatabase } from '../support/history-database.ts';
import { historiesPerVersion, playOptions, REPLAYS } from '../support/played-histories.ts';
import { PG_VERSIONS } from '../support/postgres.ts';

const RUNS = historiesPerVersion(40);
/** Of an ordinary run: few histories have a row that stops being as the predicate says, and this run has some. */
const SEED = 7;
const TABLES = ['public.a', 'public.b', 'public.c', 'public."D d"'];
/** Of the model's rows, what identifies one among the tenant's: as `history` takes it. */
const COLUMNS: Record<string, string[]> = {
  'public.a': ['id', 'tenant_id', 'v', 'big', 'self'],
  'public.b': ['id', 'a_id', 'v', 'big'],
  'public.c': ['id', 'b_id', 'v'],
  'public."D d"': ['tenant_id', 'code', 'n', 'V v', 'big'],
};

/** Columns of the key, without the tenant column; of the child as the history's shape has it. */
const KEYS: Record<string, string[]> = {
  'public.a': ['id'],
  'public.b': ['id'],
  'public.c': ['id'],
  'public."D d"': ['code', 'n'],
};

describe.each(PG_VERSIONS)('versions of rows on PostgreSQL %i', version => {
  let database: HistoryDatabase;
  const seen = { states: 0, lives: 0, changes: 0, found: 0, ended: 0, refused: 0 };

  beforeAll(async () => {
    database = await historyDatabase(version);
  });
  afterAll(() => database.drop());

  it(
    'are those that a reader saw',
    async () => {
      const property = fc.asyncProperty(histories, history => play(history));
      await fc.assert(property, playOptions(RUNS, SEED));
      console.log(`versions on PostgreSQL ${version}: ${JSON.stringify(seen)} of ${RUNS} histories`);
      if (!REPLAYS) expect(seen.states).toBeGreaterThan(seen.refused * 5);
      if (!REPLAYS) expect(Math.min(seen.lives, seen.changes, seen.found)).toBeGreaterThan(RUNS / 10);
      if (!REPLAYS && RUNS >= 20) expect(seen.ended).toBeGreaterThan(0);
    },
    Math.max(600_000, RUNS * 60_000),
  );

  // Batches are small: rows of one transaction come in several.
  const settings = { chunkBytes: 150, pageChunks: 2, logMemoryBytes: 4_000 };

  async function play(history: History): Promise<void> {
    KEYS['public.b'] = history.shape.childKey === 'id' ? ['id'] : ['a_id', 'id'];
    await database.protect(history, settings, async ({ ctx, run }) => {
      const { moments } = await run();
      for (const { tenant, table } of liveliest(moments).slice(0, 4))
        await whereAllowed(() => compareTable(ctx, moments, tenant, table));
      const areas = await withConnection(database.db.source, 'test', listStagingAreas);
      expect(areas, 'schemas that were left over').toEqual([]);
    });
  }

  async function whereAllowed(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isDocumentedRefusal(error)) throw error;
      seen.refused += 1;
    }
  }

  async function compareTable(ctx: Context, all: readonly Remembered[], tenant: number, table: string): Promise<void> {
    const id = tenantId(String(tenant));
    const versions = await stageVersions(ctx, id, { table });
    const moments = all.filter(({ after }) => parseLsn(after) > versions.from.lsn);
    const states = moments.map(({ states: at }) => at.get(tenant)![table]!);
    try {
      for (const [index, { after }] of moments.entries()) {
        expect(await stateOf(versions, after), `tenant ${tenant}, ${table} at ${after}`).toEqual(states[index]);
        seen.states += 1;
      }
    } finally {
      await versions.drop();
    }
    const rows = states.map(state => stateOfKey(table, state));
    const keys = new Set(rows.flatMap(state => [...state.keys()]));
    for (const key of [...keys].slice(0, 4)) await compareLife(ctx, { id, table, moments, rows }, key);
    await compareFound(ctx, { id, table, moments, rows });
  }

  interface Model {
    readonly id: ReturnType<typeof tenantId>;
    readonly table: string;
    readonly moments: readonly Remembered[];
    /** After each moment: key → row. */
    readonly rows: readonly ReadonlyMap<string, string>[];
  }

  async function compareLife(ctx: Context, { id, table, moments, rows }: Model, key: string): Promise<void> {
    const life = await rowHistory(ctx, id, { table, key: JSON.parse(key), limit: 1000 });
    const changes = [...life.changes].reverse();
    for (const [index, { after }] of moments.entries()) {
      const told = rowAt(life, changes, { table, key, at: after });
      if (told === 'untold') continue;
      expect(told, `${table} ${key} of tenant ${id} at ${after}: ${JSON.stringify(life, null, 1)}`).toBe(
        rows[index]!.get(key) ?? null,
      );
      seen.changes += 1;
    }
    seen.lives += 1;
  }

  async function compareFound(ctx: Context, { id, table, moments, rows }: Model): Promise<void> {
    const [name, field] = table === 'public."D d"' ? ['"V v"', 'V v'] : ['v', 'v'];
    const isLike = (row: string | undefined) => row !== undefined && Number(valuesOf(table, row)[field] ?? 'x') < 50;
    const found = await findRows(ctx, id, { table, predicate: `${name} < 50`, deleted: false, limit: 1000 });
    const last = rows.at(-1);
    if (last === undefined) return;
    expect(found.counts.live).toBe([...last.values()].filter(isLike).length);
    for (const row of found.rows) {
      const key = idOf(table, row.key);
      expect(row.fate === 'live', `${key} is live`).toBe(isLike(last.get(key)));
      seen.found += 1;
      const end = row.ended && moments.findIndex(({ after }) => parseLsn(after) > parseLsn(row.ended!.lsn));
      if (end === null || end < 0) continue;
      const before = stateOfKey(table, moments[end]!.statesBefore.get(Number(id))![table]!).get(key);
      expect(isLike(before), `${table} ${key} was like this before ${row.ended!.lsn}`).toBe(true);
      expect(isLike(rows[end]!.get(key)), `${table} ${key} is not after ${row.ended!.lsn}`).toBe(false);
      for (const later of rows.slice(end)) expect(isLike(later.get(key)), `${table} ${key} later`).toBe(false);
      seen.ended += 1;
    }
    expectAllFound(found.rows, { table, rows, isLike });
  }
});

/** The tenants' tables, those with the most states first. */
function liveliest(moments: readonly Remembered[]): { tenant: number; table: string }[] {
  const statesOf = (tenant: number, table: string) =>
    new Set(moments.map(({ states }) => JSON.stringify(states.get(tenant)![table]))).size;
  return TENANTS.flatMap(tenant => TABLES.map(table => ({ tenant, table, states: statesOf(tenant, table) })))
    .filter(({ states }) => states > 1)
    .sort((a, b) => b.states - a.states);
}

/** A row that is not found went on as it was under another key: then a row of that content is in a later state. */
function expectAllFound(
  found: readonly FoundRow[],
  model: { table: string; rows: readonly ReadonlyMap<string, string>[]; isLike: (row: string | undefined) => boolean },
): void {
  const { table, rows, isLike } = model;
  const listed = new Set(found.map(({ key }) => idOf(table, key)));
  const lasts = new Map<string, number>();
  for (const [index, state] of rows.entries()) for (const [key, row] of state) if (isLike(row)) lasts.set(key, index);
  for (const [key, index] of lasts) {
    if (listed.has(key)) continue;
    const next = rows[index + 1];
    const others = [...(next ?? [])].filter(([other, row]) => other !== key && isLike(row) && !rows[index]!.has(other));
    expect(others.length, `${table} ${key} was like this at moment ${index} and is not found`).toBeGreaterThan(0);
  }
}

async function stateOf({ tables }: StagedVersions, at: string): Promise<string[]> {
  const { connection, events, stage, transactions } = tables;
  const order = [...stage.columns].sort((a, b) => a.number - b.number).map(({ physical }) => physical);
  const row = (alias: string) => `ROW(${order.map(name => `${alias}.${name}`).join(', ')})::text`;
  const keys = tables.key.map(number => `c${number}`);
  const same = keys.map(name => `e.${name} = k.${name}`).join(' AND ');
  const number = await connection.query(`SELECT _tx, lsn FROM ${transactions} ORDER BY _tx`);
  const last = number.rows.filter(({ lsn }) => parseLsn(lsn) < parseLsn(at)).at(-1)?._tx ?? 0;
  const { rows } = await connection.query(
    `WITH k AS (SELECT ${keys.join(', ')} FROM ${events.staged} UNION SELECT ${keys.join(', ')} FROM ${stage.staged})
     SELECT n.row FROM k CROSS JOIN LATERAL (
       SELECT existed, row FROM (
         SELECT _tx, _n, e._existed AS existed, ${row('e')} AS row FROM ${events.staged} AS e WHERE ${same} AND e._tx > ${last}
         UNION ALL SELECT 9223372036854775807, 0, true, ${row('e')} FROM ${stage.staged} AS e WHERE ${same}) AS q
       ORDER BY _tx, _n LIMIT 1) AS n WHERE n.existed`,
  );
  return rows.map(found => found.row).sort();
}

/** The values of a row that PostgreSQL printed. */
function valuesOf(table: string, row: string): RowTextsByColumn {
  const fields = [...row.slice(1, -1).matchAll(/(?:^|,)(?:"((?:[^"\\]|""|\\.)*)"|([^,"]*))/g)];
  const values = fields.map(([, quoted, plain]) =>
    quoted === undefined ? (plain === '' ? null : plain!) : quoted.replaceAll(/""|\\(.)/g, (whole, c) => c ?? whole[0]),
  );
  return Object.fromEntries(COLUMNS[table]!.map((name, index) => [name, values[index] ?? null]));
}

/** The key as `history` takes it, without the tenant column. */
function idOf(table: string, values: RowTextsByColumn): string {
  return JSON.stringify(KEYS[table]!.map(name => values[name]));
}

/** By key. */
function stateOfKey(table: string, state: readonly string[]): Map<string, string> {
  return new Map(state.map(row => [idOf(table, valuesOf(table, row)), row]));
}

/** The row under the key at a moment, as its history tells. */
function rowAt(
  life: RowHistory,
  changes: readonly RowChange[],
  { table, key, at }: { table: string; key: string; at: string },
): string | null | 'untold' {
  const isKey = (values: RowTextsByColumn | undefined) => values !== undefined && idOf(table, values) === key;
  const touching = changes.filter(change => isKey(change.key) || isKey(change.keyBefore));
  const past = touching.filter(({ transaction }) => transaction !== null && parseLsn(transaction.lsn) < parseLsn(at));
  const last = past.filter(({ transaction }) => transaction!.lsn === past.at(-1)!.transaction!.lsn);
  const arrived = last.find(({ op, key: now }) => isKey(now) && (op === 'insert' || op === 'update'));
  if (arrived) return rowText(table, arrived.row);
  if (last.length > 0) return null;
  const [first] = touching;
  if (first === undefined) return life.first && isKey(life.first) ? rowText(table, life.first) : 'untold';
  const begins = touching.filter(({ transaction }) => transaction?.lsn === first.transaction?.lsn);
  const left = begins.find(
    ({ op, key: then, keyBefore }) => isKey(keyBefore) || (isKey(then) && op !== 'insert' && keyBefore === undefined),
  );
  if (left === undefined) return null;
  return isKey(life.first ?? undefined) ? rowText(table, life.first!) : 'untold';
}

function rowText(table: string, row: RowTextsByColumn): string {
  const fields = COLUMNS[table]!.map(name => {
    const value = row[name] ?? null;
    if (value === null) return '';
    return value === '' || /[",()\\\s]/.test(value)
      ? `"${value.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`
      : value;
  });
  return `(${fields.join(',')})`;
}
