/** What networks, restarts and hostile settings do to a session, and that Holdfast never waits forever. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whenBack } from '../../lib/operations/when-back.ts';
import { type Connection, connect, withConnection } from '../../lib/postgres/connection.ts';
import { tryLock, unlock } from '../../lib/postgres/locks.ts';
import { streamOf } from '../../lib/postgres/silence-watch.ts';
import { type DatabaseLine, databaseLine } from '../support/database-line.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';

describe.each(PG_VERSIONS)('a session on PostgreSQL %i', version => {
  let db: TestDatabase;
  let line: DatabaseLine;
  const url = () => line.url(db.url);

  beforeAll(async () => {
    db = await testDatabase(version);
    line = await databaseLine(Number(new URL(db.url).port));
  });
  afterAll(async () => {
    await line.stop();
    await db.drop();
  });

  it('is awaited while the server starts up, and opened once it has', async () => {
    line.starting(2);
    const before = line.connections;
    await withConnection({ url: url() }, 'test', connection => connection.query('SELECT 1'));
    expect(line.connections - before).toBe(3);
  });

  it('that is dropped in the handshake is tried again', async () => {
    line.cutAfter(0, 20);
    await expect(connect({ url: url() }, 'test').then(connection => connection.end())).resolves.toBeUndefined();
  });

  it('that never answers is abandoned, with the likely cause', async () => {
    const connection = await connect({ url: `${url()}?connect_timeout=1`, silenceMs: 200 }, 'test');
    line.stall();
    await expect(connection.query('SELECT 1')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    line.mend();
    await connection.end();
  });

  it('that stops to answer after the login is abandoned after the connect_timeout of the URL', async () => {
    const connection = await connect({ url: url() }, 'test');
    const settled = line.bytes;
    await connection.end();
    line.stallAfter(settled - 1);
    const asked = connect({ url: `${url()}?connect_timeout=1` }, 'test');
    await expect(asked).rejects.toMatchObject({ code: 'cannot-connect', retry: 'auto' });
    line.mend();
  });

  it('ends without the server’s answer, unless it holds what others wait for', async () => {
    const free = await connect({ url: url() }, 'test');
    const holding = await connect({ url: url() }, 'test');
    expect(await tryLock(holding, 'ship', 'a slot')).toBe(true);
    line.stall();
    await free.end();
    expect(streamOf(free).destroyed).toBe(false);
    let ended = false;
    const ending = holding.end().then(() => {
      ended = true;
    });
    await db.query('SELECT 1');
    expect(ended).toBe(false);
    line.reset();
    await ending;
    expect(streamOf(holding).destroyed).toBe(true);
    line.mend();
  });

  it('that freed its lock has nothing to wait for when it ends', async () => {
    const connection = await connect({ url: url() }, 'test');
    expect(await tryLock(connection, 'ship', 'a slot')).toBe(true);
    await unlock(connection, 'ship', 'a slot');
    line.stall();
    await connection.end();
    expect(streamOf(connection).destroyed).toBe(false);
    line.reset();
    line.mend();
  });

  it('with a long-running statement is not abandoned', async () => {
    await withConnection({ url: url(), silenceMs: 100 }, 'test', async connection => {
      const { rows } = await connection.query(`SELECT pg_sleep(1.5), 'done' AS state`);
      expect(rows[0].state).toBe('done');
    });
  });

  it('with a long-running statement is not abandoned when the password is rotated meanwhile', async () => {
    const role = await db.role();
    const rotated = new URL(role.source.url);
    rotated.password = 'rotated';
    const source = { ...role.source, silenceMs: 100, renew: async () => renewed };
    let renewed = role.source.url;
    await withConnection(source, 'test', async connection => {
      await db.query(`ALTER ROLE ${role.name} PASSWORD 'rotated'`);
      renewed = rotated.href;
      const { rows } = await connection.query(`SELECT pg_sleep(1.5), 'done' AS state`);
      expect(rows[0].state).toBe('done');
    });
    await expect(connect({ url: role.source.url }, 'test')).rejects.toMatchObject({ code: 'cannot-connect' });
  });

  it('that the server or the network ends is a transient loss wherever it is noticed', async () => {
    const lost = { code: 'connection-lost', retry: 'auto', details: { state: '57P01' } };
    const ended = withConnection({ url: url() }, 'test', async connection => {
      const { rows } = await connection.query('SELECT pg_backend_pid() AS pid');
      await Promise.all([
        connection.query('SELECT pg_sleep(60)'),
        db.query('SELECT pg_terminate_backend($1)', [rows[0].pid]),
      ]);
    });
    await expect(ended).rejects.toMatchObject(lost);
    const reset = withConnection({ url: url() }, 'test', async connection => {
      const statement = connection.query('SELECT pg_sleep(60)');
      line.reset();
      await statement;
    });
    await expect(reset).rejects.toMatchObject({ code: 'connection-lost', retry: 'auto' });
  });

  it('that is lost is reopened by work that can be done twice', async () => {
    let attempts = 0;
    const answer = await whenBack(() =>
      withConnection({ url: url() }, 'test', async connection => {
        const statement = connection.query('SELECT 42 AS answer');
        if (attempts++ < 2) line.reset();
        return (await statement).rows[0].answer;
      }),
    );
    expect({ answer, attempts }).toEqual({ answer: 42, attempts: 3 });
  });

  it('has the same settings whatever the database sets, and no timeout of the application', async () => {
    const hostile: Record<string, string> = {
      ...{ statement_timeout: '9s', lock_timeout: '1ms', idle_session_timeout: '9s' },
      ...{ idle_in_transaction_session_timeout: '9s', default_transaction_read_only: 'on' },
      ...{ default_transaction_isolation: 'serializable', quote_all_identifiers: 'on', datestyle: 'SQL, DMY' },
      ...{ bytea_output: 'escape', standard_conforming_strings: 'off', search_path: 'nowhere', array_nulls: 'off' },
      ...{ intervalstyle: 'sql_standard', timezone: 'Asia/Kathmandu', extra_float_digits: '-15' },
      ...(version >= 17 ? { transaction_timeout: '9s' } : {}),
    };
    const plain = await connect(db.source, 'test');
    const settings = async (connection: Connection) =>
      (await connection.query('SELECT name, setting FROM pg_settings WHERE name = ANY ($1) ORDER BY 1', [names])).rows;
    const names = [...Object.keys(hostile), 'DateStyle', 'IntervalStyle', 'TimeZone'];
    const expected = await settings(plain);
    await plain.end();
    for (const [name, value] of Object.entries(hostile))
      await db.query(`ALTER DATABASE ${db.name} SET ${name} = ${quoted(name, value)}`);
    await withConnection(db.source, 'test', async connection => expect(await settings(connection)).toEqual(expected));
  });
});

function quoted(name: string, value: string): string {
  return name === 'datestyle' ? value : `'${value}'`;
}

it('a listener that never answers is abandoned after the connect_timeout of the URL', async () => {
  const silent = createServer(() => {});
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  await expect(connect({ url: `postgres://u@127.0.0.1:${port}/d?connect_timeout=1` }, 'test')).rejects.toMatchObject({
    ...{ code: 'cannot-connect', retry: 'auto', details: { code: 'ETIMEDOUT' } },
  });
  silent.close();
});
