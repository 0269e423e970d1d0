/** Self-service: whether my data is safe, and what I may ask for in a day. */

import { Hono } from 'hono';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tokenSite } from '../../../lib/api/token-site.ts';
import { formatLsn } from '../../../lib/domain/lsn.ts';
import { backups } from '../../../lib/operations/catalog/catalog-index.ts';
import { type ApiWorld, administratorOf, apiWorld, ofTenants, refOfTest } from '../../support/api-world.ts';

const acme = refOfTest('acme');
const administrator = administratorOf(acme);
let world: ApiWorld;
beforeEach(async () => {
  world = await apiWorld(ofTenants(['acme', 'other']));
});
afterEach(() => world.deps.dispose());

async function get(path: string) {
  return (await world.call<Record<string, never>>(administrator, path)).body;
}

/** A snapshot in the catalog, of an hour ago. */
async function backedUp(): Promise<void> {
  const at = new Date(world.deps.clock.now().getTime() - 3600_000).toISOString();
  const lsn = formatLsn(4711n as never);
  const item = {
    ...{ id: '0mb2c4f1a-3f8a2c1d', kind: 'snapshot' as const, key: 'k', sha256: 's', from: lsn, to: lsn },
    ...{ fromTime: at, toTime: at, createdAt: at, rows: 42, bytes: 1, storedBytes: 1, chunks: 1, reusedChunks: 0 },
    ...{ durationMs: 1, reason: 'manual' },
  };
  await world.deps.catalog.write([backups.put(acme, item)].flat());
}

it('says in a sentence that there is no backup, and to when it can be restored once there is one', async () => {
  expect(await get('/self')).toMatchObject({ tone: 'bad', sentence: 'There is no backup of your data yet.' });
  await backedUp();
  const state = (await get('/self')) as unknown as { sentence: string; label: string };
  expect(state.sentence).toMatch(/^Your data can be restored to any moment from 15 January 2026, 11:00 to 1 hour ago/);
  expect(state.label).toBe('Name of acme');
  expect(await get('/self/timeline')).toMatchObject({ backups: [{ rows: 42 }] });
});

it('begins a backup four times a day, says when the next is possible, and gives an answer twice without counting it', async () => {
  const ask = () => world.call(administrator, '/self/backups', {});
  const answers = await Promise.all(Array.from({ length: 6 }, ask));
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 202, 429, 429]);
  const refused = answers.find(({ status }) => status === 429)!.body;
  expect(refused.details.freeAt).toBe('2026-01-16T00:00:00.000Z');
  expect(await get('/self')).toMatchObject({ quotas: { backups: { limit: 4, used: 4 } } });
  await world.apiDeps.executions.settled();
});

it('shows work to its own tenant alone, and says what went wrong', async () => {
  const begun = (await world.call(administrator, '/self/backups', {})).body;
  await world.apiDeps.executions.settled();
  expect(await get(`/self/work/${begun.id}`)).toMatchObject({ state: 'failed', problem: { code: 'cannot-connect' } });
  expect(JSON.stringify(await get(`/self/work/${begun.id}`))).not.toContain('db.internal');
  const other = administratorOf(refOfTest('other'));
  expect((await world.call(other, `/self/work/${begun.id}`)).status).toBe(404);
});

it('does not count what cannot be reached', async () => {
  for (const path of ['/self/previews', '/self/exports']) {
    const answer = await world.call(administrator, path, { to: '2026-01-01T00:00:00Z', reason: 'try' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
  expect(await get('/self')).toMatchObject({ quotas: { previews: { used: 0 }, exports: { used: 0 } } });
});

it('lists requests with how many have approved, and lets whoever asked take one back', async () => {
  const id = await world.ask(administrator);
  expect(await get('/self/requests')).toMatchObject({
    requests: [{ id, action: 'restore', state: 'waiting', approvals: 1, approved: 0, isOwn: true }],
  });
  expect(await get(`/self/requests/${id}`)).toMatchObject({ id, plan: ['Do what one says.'] });
  const other = administratorOf(refOfTest('other'));
  expect((await world.call(other, `/self/requests/${id}`)).status).toBe(404);
});

it('answers pages of configured origins alone, without credentials and without a wildcard', async () => {
  const api = new Hono().get('/self', c => c.json({ ok: true }));
  const site = tokenSite(api, { origins: ['https://app.example.com'], component: undefined });
  const ask = (origin: string | undefined, method = 'GET') =>
    site.request('/api/self', {
      ...{ method, headers: { ...(origin !== undefined && { origin }), 'access-control-request-method': 'GET' } },
    });
  const allowed = await ask('https://app.example.com', 'OPTIONS');
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect(allowed.headers.get('access-control-allow-headers')).toBe('authorization,content-type,idempotency-key');
  for (const method of ['GET', 'OPTIONS'])
    for (const origin of [
      'https://evil.example.com',
      'http://app.example.com',
      'https://app.example.com.evil.com',
      'null',
    ]) {
      const answer = await ask(origin, method);
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
  const server = await ask(undefined);
  expect([server.status, server.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  for (const answer of [allowed, server]) expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
});

it('gives an answer again under its key, without counting twice, and to the same tenant alone', async () => {
  const ask = (tenant: typeof acme) =>
    world.call(administratorOf(tenant), '/self/backups', {}, { 'idempotency-key': 'one' });
  const [first, again] = [await ask(acme), await ask(acme)];
  expect(again.body).toMatchObject({ id: first.body.id });
  expect(await get('/self')).toMatchObject({ quotas: { backups: { used: 1 } } });
  expect((await ask(refOfTest('other'))).status).toBe(409);
  await world.apiDeps.executions.settled();
});

it('says to a tenant without any backup that there is none yet', async () => {
  const answer = await world.call(administratorOf(refOfTest('newcomer')), '/self');
  expect([answer.status, answer.body]).toMatchObject([404, { detail: 'There is no backup of your data yet.' }]);
});
