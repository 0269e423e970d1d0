/**
 * The list of chunks in pages: what did not change is neither read, nor opened, nor written, and a page that does not open
 * costs a full read and no backup.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import type { Context } from '../../../lib/operations/context.ts';
import { shipLog } from '../../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import type { Vault } from '../../../lib/ports.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { ensurePublication } from '../../support/publication.ts';
import { readSnapshot, snapshotContext } from '../../support/snapshot-setup.ts';

const ONE = tenantId('1');
const MODEL = [
  { kind: 'root', table: 'public.tenants', column: 'id' },
  { kind: 'direct', table: 'public.notes', column: 'tenant_id' },
];
const PAGE = 10;

describe.each(PG_VERSIONS)('pages of a snapshot on PostgreSQL %i', version => {
  let db: TestDatabase;
  let deps: LocalDeps;
  let ctx: Context;

  beforeEach(async () => {
    db = await testDatabase(version);
    deps = await localDeps();
    await db.query(`CREATE TABLE tenants (id int PRIMARY KEY);
      CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL, body text);
      INSERT INTO tenants VALUES (1);
      INSERT INTO notes SELECT i * 10, 1, 'note ' || i FROM generate_series(1, 4000) i`);
    const settings = { chunkBytes: 100, blockBytes: 1000, pageChunks: PAGE, checkedChunks: 0 };
    ctx = {
      ...snapshotContext(deps, db.source, MODEL, settings),
      ...{ slot: `s_${db.name}`, publication: 'holdfast' },
    };
    await withConnection(ctx.source, 'test', connection => ensurePublication(ctx, connection));
    await shipLog(ctx);
  });

  afterEach(async () => {
    await db.drop();
    await deps.dispose();
  });

  const pagesOf = async (item: { key: string; sha256: string }) =>
    (await readSnapshot(ctx, ONE, item)).body.tables.find(({ table }) => table === 'public.notes')!.pages;

  /** Ranges read of the vault's packs. */
  function watched(): { ctx: Context; reads: string[] } {
    const reads: string[] = [];
    const get: Vault['get'] = (key, range) => {
      if (key.includes('/packs/')) reads.push(`${key} ${range?.offset}`);
      return deps.vault.get(key, range);
    };
    const vault = new Proxy(deps.vault, {
      get: (target, name) => {
        const own = (target as never as Record<string | symbol, unknown>)[name];
        return name === 'get' ? get : typeof own === 'function' ? own.bind(target) : own;
      },
    });
    return { ctx: { ...ctx, vault }, reads };
  }

  test('pages without a change are carried as they are, and not opened', async () => {
    const first = await takeSnapshot(ctx, ONE);
    const before = await pagesOf(first);
    expect(before.length).toBeGreaterThan(40);
    await db.query(`UPDATE notes SET body = 'changed' WHERE id IN (4000, 20000)`);
    await shipLog(ctx);
    const { ctx: watching, reads } = watched();
    const second = await takeSnapshot(watching, ONE);
    expect(second.chunks - second.reusedChunks).toBe(2);
    const after = await pagesOf(second);
    const places = new Set(before.map(page => JSON.stringify(page.stored)));
    const carried = after.filter(page => page.stored && places.has(JSON.stringify(page.stored)));
    expect(after.length - carried.length).toBeLessThanOrEqual(2);
    // The two pages that changed; neighbours only where a rest was tiny.
    expect(new Set(reads).size).toBeLessThanOrEqual(4);
    expect(carried.every(page => page.view?.snapshot.startsWith('log:'))).toBe(true);
  });

  test('a tenant without changes is carried whole', async () => {
    const first = await takeSnapshot(ctx, ONE);
    await shipLog(ctx);
    const { ctx: watching, reads } = watched();
    const second = await takeSnapshot(watching, ONE);
    expect(second).toMatchObject({ chunks: first.chunks, reusedChunks: second.chunks, storedBytes: 0 });
    expect(reads).toEqual([]);
    expect((await pagesOf(second)).map(page => page.stored)).toEqual((await pagesOf(first)).map(page => page.stored));
  });

  test('more changed keys than are remembered are placed in their chunks, and nothing else is read', async () => {
    await takeSnapshot(ctx, ONE);
    await db.query(`UPDATE notes SET body = 'changed' WHERE id % 40 = 0 AND id < 20000`);
    await shipLog(ctx);
    // Room for some ten keys at a time.
    const small = { ...ctx, settings: { ...ctx.settings, logMemoryBytes: 10_000 } };
    const second = await takeSnapshot(small, ONE);
    const { tables } = await readSnapshot(ctx, ONE, second);
    const live = await db.query(
      `SELECT string_agg(id || E'\t1\t' || body || E'\n', '' ORDER BY id) AS text FROM notes`,
    );
    expect(tables.get('public.notes')!.text).toBe(live[0].text);
    expect(second).toMatchObject({ read: 'changed' });
    expect(second.reusedChunks).toBeGreaterThan(second.chunks * 0.45);
    expect(tables.get('public.notes')!.chunks.some(chunk => chunk.view.startsWith('log:'))).toBe(true);
  });

  test('pages do not get ever smaller, nor larger, while rows come and go', async () => {
    await takeSnapshot(ctx, ONE);
    for (let day = 1; day <= 8; day++) {
      await db.query(`INSERT INTO notes SELECT ${50_000 + day * 1000} + i, 1, 'day ${day} ' || i FROM generate_series(1, 60) i;
        INSERT INTO notes SELECT 10000 + ${day} + i * 10, 1, 'between' FROM generate_series(1, 40) i;
        DELETE FROM notes WHERE id BETWEEN ${day * 3000} AND ${day * 3000 + 900}`);
      await shipLog(ctx);
      const item = await takeSnapshot(ctx, ONE);
      const { tables } = await readSnapshot(ctx, ONE, item);
      expect(tables.get('public.notes')!.rows).toBe(
        Number((await db.query('SELECT count(*) FROM notes WHERE tenant_id = 1'))[0].count),
      );
      const sizes = (await pagesOf(item)).map(page => page.chunks);
      expect(Math.max(...sizes)).toBeLessThan(PAGE * 1.5);
      expect(sizes.slice(0, -1).filter(size => size < PAGE / 4)).toEqual([]);
    }
  });

  test('a full read reads every change, also one that is not in the log yet, and stores nothing else', async () => {
    const first = await takeSnapshot(ctx, ONE);
    expect(first.chunks).toBeGreaterThan(500);
    await shipLog(ctx);
    const full = await takeSnapshot(ctx, ONE, { read: 'full' });
    expect(full).toMatchObject({ read: 'full', chunks: first.chunks, reusedChunks: full.chunks });
    // One change in the log, and others after it: each is read, wherever in a chunk it is.
    await db.query(`UPDATE notes SET body = 'one' WHERE id = 12340`);
    await shipLog(ctx);
    await db.query(`INSERT INTO notes VALUES (20005, 1, 'two'); DELETE FROM notes WHERE id = 30000;
      UPDATE notes SET body = 'three' WHERE id = 10; INSERT INTO notes VALUES (99999, 1, 'four')`);
    const again = await takeSnapshot(ctx, ONE, { read: 'full' });
    const { tables } = await readSnapshot(ctx, ONE, again);
    const live = await db.query(
      `SELECT string_agg(id || E'\\t1\\t' || body || E'\\n', '' ORDER BY id) AS text FROM notes`,
    );
    expect(tables.get('public.notes')!.text).toBe(live[0].text);
    expect(again.chunks - again.reusedChunks).toBeLessThanOrEqual(6);
    expect(deps.notices.filter(notice => notice.code === 'log-mismatch')).toEqual([]);
  });

  test.each(['auto', 'full'] as const)('a page that does not open costs a full read (%s)', async read => {
    const first = await takeSnapshot(ctx, ONE);
    const pages = await pagesOf(first);
    const pack = pages[20]!.stored!.pack;
    await db.query(`UPDATE notes SET body = 'changed' WHERE id IN (4000, 20000)`);
    await shipLog(ctx);
    await deps.tamper(pack, bytes => {
      const changed = Buffer.from(bytes);
      for (const page of pages) if (page.stored) changed[page.stored.offset + page.stored.length - 3]! ^= 1;
      return changed;
    });
    const second = await takeSnapshot(ctx, ONE, { read });
    expect(second.read).toBe('full');
    expect(deps.notices).toContainEqual(expect.objectContaining({ severity: 'alarm', code: 'base-unreadable' }));
    const { tables } = await readSnapshot(ctx, ONE, second);
    expect(tables.get('public.notes')!.rows).toBe(4000);
    expect(tables.get('public.notes')!.text).toContain('4000\t1\tchanged\n');
    deps.notices.length = 0;
    await shipLog(ctx);
    expect((await takeSnapshot(ctx, ONE)).reusedChunks).toBe(second.chunks);
    expect(deps.notices).toEqual([]);
  });
});
