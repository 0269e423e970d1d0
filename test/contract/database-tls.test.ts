/**
 * The source's URL from database-source.ts, used by the real driver against a real PostgreSQL behind TLS: the server is
 * accepted only with a certificate of the configured authority for its own name. TLS is terminated in front of the server
 * according to the PostgreSQL protocol, so that the shared test servers need no certificates.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseSource } from '../../lib/aws/database-source.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { databaseCaFile } from '../../lib/runtime/config.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { run } from '../support/tool-cache.ts';

const SSL_REQUEST = 80877103;
let directory = '';
let database: TestDatabase;
let front: Server;

async function certificate(name: string): Promise<void> {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.pem`)];
  const subject = ['-subj', '/CN=holdfast test', '-addext', 'subjectAltName=DNS:localhost'];
  await run(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
    {
      hint: 'The test makes its certificates with openssl (Debian: apt-get install openssl).',
    },
  );
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-tls-'));
  await Promise.all([certificate('ours'), certificate('theirs')]);
  database = await testDatabase(18);
  const [key, cert] = [await readFile(join(directory, 'ours.key')), await readFile(join(directory, 'ours.pem'))];
  const upstream = new URL(database.url);
  front = createServer(socket => {
    socket.on('error', () => {});
    socket.once('data', first => {
      // A client that does not request TLS is rejected, as with rds.force_ssl.
      if (first.length !== 8 || first.readUInt32BE(4) !== SSL_REQUEST) return void socket.destroy();
      socket.write('S');
      const secure = new TLSSocket(socket, { isServer: true, key, cert });
      const behind = tcpConnect(Number(upstream.port), upstream.hostname);
      for (const side of [secure, behind]) side.on('error', () => socket.destroy());
      secure.pipe(behind).pipe(secure);
    });
  });
  await new Promise<void>(resolve => front.listen(0, 'localhost', resolve));
});

afterAll(async () => {
  front?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** `rds`: the certificates of RDS that come with Holdfast. */
function source(host: string, authority: string) {
  const { username, password, pathname } = new URL(database.url);
  const signer = { getAuthToken: async () => decodeURIComponent(password) || 'token' };
  const { port } = front.address() as AddressInfo;
  const address = {
    host,
    port,
    database: pathname.slice(1),
    caFile: authority === 'rds' ? databaseCaFile({}) : join(directory, `${authority}.pem`),
  };
  return databaseSource(address, { user: decodeURIComponent(username), signer });
}

describe('The connection to the source database', () => {
  it('is made over TLS to a server with the right name and authority', async () => {
    const rows = await withConnection(await source('localhost', 'ours'), 'test', async connection => {
      return (await connection.query('SELECT current_database() AS name')).rows;
    });
    expect(rows).toEqual([{ name: database.name }]);
  });

  it('is not made to a server with another authority or another name', async () => {
    const idle = async () => {};
    await expect(withConnection(await source('localhost', 'theirs'), 'test', idle)).rejects.toMatchObject({
      code: 'cannot-connect',
    });
    await expect(withConnection(await source('localhost', 'rds'), 'test', idle)).rejects.toMatchObject({
      code: 'cannot-connect',
    });
    const { address } = front.address() as AddressInfo;
    await expect(
      withConnection(await source(address.includes(':') ? `[${address}]` : address, 'ours'), 'test', idle),
    ).rejects.toMatchObject({ code: 'cannot-connect' });
  });
});
