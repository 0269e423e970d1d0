/** Tenants page by page: every one once, whatever the size of pages, and no more work than a page has. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { root } from '../../support/governed.ts';

const IDS = Array.from({ length: 37 }, (_, index) => `tenant-${index}`);

let world: ApiWorld;
beforeAll(async () => {
  world = await apiWorld();
  world.caller = root;
  const firstSeen = world.deps.clock.now().toISOString();
  const refOf = (id: string) => tenantRef('test-installation', tenantId(id));
  await world.deps.catalog.write(IDS.map(id => tenants.put({ ref: refOf(id), tenantId: id, firstSeen })));
});
afterAll(() => world.deps.dispose());

interface TenantsAnswer {
  readonly tenants: readonly { readonly tenantId: string; readonly state: string }[];
  readonly next: string | null;
}

async function all(query: string): Promise<string[]> {
  const found: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const { answer } = await world.call(`/tenants?${query}${next === '' ? '' : `&cursor=${next}`}`);
    const page = answer as TenantsAnswer;
    found.push(...page.tenants.map(each => each.tenantId));
    next = page.next;
  }
  return found;
}

describe('the list of tenants', () => {
  it('has every tenant once, for every size of pages', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), fc.constantFrom('', '&problems=true'), async (limit, more) => {
        expect((await all(`limit=${limit}${more}`)).sort()).toEqual([...IDS].sort());
      }),
      { numRuns: 12 },
    ));

  it('finds parts of ids, in pages too', async () => {
    expect((await all('limit=2&search=NANT-1')).sort()).toEqual(IDS.filter(id => id.includes('nant-1')).sort());
    expect(await all('search=none')).toEqual([]);
  });

  it.each(['x', Buffer.from('[1]').toString('base64url'), Buffer.from('{}').toString('base64url')])(
    'refuses the cursor %s',
    async cursor => {
      expect(await world.call(`/tenants?cursor=${cursor}`)).toMatchObject({
        status: 400,
        answer: { code: 'bad-cursor' },
      });
    },
  );
});

describe('the fleet', () => {
  it('is answered at once while it is being counted, and says of when its totals are', async () => {
    const fresh = await apiWorld();
    fresh.caller = root;
    await fresh.know(tenantRef('test-installation', tenantId('one')), 'one');
    expect((await fresh.call('/fleet')).answer).toMatchObject({ counted: null, log: { newest: null, isLate: true } });
    await fresh.apiDeps.fleet.counted();
    const at = fresh.deps.clock.now().toISOString();
    expect((await fresh.call('/fleet')).answer).toMatchObject({ counted: { at, totals: { unprotected: 1, safe: 0 } } });
    await fresh.deps.dispose();
  });
});
