/**
 * A database that is behind the end of the log: a copy that was promoted with less than was shipped. Transactions
 * committed there that are not in the log must show as a gap, even when its WAL has passed the log's end.
 */
import { expect, it } from 'vitest';
import { formatLsn, parseLsn } from '../../lib/domain/lsn.ts';
import { runs } from '../../lib/operations/catalog/catalog-index.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { doctorFix } from '../../lib/operations/model/doctor-fix.ts';
import { ownServer, PG_VERSIONS } from '../support/postgres.ts';
import { logFixture } from './log-fixture.ts';

const AHEAD_BYTES = 1024n * 1024n;

it.each(PG_VERSIONS)(
  'PostgreSQL %i behind the log gets no slot, and later a gap instead of a continued log',
  async version => {
    const server = await ownServer(version);
    const log = await logFixture(version, { serverUrl: server.url });
    const slots = () => log.sql(`SELECT slot_name FROM pg_replication_slots`);
    try {
      await shipLog(log.ctx);
      const latest = (await runs.latest(log.deps.catalog))!;
      const ahead = formatLsn((parseLsn(latest.to) + AHEAD_BYTES) as ReturnType<typeof parseLsn>);
      await log.deps.catalog.write([runs.remove(latest), runs.put({ ...latest, to: ahead })]);
      await log.sql(`SELECT pg_drop_replication_slot('${log.ctx.slot}')`);

      await expect(shipLog(log.ctx)).rejects.toMatchObject({ code: 'position-behind' });
      expect(await slots()).toEqual([]);
      const { report, applied } = await doctorFix(log.ctx);
      expect(report.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['position-behind', 'slot-lost']));
      expect(applied.map(({ code }) => code)).not.toContain('slot-missing');
      expect(await slots()).toEqual([]);

      await log.sql(`INSERT INTO orders VALUES ('a', 1, 'never seen')`);
      await log.sql('SELECT pg_switch_wal()');
      const later = await shipLog(log.ctx);
      expect(later.gaps).toMatchObject([{ reason: 'slot-lost', from: ahead, to: later.from }]);
      expect(later.needSnapshot).toBe('all');
    } finally {
      await log.dispose();
      await server.stop();
    }
  },
);
