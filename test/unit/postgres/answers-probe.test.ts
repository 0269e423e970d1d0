/**
 * A database that refuses a probe is told from one that is lost: only the second may lead to a fail-over. The servers here
 * answer the start of a session with one error.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
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

describe('a database answers a probe', () => {
  it.each([
    ['28P01', 'a wrong password'],
    ['28000', 'a role that pg_hba.conf does not admit'],
    ['3D000', 'a database of another name'],
    ['53300', 'too many connections'],
  ])('that it refuses with %s: %s', async code => {
    expect(await answersProbe({ url: await refusing(code) })).toBe(true);
  });

  it.each([
    ['57P03', 'it starts, stops or recovers'],
    ['57P01', 'it was shut down'],
    ['58030', 'its disk fails'],
    ['08006', 'a pooler before it lost it'],
  ])('not with %s: %s', async code => {
    expect(await answersProbe({ url: await refusing(code) })).toBe(false);
  });

  it('not where nobody listens', async () => {
    const url = await refusing('57P03');
    for (const step of cleanup.splice(0)) step();
    expect(await answersProbe({ url })).toBe(false);
  });
});
