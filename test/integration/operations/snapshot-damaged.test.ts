/**
 * Objects of the newest snapshot that are damaged or missing never stop backups: the next snapshot, or the next full read
 * where nothing had to open them, is whole without them, and an alarm is raised.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import type { Context } from '../../../lib/operations/context.ts';
import { shipLog } from '../../../lib/operations/log/ship-log.ts';
import { type SnapshotResult, takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { ensurePublication } from '../../support/publication.ts';
import { readSnapshot, snapshotContext } from '../../support/snapshot-setup.ts';

const ONE = tenantId('1');
const MODEL = [
  { kind: 'root', table: 'public.tenants', column: 'id' },
  { kind: 'direct', table: 'public.notes', column: 'tenant_id' },
  { kind: 'direct', table: 'public.named', column: 'tenant_id' },
  { kind: 'direct', table: 'public.bare', column: 'tenant_id' },
];
const SCHEMA = `
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE tenants (id int PRIMARY KEY);
CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL, body text);
CREATE TABLE named (tenant_id int, name text COLLATE "loose", PRIMARY KEY (tenant_id, name));
CREATE TABLE bare (tenant_id int, body text);
INSERT INTO tenants VALUES (1);
INSERT INTO notes SELECT i, 1, 'note ' || i FROM generate_series(1, 200) i;
INSERT INTO named SELECT 1, 'name ' || i FROM generate_series(1, 600) i;
INSERT INTO bare SELECT 1, 'bare ' || i FROM generate_series(1, 600) i;
`;

describe.each(PG_VERSIONS)('after damage to the newest snapshot on PostgreSQL %i', version => {
  let db: TestDatabase;
  let deps: LocalDeps;
  let ctx: Context;

  beforeEach(async () => {
    db = await testDatabase(version);
    deps = await localDeps();
    await db.query(SCHEMA);
    const settings = { chunkBytes: 60, blockBytes: 500, pageChunks: 3, checkedChunks: 0, packBytes: 3000 };
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

  const TABLES = ['public.notes', 'public.named', 'public.bare'];

  /** Damages the packs of a table's rows, or those of its list of chunks, in the newest snapshot; then a row changes. */
  async function damaged(table: string, what: 'rows' | 'list', change: (bytes: Buffer) => Buffer | undefined) {
    const { body } = await readSnapshot(ctx, ONE, await takeSnapshot(ctx, ONE));
    const { pages } = body.tables.find(stored => stored.table === table)!;
    const packs = pages.flatMap(({ packs: rows, stored }) =>
      what === 'rows' ? rows.map(({ key }) => key) : stored ? [stored.pack] : [],
    );
    expect(packs.length).toBeGreaterThan(0);
    for (const pack of new Set(packs)) await deps.tamper(pack, change);
    await db.query(`UPDATE notes SET body = 'changed' WHERE id = 150`);
    await shipLog(ctx);
    deps.clock.advance(1000);
  }

  async function expectWhole(item: SnapshotResult): Promise<void> {
    const { tables } = await readSnapshot(ctx, ONE, item);
    expect([...tables].map(([name, { rows }]) => `${name} ${rows}`)).toEqual([
      ...['public.tenants 1', 'public.notes 200', 'public.named 600', 'public.bare 600'],
    ]);
    expect(tables.get('public.notes')!.text).toContain('changed');
    expect(deps.notices).toContainEqual(expect.objectContaining({ severity: 'alarm', code: 'base-unreadable' }));
  }

  test.each(TABLES)('a missing list of chunks of %s is replaced by the next snapshot', async table => {
    await damaged(table, 'list', () => undefined);
    await expectWhole(await takeSnapshot(ctx, ONE));
  });

  test.each(TABLES)('missing rows of %s are replaced by the next snapshot', async table => {
    await damaged(table, 'rows', () => undefined);
    await expectWhole(await takeSnapshot(ctx, ONE));
  });

  test.each(TABLES)('a truncated list of chunks of %s is replaced by the next snapshot', async table => {
    await damaged(table, 'list', bytes => bytes.subarray(1));
    await expectWhole(await takeSnapshot(ctx, ONE));
  });

  test.each(TABLES)('an altered list of chunks of %s is replaced by the next full read', async table => {
    await damaged(table, 'list', bytes => {
      for (let at = 0; at < bytes.length; at += 10) bytes[at]! ^= 1;
      return bytes;
    });
    await takeSnapshot(ctx, ONE);
    deps.clock.advance(1000);
    await expectWhole(await takeSnapshot(ctx, ONE, { read: 'full' }));
  });
});
