/**
 * A revert among others of what the unrouted log has: rows that the log could not give to a tenant when it was shipped. It
 * never writes a row that may be another tenant's.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { revertRequest } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

/** Deletes name neither tenant nor parent: a row whose parent goes in the same run is in the unrouted log. */
const SCHEMA = `
  CREATE TABLE tenants (id text PRIMARY KEY);
  CREATE TABLE parents (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants);
  CREATE TABLE children (id int PRIMARY KEY, parent int NOT NULL REFERENCES parents ON DELETE CASCADE, v int);
  CREATE TABLE xids (xid text);
  INSERT INTO tenants VALUES ('a'), ('b');
  INSERT INTO parents VALUES (1, 'a'), (2, 'b'), (3, 'b');
  INSERT INTO children VALUES (1, 1, 0), (2, 2, 0);`;
const MODEL = TenantModel.parse({
  format: 'holdfast.tenant-model/1',
  tables: [
    { kind: 'root', table: 'public.tenants', column: 'id' },
    { kind: 'direct', table: 'public.parents', column: 'tenant_id' },
    {
      ...{ kind: 'via', table: 'public.children' },
      path: [{ columns: ['parent'], references: 'public.parents', referencedColumns: ['id'] }],
    },
  ],
});

describe.each(PG_VERSIONS)('a revert of unrouted changes on PostgreSQL %i', version => {
  let log: LogFixture;
  afterEach(() => log?.dispose());

  /** Runs each as one transaction, all in one run of the log, and takes back for tenant a those that begin with `!`. */
  async function reverted(...steps: string[]) {
    log = await logFixture(version, { schema: SCHEMA, model: MODEL });
    const ctx = { ...log.ctx, clock: { now: () => new Date() } };
    await shipLog(ctx);
    for (const tenant of ['a', 'b']) await takeSnapshot(ctx, tenantId(tenant));
    const transactions: string[] = [];
    for (const step of steps) {
      await log.sql(`BEGIN; ${step.replace(/^!/, '')}; INSERT INTO xids SELECT pg_current_xact_id()::text; COMMIT`);
      const [last] = (await log.sql('DELETE FROM xids RETURNING xid')) as { xid: string }[];
      if (step.startsWith('!')) transactions.push(last!.xid);
    }
    await shipLog(ctx);
    expect(await log.log('-')).toContainEqual(expect.stringMatching(/^I children 50/));
    const asked = { transactions, timeZone: 'UTC', request: { requestedBy: 'test' } };
    return runRestore(ctx, await revertRequest(ctx, tenantId('a'), asked));
  }
  const children = () => log.sql('SELECT id, parent, v FROM children ORDER BY id');

  it('does not return a row of another tenant that a transaction deleted along with this tenant’s', async () => {
    const run = reverted(
      '!UPDATE children SET v = 1 WHERE id = 1',
      'INSERT INTO children VALUES (50, 3, 7)',
      '!DELETE FROM children WHERE id IN (1, 50)',
      'DELETE FROM parents WHERE id = 3',
      "INSERT INTO parents VALUES (3, 'b')",
    );
    await expect(run).rejects.toMatchObject({ code: 'cannot-revert', message: expect.stringContaining('whose rows') });
    expect(await children()).toEqual([{ id: 2, parent: 2, v: 0 }]);
  });

  it('takes back a row that keeps its parent', async () => {
    await reverted(
      '!UPDATE children SET v = 1 WHERE id = 1',
      'INSERT INTO children VALUES (50, 3, 7)',
      'UPDATE children SET v = v WHERE id = 1',
      '!DELETE FROM children WHERE id = 1',
      'DELETE FROM parents WHERE id = 3',
    );
    expect(await children()).toEqual([
      { id: 1, parent: 1, v: 0 },
      { id: 2, parent: 2, v: 0 },
    ]);
  });
});
