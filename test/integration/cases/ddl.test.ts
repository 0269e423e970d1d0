import { describe, expect, it } from 'vitest';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { fleetStatus, timeline } from '../../../lib/operations/catalog/timeline.ts';
import { previewRestore } from '../../../lib/operations/restore/preview-restore.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { protect, requestOf } from '../../support/protected-database.ts';

describe.each(PG_VERSIONS)('DDL that the log does not tell (PostgreSQL %s)', version => {
  it('refuses the table concerned, keeps announced moments and reads it again at once', async () => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE tenants (id text PRIMARY KEY);
      CREATE TABLE item (id int, tenant_id text NOT NULL REFERENCES tenants, n int, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
      CREATE TABLE item_1 PARTITION OF item FOR VALUES FROM (0) TO (100);
      CREATE TABLE other (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, n int);
      INSERT INTO tenants VALUES ('acme'), ('globex');
      INSERT INTO item SELECT i, 'acme', i FROM generate_series(1, 5) i;
      INSERT INTO other SELECT i, 'acme', i FROM generate_series(1, 5) i;`);
    const p = await protect(db);
    await db.query('UPDATE item SET n = n + 1');
    const announced = await p.moment();
    await p.ship();
    await db.query('ALTER TABLE item DETACH PARTITION item_1');
    await db.query('UPDATE other SET n = n + 1');
    const inside = await p.moment();
    const { gaps, snapshots } = await p.ship();
    expect(gaps).toMatchObject([{ reason: 'suspect', tables: ['public.item'] }]);
    expect(snapshots).toHaveLength(2);
    const refused = await previewRestore(p.ctx, requestOf('acme', inside.time)).catch(error => error);
    expect(refused).toMatchObject({ code: 'tables-in-gap', details: { tables: ['public.item'] } });
    await previewRestore(p.ctx, requestOf('acme', inside.time, { tables: ['public.other'] }));
    expect((await timeline(p.ctx, tenantId('acme'))).tableGaps).toMatchObject([{ tables: ['public.item'] }]);
    expect((await fleetStatus(p.ctx)).tenants.map(tenant => tenant.needsSnapshot)).toEqual([false, false]);
    await p.expectNothingDiffers();
    await db.query('ALTER TABLE item ATTACH PARTITION item_1 FOR VALUES FROM (0) TO (100)');
    await p.restoreTo(announced, 'acme');
    await p.dispose();
  });
});
