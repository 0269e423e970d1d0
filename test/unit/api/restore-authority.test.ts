/** Who may use the routes of previews, restores and requests; and what an address says to who may not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KEPT_PREVIEW_ROUTES } from '../../../lib/api/routes/kept-previews.ts';
import { PREVIEW_ROW_ROUTES } from '../../../lib/api/routes/preview-rows.ts';
import { PREVIEW_ROUTES } from '../../../lib/api/routes/previews.ts';
import { REQUEST_ROUTES } from '../../../lib/api/routes/requests.ts';
import { RESTORE_RECORD_ROUTES } from '../../../lib/api/routes/restore-records.ts';
import { RESTORE_ROUTES } from '../../../lib/api/routes/restores.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { acme, anna, olga, other, owner, root, stranger } from '../../support/governed.ts';

const HASH = '0'.repeat(64);
/** A valid body for each route that takes one. */
const BODIES: Readonly<Record<string, object>> = {
  makePreview: { target: 'latest' },
  requestRestore: { preview: 'none', hash: HASH, reason: 'x' },
  approveRequest: { planHash: HASH },
  refuseRequest: { planHash: HASH },
  breakGlass: { reason: 'x' },
  reviewRequest: { comment: 'x' },
};
const QUERIES: Readonly<Record<string, string>> = {
  readPreviewRows: '?table=public.orders',
  readPreviewSamples: '?table=public.orders',
};
const ROUTES_HERE = [
  ...PREVIEW_ROUTES,
  ...KEPT_PREVIEW_ROUTES,
  ...PREVIEW_ROW_ROUTES,
  ...RESTORE_ROUTES,
  ...RESTORE_RECORD_ROUTES,
  ...REQUEST_ROUTES,
].filter(({ path }) => path.includes('{tenant}'));

describe('previews, restores and requests', () => {
  let world: ApiWorld;
  beforeEach(async () => {
    const opened = async () => world.deps as never;
    world = await apiWorld({ known: ['acme'], parts: () => ({ context: opened, governance: opened }) });
  });
  afterEach(() => world.deps.dispose());

  const ask = (
    who: typeof olga,
    { id, method, path }: (typeof ROUTES_HERE)[number],
    tenant: string,
    request = 'none',
  ) => {
    const place = path
      .replace('{tenant}', tenant)
      .replace('{request}', request)
      .replaceAll(/\{\w+\}/g, 'none');
    return world.call(who, `${place}${QUERIES[id] ?? ''}`, method === 'get' ? undefined : (BODIES[id] ?? {}));
  };

  it.each(ROUTES_HERE.map(each => [each.id, each] as const))(
    '%s is refused to the administrator of another tenant',
    async (_id, each) => {
      const id = await world.ask();
      const { status, body } = await ask(stranger, each, acme, id);
      expect({ status, code: body.code }).toEqual({ status: 403, code: 'not-permitted' });
      expect(JSON.stringify(body)).not.toContain('olga');
      expect(await world.last()).toMatchObject({ outcome: 'denied', who: 'theo' });
    },
  );

  it('tells nobody without a permission whether a preview, restore or request exists', async () => {
    for (const each of ROUTES_HERE) {
      const there = await ask(stranger, each, acme, await world.ask());
      const nowhere = await ask(stranger, each, acme, '000000000-00000000');
      expect({ ...there, id: each.id }).toEqual({ ...nowhere, id: each.id });
    }
  });

  it('gives rows to who may read rows alone', async () => {
    const rows = PREVIEW_ROW_ROUTES.find(({ id }) => id === 'readPreviewRows')!;
    for (const who of [olga, anna, owner]) expect((await ask(who, rows, acme)).body.code).toBe('not-permitted');
    expect((await ask(root, rows, acme)).body.code).toBe('unknown-preview');
  });

  it('lists to a tenant administrator the requests of the own tenant, and to nobody those of another', async () => {
    const id = await world.ask();
    const listed = async (who: typeof olga, query = '') => (await world.call(who, `/requests${query}`)).body;
    expect((await listed(owner)).requests.map((each: { id: string }) => each.id)).toEqual([id]);
    expect((await listed(stranger)).requests).toEqual([]);
    expect(await listed(stranger, `?tenant=${acme}`)).toMatchObject({ code: 'not-permitted' });
    expect((await listed(anna, `?tenant=${acme}`)).requests).toHaveLength(1);
    expect((await listed(olga, `?tenant=${other}`)).requests).toEqual([]);
  });

  it('says to each reader what they can do, and why not', async () => {
    const id = await world.ask();
    const steps = async (who: typeof olga) => (await world.call(who, `/tenants/${acme}/requests/${id}`)).body.steps;
    expect(await steps(olga)).toMatchObject({ decide: { may: false }, cancel: { may: true }, execute: { may: false } });
    expect((await steps(olga)).decide.why).toMatch(/own request/);
    expect(await steps(anna)).toMatchObject({ decide: { may: true, why: null }, cancel: { may: false } });
    expect((await steps(root)).breakGlass).toEqual({ may: true, why: null });
  });

  it('pages ended requests without leaving one out or showing one twice', async () => {
    const made: string[] = [];
    for (let n = 0; n < 7; n++) {
      world.deps.clock.advance(10);
      const id = await world.ask();
      await world.decide(anna, id, { agrees: false });
      made.push(id);
    }
    const open = await world.ask();
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await world.call(olga, `/requests?limit=3${cursor}`);
      seen.push(...body.requests.map((each: { id: string }) => each.id));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(seen).toEqual([open, ...made.reverse()]);
  });

  it('breaks glass as a request of its own, which another person reviews', async () => {
    const id = await world.ask();
    const begun = await world.call(root, `/tenants/${acme}/requests/${id}/break-glass`, {
      reason: 'site is down',
    });
    expect(begun.status).toBe(202);
    await world.apiDeps.executions.settled();
    const { result } = (await world.call(root, `/tenants/${acme}/executions/${begun.body.id}`)).body;
    expect(result.request).not.toBe(id);
    const place = `/tenants/${acme}/requests/${result.request}`;
    expect((await world.call(root, `${place}/review`, { comment: 'fine' })).body.code).toBe('own-request');
    const reviewed = await world.call(anna, `${place}/review`, { comment: 'looked at it' });
    expect(reviewed.body).toMatchObject({ state: 'done', brokeGlass: true, reviewedBy: 'anna' });
    expect((await world.call(olga, `/tenants/${acme}/requests/${id}`)).body.state).toBe('waiting');
  });
});
