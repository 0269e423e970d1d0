/**
 * A database that refuses a probe is told from one that is lost: only the second may lead to a fail-over. The servers here
 * answer the start of a session with one error.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { answersProbe } from '../../../lib/postgres/server/replica.ts';

const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanup.splice(0)) step();
});

/** ErrorResponse of the protocol (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
function errorResponse(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0Mrefused\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from('E'), length, fields]);
}

/** A URL of a server that answers every session with this error. */
async function refusing(code: string): Promise<string> {
  const server = createServer(socket => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(errorResponse(code)));
  });
  cleanup.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `postgres://backup:secret@127.0.0.1:${(server.address() as AddressInfo).port}/app`;
}

/** By SQLSTATE: a wrong password, not in pg_hba.conf, no such database, too many connections. */
const REFUSED = ['28P01', '28000', '3D000', '53300'];
/** It starts, stops or recovers; was shut down; its disk fails; a pooler lost it. */
const SILENT = ['57P03', '57P01', '58030', '08006'];

it('a database answers a probe that it refuses, and not while it serves nobody or nobody listens', async () => {
  const urls = await Promise.all([...REFUSED, ...SILENT].map(refusing));
  // At once: a connection that may come back is tried again for some seconds.
  const answers = await Promise.all(urls.map(url => answersProbe({ url })));
  expect(answers).toEqual([...REFUSED.map(() => true), ...SILENT.map(() => false)]);
  for (const step of cleanup.splice(0)) step();
  expect(await answersProbe({ url: urls[0]! })).toBe(false);
});
