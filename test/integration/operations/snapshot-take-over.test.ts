/** Chunks that are unchanged according to the change log: reused correctly, and detected when the log was wrong. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { TenantModel } from '../../../lib/domain/tenant-model.ts';
import type { Context } from '../../../lib/operations/context.ts';
import { awaitShipper, type ReachLog } from '../../../lib/operations/log/await-shipper.ts';
import { shipLog } from '../../../lib/operations/log/ship-log.ts';
import { planRestore } from '../../../lib/operations/restore/plan/plan-restore.ts';
import { commitSnapshot } from '../../../lib/operations/snapshot/commit-snapshot.ts';
import { planSnapshot } from '../../../lib/operations/snapshot/plan-snapshot.ts';
import { readPart } from '../../../lib/operations/snapshot/read-part.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { ensurePublication } from '../../support/publication.ts';
import { readSnapshot, snapshotContext } from '../../support/snapshot-setup.ts';

const MODEL = [
  { kind: 'root', table: 'public.tenants', column: 'id' },
  { kind: 'direct', table: 'public.items', column: 'tenant' },
  {
    kind: 'via',
    table: 'public.notes',
    path: [{ columns: ['item'], references: 'public.items', referencedColumns: ['id'] }],
  },
  { kind: 'direct', table: 'public.bare', column: 'tenant' },
];
const SCHEMA = `
CREATE TABLE tenants (id text COLLATE "C" PRIMARY KEY, name text);
CREATE TABLE items (tenant text COLLATE "C" NOT NULL, id int PRIMARY KEY, v text);
CREATE UNIQUE INDEX items_identity ON items (tenant, id);
ALTER TABLE items REPLICA IDENTITY USING INDEX items_identity;
CREATE TABLE notes (item int NOT NULL REFERENCES items ON DELETE CASCADE, code text COLLATE "en-x-icu" NOT NULL, body text, PRIMARY KEY (item, code));
CREATE TABLE bare (tenant text, n int);
INSERT INTO tenants VALUES ('a', 'A'), ('b', 'B');
INSERT INTO items SELECT CASE WHEN i % 3 = 0 THEN 'b' ELSE 'a' END, i * 10, md5(i::text) FROM generate_series(1, 400) i;
INSERT INTO notes SELECT id, 'Ä' || c, repeat('n', 20) FROM items, generate_series(1, 2) c;
INSERT INTO bare SELECT 'a', i FROM generate_series(1, 20) i;
`;
const A = tenantId('a');

/** One statement of the application; numbers pick rows. */
const change = fc.oneof(
  fc
    .nat(4100)
    .map(id => `INSERT INTO items VALUES ('a', ${id}, 'new') ON CONFLICT (id) DO UPDATE SET v = items.v || '!'`),
  fc.nat(400).map(i => `DELETE FROM items WHERE id = ${i * 10} AND tenant = 'a'`),
  fc.nat(400).map(i => `UPDATE items SET v = v || 'u' WHERE id = ${i * 10}`),
  fc
    .tuple(fc.nat(400), fc.nat(4100))
    .map(
      ([i, to]) =>
        `UPDATE items SET id = ${to} WHERE id = ${i * 10} AND NOT EXISTS (SELECT FROM items x WHERE x.id = ${to}) AND NOT EXISTS (SELECT FROM notes n WHERE n.item = ${i * 10})`,
    ),
  fc.nat(400).map(i => `UPDATE notes SET body = body || 'u' WHERE item = ${i * 10}`),
  fc
    .tuple(fc.nat(400), fc.string({ maxLength: 3 }))
    .map(
      ([i, code]) =>
        `INSERT INTO notes SELECT id, ${quoted(code)}, 'b' FROM items WHERE id = ${i * 10} ON CONFLICT DO NOTHING`,
    ),
  fc.nat(20).map(i => `UPDATE bare SET n = n + 100 WHERE n = ${i}`),
  fc.constant(`TRUNCATE notes`),
  fc.constant(`UPDATE tenants SET name = name || '.'`),
);

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''").replaceAll('\0', '')}'`;
}

