/**
 * A vault that was written before source epochs: it is read as it is, and continues on another server. The fixture is a
 * stored copy, made by that version; it is not made again.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseLsn } from '../../lib/domain/lsn.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { epochOf } from '../../lib/domain/source-epoch.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { runs } from '../../lib/operations/catalog/catalog-index.ts';
import type { Context } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { rebuildCatalog } from '../../lib/operations/rebuild/rebuild-catalog.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { readSourceIdentity } from '../../lib/postgres/server/source-identity.ts';
import { modelOf } from '../support/hand-staging.ts';
import { type LocalDeps, localDeps } from '../support/local-deps.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { ensurePublication } from '../support/publication.ts';
import { liveState, stateAt } from '../support/staged-world.ts';

const Stored = z.object({
  installation: z.string(),
  moments: z.array(z.object({ time: z.string(), state: z.record(z.string(), z.array(z.string())) })),
  files: z.record(z.string(), z.base64()),
});
const FIXTURE = join(import.meta.dirname, '../fixtures/vault-before-epochs.json');
const SCHEMA = `
  CREATE TABLE tenants (id int PRIMARY KEY, name text);
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL, body text);
  ALTER TABLE notes REPLICA IDENTITY FULL;
  INSERT INTO tenants VALUES (1, 'one');
  INSERT INTO notes VALUES (77, 1, 'on the new server')`;
const MODEL = modelOf([
  { kind: 'root', table: 'public.tenants', column: 'id' },
  { kind: 'direct', table: 'public.notes', column: 'tenant_id' },
]);

describe.each(PG_VERSIONS)('a vault written before source epochs, on PostgreSQL %i', version => {
  let db: TestDatabase;
  let deps: LocalDeps;
  let ctx: Context;
  let stored: z.infer<typeof Stored>;
  beforeEach(async () => {
    db = await testDatabase(version);
    await db.query(SCHEMA);
    stored = Stored.parse(JSON.parse(await readFile(FIXTURE, 'utf8')));
    const dir = await mkdtemp(join(tmpdir(), 'holdfast-old-vault-'));
    for (const [name, content] of Object.entries(stored.files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true, mode: 0o700 });
      await writeFile(join(dir, name), Buffer.from(content, 'base64'), { mode: 0o600 });
    }
    deps = await localDeps({ dir, installation: stored.installation });
    const source = { source: db.source, model: MODEL, settings: defaultSettings() };
    ctx = { ...deps, ...source, slot: `s_${db.name}`, publication: 'holdfast' };
    await withConnection(ctx.source, 'test', connection => ensurePublication(ctx, connection));
    expect((await rebuildCatalog(ctx)).leftOut).toEqual([]);
  });
  afterEach(async () => {
    await deps.dispose();
    await rm(deps.dir, { recursive: true, force: true });
    await db.drop();
  });

  async function expectOldMoments(): Promise<void> {
    for (const { time, state } of stored.moments) expect(await stateAt(ctx, '1', time), time).toEqual(state);
  }

  it('restores every moment', expectOldMoments);

  it('refuses another server by the identity in its manifests, and continues there in a new epoch', async () => {
    await expect(shipLog(ctx)).rejects.toMatchObject({ code: 'source-replaced' });
    const { system, timeline } = await withConnection(ctx.source, 'test', readSourceIdentity);
    await shipLog(ctx, { newEpoch: `${system}/${timeline}` });
    await takeSnapshot(ctx, tenantId('1'));
    await shipLog(ctx);
    expect(epochOf(parseLsn((await runs.latest(ctx.catalog))!.to))).toBe(1);
    expect(await stateAt(ctx, '1', 'latest')).toEqual(await liveState(ctx, '1'));
    await expectOldMoments();
  });
});
