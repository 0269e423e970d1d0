/**
 * A vault that was written before source epochs: it is read as it is, and continues on another server.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseLsn } from '../../lib/domain/lsn.ts';
import { epochOf } from '../../lib/domain/source-epoch.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { runs } from '../../lib/operations/catalog/catalog-index.ts';
import type { Context } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { readSourceIdentity } from '../../lib/postgres/server/source-identity.ts';
import { modelOf } from '../support/hand-staging.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { liveState, stateAt } from '../support/staged-world.ts';
import { type StoredVault, storedVault } from '../support/stored-vault.ts';

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
  let ctx: Context;
  let stored: StoredVault;
  beforeEach(async () => {
    db = await testDatabase(version);
    await db.query(SCHEMA);
    stored = await storedVault('vault-before-epochs', db, MODEL);
    ({ ctx } = stored);
  });
  afterEach(async () => {
    await stored.dispose();
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