describe.each(PG_VERSIONS)('reusing unchanged chunks on PostgreSQL %i', version => {
  let database: TestDatabase;
  let deps: LocalDeps;
  let ctx: Context;

  beforeEach(async () => {
    database = await testDatabase(version);
    deps = await localDeps();
    await database.query(SCHEMA);
    const base = snapshotContext(deps, database.source, MODEL, {
      ...{ chunkBytes: 700, blockBytes: 1400, pageChunks: 6 },
      checkedChunks: 0,
    });
    ctx = { ...base, slot: `s_${database.name}`, publication: 'holdfast' };
    await withConnection(ctx.source, 'test', connection => ensurePublication(ctx, connection));
    await shipLog(ctx);
  });

  afterEach(async () => {
    await database.drop();
    await deps.dispose();
  });

  const checking = (checkedChunks: number): Context => ({ ...ctx, settings: { ...ctx.settings, checkedChunks } });

  /**
   * One row contains the name of a view: when that is renamed, the row prints differently, without a change in the log.
   */
  async function snapshotOfNamed(): Promise<void> {
    await database.query(
      `CREATE VIEW named AS SELECT 1; ALTER TABLE items DROP COLUMN v, ADD COLUMN v regclass; UPDATE items SET v = 'named' WHERE id = 20`,
    );
    await shipLog(ctx);
    await takeSnapshot(ctx, A);
    await shipLog(ctx);
  }

  async function digests(item: { key: string; sha256: string }): Promise<Record<string, string[]>> {
    const { tables } = await readSnapshot(ctx, A, item);
    return Object.fromEntries(
      [...tables].map(([name, { rows, checksum, chunks }]) => [
        name,
        [`${rows} ${checksum}`, ...chunks.map(chunk => chunk.digest)],
      ]),
    );
  }

  test('an unchanged tenant is not read, and its snapshot is complete', async () => {
    const first = await takeSnapshot(ctx, A);
    await shipLog(ctx);
    const second = await takeSnapshot(ctx, A);
    expect(first.read).toBe('full');
    expect(second.read).toBe('changed');
    expect(second.storedBytes).toBe(0);
    expect(second.rows).toBe(first.rows);
    const { tables } = await readSnapshot(ctx, A, second);
    // Only the table without a key, which is not in the log, was read.
    const views = (name: string) => new Set(tables.get(name)!.chunks.map(chunk => chunk.view.startsWith('log:')));
    expect(views('public.items')).toEqual(new Set([true]));
    expect(views('public.bare')).toEqual(new Set([false]));
    expect(await digests(second)).toEqual(await digests(first));
  });

  test('after any changes, a snapshot that reuses chunks equals one that reads everything', async () => {
    await takeSnapshot(ctx, A);
    let tookOver = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async changes => {
        for (const sql of changes) await database.query(sql);
        await shipLog(ctx);
        const quick = await takeSnapshot(checking(3), A);
        const full = await takeSnapshot(ctx, A, { read: 'full' });
        tookOver += quick.read === 'changed' ? quick.reusedChunks : 0;
        const one = await readSnapshot(ctx, A, quick);
        const other = await readSnapshot(ctx, A, full);
        for (const [name, table] of other.tables) {
          expect({ name, text: one.tables.get(name)!.text }).toEqual({ name, text: table.text });
          expect(one.tables.get(name)!.checksum).toBe(table.checksum);
        }
      }),
      { numRuns: Number(process.env.HOLDFAST_RUNS ?? 12), endOnFailure: true },
    );
    expect(tookOver).toBeGreaterThan(50);
    expect(deps.notices.filter(notice => notice.code === 'log-mismatch')).toEqual([]);
  });

  test('a rewritten table and a new column are read in full, as the log does not contain their changes', async () => {
    await takeSnapshot(ctx, A);
    await database.query(
      `ALTER TABLE items ALTER COLUMN v TYPE text USING upper(v); ALTER TABLE notes ADD COLUMN extra int DEFAULT 7`,
    );
    await shipLog(ctx);
    const item = await takeSnapshot(ctx, A);
    const { tables } = await readSnapshot(ctx, A, item);
    expect(tables.get('public.items')!.text).toBe(
      tables.get('public.items')!.text.toUpperCase().replaceAll('\nA\t', '\na\t').replace(/^A/, 'a'),
    );
    expect(tables.get('public.notes')!.text.split('\n')[0]).toMatch(/\t7$/);
  });

  test.each([
    ['renamed', `ALTER TYPE mood RENAME VALUE 'b' TO 'other'`],
    [
      'exchanged',
      `ALTER TYPE mood RENAME VALUE 'a' TO 'x'; ALTER TYPE mood RENAME VALUE 'c' TO 'a'; ALTER TYPE mood RENAME VALUE 'x' TO 'c'`,
    ],
  ])('bounds with labels of an enum that were %s are not used', async (_, rename) => {
    await database.query(`CREATE TYPE mood AS ENUM ('a', 'b', 'c');
      CREATE TABLE moods (tenant text COLLATE "C", mood mood, n int, PRIMARY KEY (tenant, mood, n));
      INSERT INTO moods SELECT 'a', (enum_range(NULL::mood))[1 + i % 3], i FROM generate_series(1, 600) i`);
    const model = { ...ctx.model, tables: [{ kind: 'direct', table: 'public.moods', column: 'tenant' }, ...MODEL] };
    const own = { ...ctx, model: TenantModel.parse(model) };
    await withConnection(ctx.source, 'test', connection => ensurePublication(own, connection));
    await shipLog(own);
    await takeSnapshot(own, A);
    await database.query(
      `UPDATE moods SET n = n + 1000 WHERE n = 300; ${rename}; UPDATE moods SET n = n + 1000 WHERE n = 301`,
    );
    await shipLog(own);
    for (const read of ['auto', 'full'] as const) {
      const { tables } = await readSnapshot(own, A, await takeSnapshot(own, A, { read }));
      const [live] = await database.query(
        `SELECT string_agg(concat_ws(E'\t', tenant, mood, n) || E'\n', '' ORDER BY mood, n) AS text FROM moods`,
      );
      expect(tables.get('public.moods')!.text).toBe(live.text);
      deps.clock.advance(1000);
    }
  });

  test('a row that changed without the log is found by a full read: alarm, error, and the full snapshot is kept', async () => {
    await snapshotOfNamed();
    await database.query('ALTER VIEW named RENAME TO behind');
    await shipLog(ctx);
    const quick = await takeSnapshot(ctx, A);
    expect((await readSnapshot(ctx, A, quick)).tables.get('public.items')!.text).not.toContain('behind');
    deps.clock.advance(1000);
    await expect(takeSnapshot(ctx, A, { read: 'full' })).rejects.toMatchObject({ code: 'log-mismatch' });
    deps.clock.advance(1000);
    expect(deps.notices.filter(notice => notice.code === 'log-mismatch')).toMatchObject([{ severity: 'alarm' }]);
    const after = await takeSnapshot(ctx, A);
    expect((await readSnapshot(ctx, A, after)).tables.get('public.items')!.text).toContain('behind');
  });

  test('a row that changed without the log is found once its chunk is checked: alarm, suspect, read again', async () => {
    await snapshotOfNamed();
    deps.clock.advance(1000);
    // All are checked, and all are unchanged: nothing is stored again.
    const first = await takeSnapshot(checking(1000), A);
    expect(first).toMatchObject({ read: 'changed', reusedChunks: first.chunks });
    // In the log, but not shipped yet: no mismatch.
    await database.query(`UPDATE items SET v = 'notes' WHERE id = 3980`);
    deps.clock.advance(1000);
    await takeSnapshot(checking(1000), A);
    expect(deps.notices).toEqual([]);
    await database.query('ALTER VIEW named RENAME TO behind');
    const [{ lsn }] = await database.query('SELECT pg_current_wal_insert_lsn()::text AS lsn');
    await shipLog(ctx);
    deps.clock.advance(1000);
    await planRestore(ctx, A, lsn, { exclude: ['bare'] });
    await expect(takeSnapshot(checking(1000), A)).rejects.toMatchObject({
      code: 'log-mismatch',
      details: { tables: [{ table: 'public.items', chunks: 1 }] },
    });
    expect(deps.notices.filter(({ code }) => code === 'log-mismatch')).toMatchObject([{ severity: 'alarm' }]);
    expect((await shipLog(ctx)).gaps).toContainEqual(
      expect.objectContaining({ reason: 'suspect', tables: ['public.items'] }),
    );
    await expect(planRestore(ctx, A, lsn, { exclude: ['bare'] })).rejects.toMatchObject({ code: 'tables-in-gap' });
    await planRestore(ctx, A, lsn, { exclude: ['items', 'notes', 'bare'] });
    deps.clock.advance(1000);
    const after = await takeSnapshot(ctx, A);
    expect((await readSnapshot(ctx, A, after)).tables.get('public.items')!.text).toContain('behind');
    await shipLog(ctx);
    await planRestore(ctx, A, 'latest', { exclude: ['bare'] });
  });

  test('a process that cannot ship waits for the shipper, and compares once the log is there', async () => {
    await takeSnapshot(ctx, A);
    await database.query(`UPDATE items SET v = 'later' WHERE id = 20`);
    const inSteps = async (reach: ReachLog) => {
      deps.clock.advance(1000);
      const planned = await planSnapshot(ctx, { tenant: A, read: 'full', reason: 'manual' });
      for (const part of planned.parts) await readPart(ctx, part);
      return commitSnapshot(ctx, planned, reach);
    };
    let waits = 0;
    const shipping = awaitShipper(60_000, async () => {
      waits += 1;
      await shipLog(ctx);
    });
    await inSteps(shipping);
    expect(waits).toBe(1);
    expect(deps.notices.filter(({ code }) => /^log-/.test(code))).toEqual([]);

    await database.query(`UPDATE items SET v = 'later still' WHERE id = 3980`);
    const item = await inSteps(awaitShipper(60_000, async () => {}));
    expect(deps.notices.filter(({ code }) => /^log-/.test(code))).toMatchObject([
      { severity: 'info', code: 'log-comparison-undecided', details: { reason: 'log-behind' } },
    ]);
    expect((await readSnapshot(ctx, A, item)).tables.get('public.items')!.text).toContain('later still');
  });

  test('changes committed after the last shipped run are not a mismatch', async () => {
    await takeSnapshot(ctx, A);
    await database.query(`UPDATE items SET v = 'later' WHERE id = 20`);
    const full = await takeSnapshot(ctx, A, { read: 'full' });
    expect((await readSnapshot(ctx, A, full)).tables.get('public.items')!.text).toContain('later');
    expect(deps.notices).toEqual([]);
  });

  test('a week after the last full read everything is read again', async () => {
    await takeSnapshot(ctx, A);
    deps.clock.advance(6 * 24 * 3600 * 1000);
    await shipLog(ctx);
    expect((await takeSnapshot(ctx, A)).read).toBe('changed');
    deps.clock.advance(25 * 3600 * 1000);
    await shipLog(ctx);
    expect((await takeSnapshot(ctx, A)).read).toBe('full');
  });
});
