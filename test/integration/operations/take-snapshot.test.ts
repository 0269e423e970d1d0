import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CrashPoint } from '../../../lib/domain/crash-point.ts';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { backups, heads } from '../../../lib/operations/catalog/catalog-index.ts';
import { type Context, refOf } from '../../../lib/operations/context.ts';
import { rebuildTenant } from '../../../lib/operations/rebuild/rebuild-tenant.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { readHeader } from '../../../lib/operations/storage/manifest-store.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { NASTY_MODEL, NASTY_ROWS, NASTY_SCHEMA, ORDER_LINE } from '../../support/nasty-schema.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { readSnapshot, snapshotContext } from '../../support/snapshot-setup.ts';

const ONE = tenantId('1');

describe.each(PG_VERSIONS)('a snapshot on PostgreSQL %i', version => {
  let database: TestDatabase;
  let deps: LocalDeps;
  let ctx: Context;

  beforeEach(async () => {
    database = await testDatabase(version);
    deps = await localDeps();
  });

  afterEach(async () => {
    await database.drop();
    await deps.dispose();
  });

  async function copyText(sql: string): Promise<string> {
    const columns = await database.query(
      `SELECT string_agg(quote_ident(c), ', ') AS c FROM (SELECT json_object_keys(row_to_json(x)) AS c FROM (${sql} LIMIT 1) x) y WHERE c <> 'total'`,
    );
    return columns[0].c;
  }

  test('contains every kind of value, key and table exactly as the database prints them', async () => {
    await database.query(NASTY_SCHEMA);
    await database.query(NASTY_ROWS);
    ctx = snapshotContext(deps, database.source, NASTY_MODEL, { chunkBytes: 600, blockBytes: 900 });
    const item = await takeSnapshot(ctx, ONE);
    const { body, tables } = await readSnapshot(ctx, ONE, item);
    expect(tables.get(ORDER_LINE)!.rows).toBe(40);
    expect(tables.get(ORDER_LINE)!.chunks.length).toBeGreaterThan(5);
    expect(tables.get('public.events')!.rows).toBe(60);
    expect(tables.get('public.event_notes')!.rows).toBe(60);
    expect(tables.get('public.pick')!.rows).toBe(40);
    expect(tables.get('public.keyless')!.rows).toBe(15);
    expect(tables.get('public.animals')!.text).toBe('1\t1\n');
    expect(tables.get('public.dogs')!.text).toBe('3\t1\tpoodle\n');
    expect(item.unprotected).toEqual([]);
    expect(item.rows).toBe(body.tables.reduce((sum, table) => sum + table.rows, 0));
    // Loaded again through COPY: the rows are those of the tenant, in key order, and the checksums agree.
    for (const table of body.tables) {
      const columns = table.columns.map(name => `"${name.replaceAll('"', '""')}"`).join(', ');
      await database.query(
        `DROP TABLE IF EXISTS public.back; CREATE TABLE public.back AS SELECT ${columns} FROM ${table.table} LIMIT 0`,
      );
      await copyIn(database, `COPY public.back (${columns}) FROM STDIN`, tables.get(table.table)!.text);
      const [difference] = await database.query(
        `SELECT (SELECT count(*) FROM public.back) AS back,
                (SELECT count(*) FROM (SELECT b::text FROM public.back b EXCEPT ALL SELECT s::text FROM (SELECT ${columns} FROM ONLY_OR_ALL) s) d) AS extra`.replace(
          'ONLY_OR_ALL',
          body.schema.tables.find(found => found.table === table.table)!.kind === 'p'
            ? table.table
            : `ONLY ${table.table}`,
        ),
      );
      expect(difference).toEqual({ back: String(table.rows), extra: '0' });
    }
    expect(await copyText(`SELECT * FROM ${ORDER_LINE}`)).toContain('Nr.');
  });

  test('one for a reason is signed and locked for its time with all that it needs, and listed so again by a rebuild', async () => {
    await database.query(
      'CREATE TABLE t (tenant int NOT NULL, id int PRIMARY KEY); INSERT INTO t VALUES (1, 1), (1, 2)',
    );
    ctx = snapshotContext(deps, database.source, [{ kind: 'direct', table: 'public.t', column: 'tenant' }]);
    const usual = await takeSnapshot(ctx, ONE, { reason: 'manual' });
    // Reuses what the one before has stored.
    const { unprotected: _, ...item } = await takeSnapshot(ctx, ONE, { reason: 'compliance' });
    expect(usual.keepUntil).toBeUndefined();
    const until = Date.parse(item.keepUntil!);
    expect(until).toBe(Date.parse(item.toTime) + 2557 * 24 * 3600 * 1000);
    const { header } = await readHeader(ctx, item.key, item.sha256);
    expect(header.objects.length).toBeGreaterThan(0);
    for (const key of [item.key, ...header.objects.map(object => object.key)])
      expect((await ctx.vault.head(key))!.retainUntil.getTime(), key).toBeGreaterThanOrEqual(until);
    await rebuildTenant(ctx, refOf(ctx, ONE));
    const listed = await backups.list(ctx.catalog, refOf(ctx, ONE));
    expect(listed.find(({ id }) => id === item.id)).toMatchObject({ keepUntil: item.keepUntil, reason: 'compliance' });
  });

  test('a second one stores nothing again, and only the changed chunk after a change', async () => {
    await database.query(`CREATE TABLE t (tenant int NOT NULL, id text COLLATE "en-x-icu" NOT NULL, v text, PRIMARY KEY (tenant, id));
      INSERT INTO t SELECT 1, md5(i::text), repeat('v', 50) || i FROM generate_series(1, 3000) i`);
    ctx = snapshotContext(deps, database.source, [{ kind: 'direct', table: 'public.t', column: 'tenant' }], {
      chunkBytes: 4000,
      blockBytes: 4000,
    });
    const first = await takeSnapshot(ctx, ONE);
    const again = await takeSnapshot(ctx, ONE);
    expect(again.reusedChunks).toBe(again.chunks);
    expect(again.storedBytes).toBe(0);
    const bounds = async (item: typeof first) =>
      (await readSnapshot(ctx, ONE, item)).tables.get('public.t')!.chunks.map(chunk => chunk.from);
    expect(await bounds(again)).toEqual(await bounds(first));
    await database.query(
      `UPDATE t SET v = 'new' WHERE id = md5('77'); INSERT INTO t VALUES (1, 'zz', 'last'); DELETE FROM t WHERE id = md5('78')`,
    );
    const third = await takeSnapshot(ctx, ONE);
    expect(await bounds(third)).toEqual(await bounds(first));
    expect(third.chunks - third.reusedChunks).toBeLessThanOrEqual(3);
    expect(third.chunks - third.reusedChunks).toBeGreaterThan(0);
    const { tables } = await readSnapshot(ctx, ONE, third);
    expect(tables.get('public.t')!.text).toContain('zz\tlast\n');
    expect(tables.get('public.t')!.rows).toBe(3000);
  });

  test('a full read finds chunks unchanged that are far larger than the target', async () => {
    await database.query(`CREATE TABLE t (tenant int NOT NULL, id int NOT NULL, v text, PRIMARY KEY (id));
      INSERT INTO t SELECT 1, i, repeat('v', 50) FROM generate_series(1, 1000) i`);
    const model = [{ kind: 'direct', table: 'public.t', column: 'tenant' }] as const;
    const first = await takeSnapshot(snapshotContext(deps, database.source, [...model], { chunkBytes: 5000 }), ONE);
    ctx = snapshotContext(deps, database.source, [...model], { chunkBytes: 1000 });
    const again = await takeSnapshot(ctx, ONE, { read: 'full' });
    expect({ chunks: again.chunks, stored: again.storedBytes }).toEqual({ chunks: first.chunks, stored: 0 });
    expect(again.reusedChunks).toBe(first.chunks);
  });

  test('chunks that outgrow their range are split, and emptied ones disappear', async () => {
    await database.query(`CREATE TABLE t (tenant int NOT NULL, id int NOT NULL, v text, PRIMARY KEY (id));
      INSERT INTO t SELECT 1, i * 10, repeat('v', 50) FROM generate_series(1, 2000) i`);
    ctx = snapshotContext(deps, database.source, [{ kind: 'direct', table: 'public.t', column: 'tenant' }], {
      chunkBytes: 5000,
      blockBytes: 5000,
    });
    const first = await takeSnapshot(ctx, ONE);
    await database.query(
      `DELETE FROM t WHERE id < 5000; INSERT INTO t SELECT 1, i, repeat('w', 50) FROM generate_series(10000, 10999) i WHERE i % 10 > 0`,
    );
    const second = await takeSnapshot(ctx, ONE);
    const { tables } = await readSnapshot(ctx, ONE, second);
    const { chunks } = tables.get('public.t')!;
    expect(chunks[0]!.from).toBeNull();
    expect(chunks.every(chunk => chunk.text.length > 0 && chunk.text.length <= 10_100)).toBe(true);
    expect(tables.get('public.t')!.rows).toBe(2000 - 499 + 900);
    expect(second.reusedChunks).toBeGreaterThan(10);
    expect(first.chunks).toBeGreaterThan(20);
  });

  test('an unknown tenant, and a second spelling of a known one, are refused and leave nothing behind', async () => {
    await database.query(`CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1)`);
    ctx = snapshotContext(deps, database.source, [{ kind: 'root', table: 'public.tenants', column: 'id' }]);
    for (const given of ['2', '01', ' 1', 'x', "1'; DROP TABLE tenants; --", '99999999999999999999']) {
      await expect(takeSnapshot(ctx, tenantId(given))).rejects.toMatchObject({ code: 'unknown-tenant' });
      expect(await backups.list(ctx.catalog, refOf(ctx, tenantId(given)))).toEqual([]);
    }
    expect(await database.query('SELECT count(*)::int AS n FROM tenants')).toEqual([{ n: 1 }]);
  });

  test('a table that the model does not name is reported with an alarm, and the rest is backed up', async () => {
    await database.query(
      `CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1); CREATE TABLE forgotten (tenant_id int)`,
    );
    ctx = snapshotContext(deps, database.source, [{ kind: 'root', table: 'public.tenants', column: 'id' }]);
    const item = await takeSnapshot(ctx, ONE);
    expect(item.unprotected).toEqual(['public.forgotten']);
    expect(item.rows).toBe(1);
    expect(deps.notices).toMatchObject([{ severity: 'alarm', code: 'model-mismatch' }]);
  });

  test('rows hidden by a policy fail the snapshot instead of being omitted', async () => {
    await database.query(`CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1), (2);
      ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON tenants USING (id = 2)`);
    const role = await database.role();
    await database.query(`GRANT SELECT ON tenants TO ${role.name}; GRANT pg_monitor TO ${role.name}`);
    ctx = snapshotContext(deps, role.source, [{ kind: 'root', table: 'public.tenants', column: 'id' }]);
    await expect(takeSnapshot(ctx, ONE)).rejects.toMatchObject({ code: 'rls-hides-rows' });
    expect(await backups.list(ctx.catalog, refOf(ctx, ONE))).toEqual([]);
  });

  test.each<CrashPoint>([
    'snapshot.after-part-pack',
    'snapshot.before-manifest',
    'snapshot.after-manifest',
    'snapshot.after-catalog',
  ])('killed at %s, the next run is clean and nothing listed is unreadable', async point => {
    await database.query(`CREATE TABLE tenants (id int PRIMARY KEY, v text); INSERT INTO tenants VALUES (1, 'a')`);
    ctx = snapshotContext(deps, database.source, [{ kind: 'root', table: 'public.tenants', column: 'id' }]);
    await takeSnapshot(ctx, ONE);
    await database.query(`UPDATE tenants SET v = 'b'`);
    const killed = {
      ...ctx,
      crash: (at: CrashPoint) => {
        if (at === point) throw new Error(`killed at ${at}`);
      },
    };
    await expect(takeSnapshot(killed, ONE)).rejects.toThrow('killed');
    for (const item of await backups.list(ctx.catalog, refOf(ctx, ONE))) await readSnapshot(ctx, ONE, item);
    const after = await takeSnapshot(ctx, ONE);
    const listed = await backups.list(ctx.catalog, refOf(ctx, ONE));
    expect(listed.length).toBe(point === 'snapshot.after-catalog' ? 3 : 2);
    expect((await readSnapshot(ctx, ONE, after)).tables.get('public.tenants')!.text).toBe('1\tb\n');
    expect((await heads.get(ctx.catalog, refOf(ctx, ONE)))!.item.id).toBe(after.id);
  });
});

async function copyIn(database: TestDatabase, sql: string, text: string): Promise<void> {
  const client = await database.connect();
  const { from } = await import('pg-copy-streams');
  const stream = client.query(from(sql));
  await new Promise((resolve, reject) => {
    stream.on('finish', resolve);
    stream.on('error', reject);
    stream.end(text);
  });
}
