/** What holds for every request: its problems, its limits, its repeats. */

import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { route } from '../../../lib/api/route.ts';
import { InputError } from '../../../lib/domain/errors.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { acme, olga, other, root } from '../../support/governed.ts';

let world: ApiWorld;
afterEach(() => world.deps.dispose());

let done = 0;
const ROUTES_OF_TEST = [
  route(
    {
      ...{ id: 'work', method: 'post', path: '/tenants/{tenant}/work', summary: 'Work', group: 'test' },
      ...{ needs: { permission: 'seeStatus', on: 'tenant' }, body: z.object({ rows: z.number() }) },
      answer: z.object({ done: z.number() }),
    },
    async ({ body }) => {
      if (body.rows < 0) throw new InputError('bad-input', 'Too few.', { hint: 'More.' });
      if (body.rows > 100) throw new Error('a row: secret');
      return { done: ++done, secret: 'left out' };
    },
  ),
  route(
    {
      ...{ id: 'list', method: 'get', path: '/list', summary: 'List', group: 'test', needs: 'operation' },
      ...{ query: z.object({ limit: z.coerce.number().max(5) }), answer: z.object({ limit: z.number() }) },
    },
    async ({ query }) => query,
  ),
];

/** `call` and `send`: by an administrator. */
async function served() {
  world = await apiWorld({ routes: ROUTES_OF_TEST, known: ['acme'] });
  return {
    call: (path: string, body?: unknown, headers?: Record<string, string>) => world.call(root, path, body, headers),
    send: (path: string, init?: RequestInit) => world.send(root, path, init),
  };
}

describe('an answer', () => {
  it('has nothing that its document does not name', async () => {
    const { call } = await served();
    expect((await call(`/tenants/${acme}/work`, { rows: 1 })).body).toEqual({ done: expect.any(Number) });
  });

  it('is not kept by anybody on the way', async () => {
    const { send } = await served();
    expect((await send('/list?limit=1')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('a problem', () => {
  it('has the code, the hint and the status of the error, as a problem document', async () => {
    const { call, send } = await served();
    const { status, body } = await call(`/tenants/${acme}/work`, { rows: -1 });
    expect([status, body]).toMatchObject([
      400,
      { code: 'bad-input', detail: 'Too few.', hint: 'More.', retry: 'operator' },
    ]);
    const raw = await send('/nowhere');
    expect([raw.status, raw.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });

  it('says nothing of a fault that is not Holdfast’s own report', async () => {
    const { call } = await served();
    const { status, body } = await call(`/tenants/${acme}/work`, { rows: 101 });
    expect([status, body]).toMatchObject([500, { code: 'unexpected' }]);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it.each([
    ['a body that is none', '{', 400],
    ['a field of another type', '{"rows":"1"}', 400],
    ['a body of more than 1 MiB', JSON.stringify({ rows: 1, more: 'x'.repeat(1024 * 1024) }), 413],
  ])('is what %s gets', async (_, body, status) => {
    const { send } = await served();
    const headers = { 'content-type': 'application/json' };
    const response = await send(`/tenants/${acme}/work`, { method: 'POST', body, headers });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ type: expect.stringMatching(/^urn:holdfast:error:/), status });
  });

  it('names the fields of a query that is not valid', async () => {
    const { call } = await served();
    expect(await call('/list?limit=6')).toMatchObject({ status: 400, body: { details: { fields: ['limit'] } } });
  });

  it('tells whether a tenant exists only to who may ask about it', async () => {
    const { call } = await served();
    expect((await call(`/tenants/${other}/work`, { rows: 1 })).status).toBe(404);
    const nobody = { ...olga, roles: [] };
    expect((await world.call(nobody, `/tenants/${other}/work`, { rows: 1 })).status).toBe(403);
    expect((await world.call(nobody, `/tenants/${acme}/work`, { rows: 1 })).status).toBe(403);
    for (const name of ['acme', 'system', 'auditors', '../acme'])
      expect((await world.call(nobody, `/tenants/${encodeURIComponent(name)}/work`, { rows: 1 })).status).toBe(404);
  });
});

describe('a request that is sent again with its key', () => {
  const key = (text: string) => ({ 'idempotency-key': text });

  it('is done once', async () => {
    const { call } = await served();
    const send = async () => (await call(`/tenants/${acme}/work`, { rows: 1 }, key('k1'))).body;
    const [first, second] = await Promise.all([send(), send()]);
    expect(second).toEqual(first);
    expect(await send()).toEqual(first);
  });

  it('is refused if it is another request, and is its caller’s own', async () => {
    const { call } = await served();
    const first = (await call(`/tenants/${acme}/work`, { rows: 1 }, key('k2'))).body;
    expect(await call(`/tenants/${acme}/work`, { rows: 2 }, key('k2'))).toMatchObject({
      status: 409,
      body: { code: 'key-reused' },
    });
    expect((await world.call(olga, `/tenants/${acme}/work`, { rows: 1 }, key('k2'))).body).not.toEqual(first);
  });

  it('is tried again if it failed, and forgotten after a day', async () => {
    const { call } = await served();
    expect((await call(`/tenants/${acme}/work`, { rows: -1 }, key('k3'))).status).toBe(400);
    const first = (await call(`/tenants/${acme}/work`, { rows: 1 }, key('k4'))).body;
    world.deps.clock.advance(25 * 3600_000);
    expect((await call(`/tenants/${acme}/work`, { rows: 1 }, key('k4'))).body).not.toEqual(first);
  });
});
