import { expect, it } from 'vitest';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { ownServer, PG_VERSIONS } from '../support/postgres.ts';
import { logFixture } from './log-fixture.ts';

it.each(PG_VERSIONS)(
  'a transaction that PostgreSQL %i has not made visible yet is not shipped, nor what follows it',
  async version => {
    const server = await ownServer(version);
    const log = await logFixture(version, { serverUrl: server.url });
    try {
      await shipLog(log.ctx);
      // Its commit is in the log, but it stays invisible while it waits for a standby that is not there.
      await log.sql(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
      await log.sql('SELECT pg_reload_conf()');
      const waiting = await log.database.connect();
      await expect
        .poll(async () => (await waiting.query('SHOW synchronous_standby_names')).rows[0].synchronous_standby_names)
        .toBe('nobody');
      const commit = waiting.query(`INSERT INTO orders VALUES ('a', 1, 'waits')`);
      await expect
        .poll(async () => (await log.sql(`SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)).length)
        .toBe(1);
      await log.sql(`SET synchronous_commit = local; INSERT INTO orders VALUES ('a', 2, 'follows')`);
      expect(await shipLog(log.ctx)).toMatchObject({ caughtUp: false, changes: 0 });
      expect(await log.log('a')).toEqual([]);
      await log.sql(`ALTER SYSTEM RESET synchronous_standby_names`);
      await log.sql('SELECT pg_reload_conf()');
      await commit;
      expect(await shipLog(log.ctx)).toMatchObject({ caughtUp: true, changes: 2 });
      expect(await log.log('a')).toEqual(['I orders a,1,waits,∅', 'I orders a,2,follows,∅']);
    } finally {
      await log.dispose();
      await server.stop();
    }
  },
);
