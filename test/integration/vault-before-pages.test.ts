/**
 * A vault whose manifests list every chunk (format 1): it is read as it is, and the next snapshot builds on it, with its
 * list in pages.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SnapshotBody } from '../../lib/domain/snapshot-body.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { verifyBackup } from '../../lib/operations/verify/verify-backup.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { readSourceIdentity } from '../../lib/postgres/server/source-identity.ts';
import { modelOf } from '../support/hand-staging.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { readSnapshot } from '../support/snapshot-setup.ts';
import { liveState, stateAt } from '../support/staged-world.ts';
import { type StoredVault, storedVault } from '../support/stored-vault.ts';

const ONE = tenantId('1');
const MODEL = modelOf([
  { kind: 'root', table: 'public.tenants', column: 'id' },
  { kind: 'direct', table: 'public.notes', column: 'tenant_id' },
  { kind: 'direct', table: 'public.plain', column: 'tenant_id' },
  { kind: 'direct', table: 'public.empty', column: 'tenant_id' },
]);
/** As the vault has the tenant at its end, but for one row. */
const SCHEMA = `
  CREATE TABLE tenants (id int PRIMARY KEY, name text);
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL, body text);
  CREATE TABLE plain (tenant_id int NOT NULL, body text COLLATE "C", PRIMARY KEY (tenant_id, body));
  CREATE TABLE empty (id int PRIMARY KEY, tenant_id int NOT NULL);
  ALTER TABLE notes REPLICA IDENTITY FULL;
  ALTER TABLE plain REPLICA IDENTITY FULL;
  INSERT INTO tenants VALUES (1, 'one'), (2, 'two');
  INSERT INTO notes SELECT i, 1, 'note ' || i FROM generate_series(10, 24000, 10) i;
  INSERT INTO plain SELECT 1, 'p' || i FROM generate_series(1, 40) i;
  UPDATE notes SET body = 'changed' WHERE id = 5000;
  DELETE FROM notes WHERE id BETWEEN 40 AND 90;
  INSERT INTO notes VALUES (90000, 1, 'new'), (15, 1, 'between');
  UPDATE notes SET body = 'on the new server' WHERE id = 6000`;

describe.each(PG_VERSIONS)('a vault whose manifests list every chunk, on PostgreSQL %i', version => {
  let db: TestDatabase;
  let ctx: Context;
  let stored: StoredVault;
  beforeEach(async () => {
    db = await testDatabase(version);
    await db.query(SCHEMA);
    stored = await storedVault('vault-before-pages', db, MODEL, { chunkBytes: 24, blockBytes: 2048, pageChunks: 50 });
    ({ ctx } = stored);
  });
  afterEach(async () => {
    await stored.dispose();
    await db.drop();
  });

  const snapshots = async () =>
    (await backups.list(ctx.catalog, refOf(ctx, ONE)))
      .filter(({ kind }) => kind === 'snapshot')
      .sort((a, b) => (a.toTime < b.toTime ? -1 : 1));

  it('is listed with its counts, verified, and restores every moment', async () => {
    expect(await snapshots()).toMatchObject([
      { chunks: 1211, reusedChunks: 0, read: 'full' },
      { chunks: 1210, reusedChunks: 1204, read: 'changed' },
    ]);
    expect((await verifyBackup(ctx, ONE)).rows).toBeGreaterThan(2000);
    for (const { time, state } of stored.moments) expect(await stateAt(ctx, '1', time), time).toEqual(state);
    for (const { time, state } of stored.moments) expect(await stateAt(ctx, '1', time, true), time).toEqual(state);
  });

  it('is what the next snapshot builds on: unchanged chunks are not stored again, and old moments stay', async () => {
    const { system, timeline } = await withConnection(ctx.source, 'test', readSourceIdentity);
    await shipLog(ctx, { newEpoch: `${system}/${timeline}` });
    const next = await takeSnapshot(ctx, ONE);
    expect(next.chunks - next.reusedChunks).toBe(1);
    const expected = { tenant: refOf(ctx, ONE), kind: 'snapshot', sha256: next.sha256 } as const;
    const { header, body } = await readManifest(ctx, next.key, SnapshotBody, expected);
    expect(header.format).toBe('holdfast.manifest/2');
    const { pages } = body.tables.find(({ table }) => table === 'public.notes')!;
    expect(pages.length).toBeGreaterThan(15);
    expect(pages.filter(page => page.stored).length).toBeGreaterThan(15);
    expect((await readSnapshot(ctx, ONE, next)).tables.get('public.notes')!.rows).toBe(2396);
    await shipLog(ctx);
    expect(await stateAt(ctx, '1', 'latest')).toEqual(await liveState(ctx, '1'));
    for (const { time, state } of stored.moments) expect(await stateAt(ctx, '1', time), time).toEqual(state);
  });
});
