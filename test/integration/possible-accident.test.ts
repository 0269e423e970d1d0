/** The shipper tells people about what is far outside a tenant's history, and about nothing else. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageError } from '../../lib/domain/errors.ts';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { accidents } from '../../lib/operations/catalog/accident-items.ts';
import type { Context } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import type { Notifier } from '../../lib/ports.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

type Notice = Parameters<Notifier['notify']>[0];

describe.each(PG_VERSIONS)('a possible accident on PostgreSQL %i', version => {
  let log: LogFixture;
  let notices: Notice[];
  let ctx: Context;
  beforeEach(async () => {
    log = await logFixture(version, { settings: { accidents: settings({ rows: 100, quiet: ['job = nightly-*'] }) } });
    notices = [];
    const notifier = { notify: async (notice: Notice) => void notices.push(notice) };
    ctx = { ...log.ctx, notifier };
    await shipLog(ctx);
    await log.sql(`INSERT INTO orders SELECT t, i, 'x' FROM generate_series(1, 1000) i, (VALUES ('a'), ('b')) v (t)`);
    await shipLog(ctx);
    for (let n = 1; n <= 5; n++) {
      await log.sql(`DELETE FROM orders WHERE tenant_id = 'a' AND id = ${n}`);
      await shipLog(ctx);
    }
  });
  afterEach(() => log?.dispose());

  const told = async () => {
    await shipLog(ctx);
    return notices.filter(({ code }) => code === 'possible-accident');
  };

  it('is not what is usual, and not an import', async () => {
    await log.sql(`DELETE FROM orders WHERE id BETWEEN 100 AND 120`);
    await log.sql(`INSERT INTO orders SELECT 'b', i, 'x' FROM generate_series(2000, 5000) i`);
    expect(await told()).toEqual([]);
  });

  it('names reference, table, transaction and a command, and no tenant and no value', async () => {
    await log.sql(`DELETE FROM orders WHERE tenant_id = 'a' AND id > 500`);
    const [notice, ...others] = await told();
    expect(others).toEqual([]);
    expect(notice).toMatchObject({
      severity: 'alarm',
      message: expect.stringContaining('500 rows of public.orders of one tenant were deleted'),
      details: { tenant: log.ref('a'), table: 'public.orders', kind: 'delete', count: 500, transactionCount: 500 },
    });
    const { lsn, command, preview, xid, time } = notice!.details!;
    expect(command).toBe(`holdfast show-transaction ${log.ref('a')} ${lsn}`);
    expect(preview).toBe(`holdfast revert ${log.ref('a')} --transaction ${lsn} --dry-run`);
    // For metrics and reports, once, and for no longer than a year's report needs.
    const kept = () => accidents.between(ctx.catalog, '2000', '2100');
    const place = { tenant: log.ref('a'), table: 'public.orders', kind: 'delete', count: 500 };
    expect(await kept()).toEqual([{ ...place, at: time, transaction: { xid, lsn, time, count: 500 } }]);
    expect(await told()).toHaveLength(1);
  });

  it('is what many small transactions did together', async () => {
    await log.sql(
      `DO $$ BEGIN FOR n IN 600..900 LOOP DELETE FROM orders WHERE tenant_id = 'a' AND id = n; COMMIT; END LOOP; END $$`,
    );
    expect(await told()).toMatchObject([{ details: { kind: 'delete', count: 301, transactionCount: 1 } }]);
  });

  it('is not told again for what the tenant did before, nor for a job that is named as quiet', async () => {
    await log.sql(`UPDATE orders SET note = 'y' WHERE tenant_id = 'a'`);
    expect(await told()).toHaveLength(1);
    await log.sql(`UPDATE orders SET note = 'z' WHERE tenant_id = 'a'`);
    expect(await told()).toHaveLength(1);
    const context = `SELECT pg_logical_emit_message(true, 'holdfast.context', '{"job":"nightly-cleanup"}')`;
    await log.sql(`BEGIN; DELETE FROM orders WHERE tenant_id = 'b'; ${context}; COMMIT`);
    expect(await told()).toHaveLength(1);
  });

  it.each([undefined, 300])(
    'is not what Holdfast itself restores (batches of %s rows), and is what only says so',
    async batches => {
      const real = { ...ctx, clock: { now: () => new Date() } };
      await takeSnapshot(real, tenantId('a'));
      const [{ before }] = (await log.sql('SELECT pg_current_wal_insert_lsn()::text AS before')) as [
        { before: string },
      ];
      await log.sql(`INSERT INTO orders SELECT 'a', i, 'wrong' FROM generate_series(2000, 3000) i`);
      await shipLog(real);
      const request = { tenant: 'a', target: before, requestedBy: 'test', ...(batches && { batches }) };
      const { record } = await runRestore(real, parseRestoreRequest(request));
      expect(record.totals.deleted).toBe(1001);
      expect(await told()).toEqual([]);
      for (const kind of ['restore', 'restore-batch']) {
        const said = JSON.stringify({ kind, tenant: log.ref('a'), id: record.id });
        const message = `SELECT pg_logical_emit_message(true, 'holdfast', '${said}')`;
        await log.sql(
          `BEGIN; DELETE FROM orders WHERE tenant_id = 'b' AND ${kind === 'restore' ? 'id > 500' : 'true'}; ${message}; COMMIT`,
        );
      }
      expect((await told()).map(({ details }) => details!.count)).toEqual([1000]);
    },
  );

  it('is told again by the process that takes up a run that was not recorded', async () => {
    await log.sql(`DELETE FROM orders WHERE tenant_id = 'b'`);
    const dies = (at: string) => {
      if (at === 'ship.after-pack') throw new Error('killed');
    };
    await expect(shipLog({ ...ctx, crash: dies })).rejects.toThrow('killed');
    expect(await told()).toHaveLength(1);
  });

  it('does not keep the log from being shipped, also where it cannot be told', async () => {
    await log.sql(`DELETE FROM orders WHERE tenant_id = 'a'`);
    const notify = async () => {
      throw new StorageError('notice-not-sent', 'The alarm topic did not answer.', { hint: 'Wait.' });
    };
    expect(await shipLog({ ...ctx, notifier: { notify } })).toMatchObject({ changes: 995, caughtUp: true });
    await log.sql(`DELETE FROM orders WHERE tenant_id = 'b'`);
    await log.sql(`TRUNCATE orders`);
    expect((await told()).map(({ details }) => details!.kind).sort()).toEqual(['delete', 'truncate']);
  });
});

function settings(given: { rows: number; quiet: string[] }) {
  return { enabled: true, percent: 100, times: 3, historyHours: 24, ...given };
}
