/** `before:XID` and `after:XID`: the tenant's state without and with exactly this transaction, in whatever order ids commit. */
import { describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { refOf } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { planRestore } from '../../lib/operations/restore/plan/plan-restore.ts';
import { findTransaction } from '../../lib/operations/restore/target/find-transaction.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, type State, stagedWorld, stateAt } from '../support/staged-world.ts';

interface Open {
  readonly client: Awaited<ReturnType<TestDatabase['connect']>>;
  readonly xid: string;
}

describe.each(PG_VERSIONS)('a transaction as a target on PostgreSQL %i', version => {
  it('is the state just before and just after its commit', async () => {
    const db = await testDatabase(version);
    await db.query(APP_SQL);
    const w = await stagedWorld(db, APP_MODEL);
    await shipLog(w.ctx);
    await takeSnapshot(w.ctx, tenantId('1'));
    const begin = async (sql: string): Promise<Open> => {
      const client = await db.connect();
      await client.query('BEGIN');
      const { rows } = await client.query('SELECT pg_current_xact_id()::xid::text AS xid');
      await client.query(sql);
      return { client, xid: rows[0].xid };
    };
    // In the order of their ids. A comment is reached through its task, and its delete carries its key only.
    const opened = {
      first: await begin(`UPDATE projects SET title = 'first' WHERE tenant_id = 1 AND id = 1`),
      other: await begin(`UPDATE projects SET title = 'other' WHERE tenant_id = 2 AND id = 6`),
      unrouted: await begin(`DELETE FROM comments WHERE id IN (2, 7)`),
      both: await begin(`UPDATE users SET manager_id = NULL WHERE tenant_id IN (1, 2)`),
      last: await begin(`INSERT INTO users (tenant_id, email) VALUES (1, 'last@1')`),
    };
    const states: { readonly xid: string; readonly before: State; readonly after: State }[] = [];
    for (const name of ['last', 'other', 'unrouted', 'first', 'both'] as const) {
      const { client, xid } = opened[name];
      const before = await liveState(w.ctx, '1');
      await client.query('COMMIT');
      await client.end();
      if (name !== 'other') states.push({ xid, before, after: await liveState(w.ctx, '1') });
      if (name === 'unrouted') await shipLog(w.ctx);
    }
    await shipLog(w.ctx);
    const at = await recoveryMaterial(w.ctx, refOf(w.ctx, tenantId('1')));
    for (const { xid, before, after } of states) {
      expect(await stateAt(w.ctx, '1', `before:${xid}`)).toEqual(before);
      expect(await stateAt(w.ctx, '1', `after:${xid}`)).toEqual(after);
      const commit = await findTransaction(w.ctx, at, Number(xid));
      const { target } = await planRestore(w.ctx, tenantId('1'), `before:${xid}`);
      expect(target).toMatchObject({ kind: 'before-transaction', asked: `before:${xid}`, time: commit.time });
      expect(target.time).toMatch(/\.\d{6}Z$/);
      const same = await planRestore(w.ctx, tenantId('1'), `before:${positionText(commit.lsn)}`);
      expect(same.target).toMatchObject({ kind: 'before-lsn', lsn: target.lsn });
    }
    const unknown = planRestore(w.ctx, tenantId('1'), `after:${opened.other.xid}`);
    await expect(unknown).rejects.toMatchObject({ code: 'unknown-transaction' });
    await w.dispose();
  });
});

/** With the source epoch in front, as people write it. */
function positionText(lsn: bigint): string {
  return `0:${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`;
}
