/** Tenants page by page: every one once, whatever the size of pages, and no more work than a page has. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cursorOf } from '../../../lib/api/paging.ts';
import { LsnText } from '../../../lib/domain/lsn.ts';
import { type RunItem, runs, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { type ApiWorld, apiWorld, refOfTest } from '../../support/api-world.ts';
import { root } from '../../support/governed.ts';

const IDS = Array.from({ length: 37 }, (_, index) => `tenant-${index}`);

let world: ApiWorld;
beforeAll(async () => {
  world = await apiWorld({ known: IDS });
});
afterAll(() => world.deps.dispose());

/** How many items of that kind are read from the catalog from now on. */
function countedItems({ deps: { catalog } }: ApiWorld, of: string) {
  let items = 0;
  const get = vi.spyOn(catalog, 'get');
  const read = catalog.query.bind(catalog);
  const query = vi.spyOn(catalog, 'query').mockImplementation(async function* (...asked) {
    for await (const item of read(...asked)) {
      if (item.partition === of) items++;
      yield item;
    }
  });
  return {
    items: () => items + new Set(get.mock.calls.flatMap(([partition, sort]) => (partition === of ? [sort] : []))).size,
    end() {
      get.mockRestore();
      query.mockRestore();
    },
  };
}

interface TenantsAnswer {
  readonly tenants: readonly { readonly tenantId: string; readonly state: string }[];
  readonly next: string | null;
}

async function all(query: string): Promise<string[]> {
  const found: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const { body } = await world.call(root, `/tenants?${query}${next === '' ? '' : `&cursor=${next}`}`);
    const page = body as TenantsAnswer;
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

  it('reads for a page what the page shows, wherever it is and whatever was searched', async () => {
    const last = [...IDS.map(refOfTest)].sort().at(-3)!;
    // The first search reads every text.
    await all('search=tenant-3');
    for (const query of ['', `cursor=${cursorOf(last)}`, 'search=tenant', 'search=tenant-36']) {
      const read = countedItems(world, 'tenants');
      await world.call(root, `/tenants?limit=2&${query}`);
      expect([query, read.items()]).toEqual([query, expect.toSatisfy((n: number) => n > 0 && n <= 3)]);
      read.end();
    }
  });

  it('finds exactly the tenants that have the part in their id, name or reference', async () => {
    const named = new Map(IDS.map((id, place) => [id, `${place % 3 === 0 ? 'Ünder' : 'Over'} ${place} Ltd`]));
    const labelled = await apiWorld({ known: IDS, parts: () => ({ labels: async () => named }) });
    const texts = IDS.map(id => [id, named.get(id)!, refOfTest(id)] as const);
    const part = fc
      .constantFrom(...texts.flat())
      .chain(text =>
        fc
          .tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 12 }))
          .map(([at, size]) => text.slice(at, at + size)),
      );
    const some = fc.oneof(
      part,
      fc.string({ minLength: 1, maxLength: 3 }),
      fc.constantFrom('\0', 'd\0', 'tenant-1\0Over'),
    );
    await fc.assert(
      fc.asyncProperty(some, fc.integer({ min: 1, max: 9 }), async (typed, limit) => {
        const found: string[] = [];
        for (let next: string | null = ''; next !== null; ) {
          const query: string = `limit=${limit}&search=${encodeURIComponent(typed)}${next === '' ? '' : `&cursor=${next}`}`;
          const { body }: { body: TenantsAnswer } = await labelled.call(root, `/tenants?${query}`);
          found.push(...body.tenants.map(each => each.tenantId));
          next = body.next;
        }
        const wanted = typed.trim().toLowerCase();
        const expected = texts.filter(each => each.some(text => text.toLowerCase().includes(wanted)));
        expect(found).toEqual(expected.map(([id]) => id).sort((a, b) => (refOfTest(a) < refOfTest(b) ? -1 : 1)));
      }),
    );
    await labelled.deps.dispose();
  });

  it('finds a new tenant by its whole id at once, and by a part of it within two minutes', async () => {
    const fresh = await apiWorld();
    const found = async (part: string) => {
      const { body } = await fresh.call(root, `/tenants?search=${part}`);
      return (body as TenantsAnswer).tenants.map(({ tenantId: id }) => id);
    };
    expect(await found('Born')).toEqual([]);
    await fresh.know('Born later');
    expect(await found('Born later')).toEqual(['Born later']);
    expect(await found(refOfTest('Born later'))).toEqual(['Born later']);
    fresh.deps.clock.advance(121_000);
    expect(await found('RN LAT')).toEqual(['Born later']);
    await fresh.deps.catalog.write([tenants.remove(refOfTest('Born later'))]);
    expect(await found('born')).toEqual([]);
    await fresh.deps.dispose();
  });

  it.each(['x', Buffer.from('[1]').toString('base64url'), Buffer.from('{}').toString('base64url')])(
    'refuses the cursor %s',
    async cursor => {
      expect(await world.call(root, `/tenants?cursor=${cursor}`)).toMatchObject({
        status: 400,
        body: { code: 'bad-cursor' },
      });
    },
  );
});

describe('the fleet', () => {
  it('reads of the log what is new, and all of it after ten minutes', async () => {
    const fresh = await apiWorld();
    const { catalog, clock } = fresh.deps;
    const time = clock.now().toISOString();
    const run = (minute: number): RunItem => ({
      ...{
        id: `run-${minute}`,
        key: 'k',
        sha256: 's',
        from: LsnText.parse(`0/${minute}000`),
        to: LsnText.parse(`0/${minute + 1}000`),
      },
      ...{ fromTime: time, toTime: clock.now().toISOString(), previous: null, transactions: 1, changes: 1 },
      ...{ storedBytes: 1, tenants: 1, xmin: '1' },
    });
    await catalog.write([1, 2, 3, 4].map(minute => runs.put(run(minute))));
    const read = countedItems(fresh, 'log#runs');
    const newest = async () => (await fresh.call(root, '/fleet')).body.log.newest;
    await newest();
    const whole = read.items();
    expect(whole).toBeGreaterThanOrEqual(4);
    clock.advance(6000);
    await catalog.write([runs.put(run(5))]);
    expect(await newest()).toBe(run(5).toTime);
    expect(read.items() - whole).toBeLessThanOrEqual(2);
    await catalog.write([runs.remove(run(1))]);
    clock.advance(10 * 60_000);
    const before = read.items();
    await newest();
    expect(read.items() - before).toBe(4);
    read.end();
    await fresh.deps.dispose();
  });

  it('lets other requests have their turn while it is counted', async () => {
    let turns = 0;
    const turn = () => {
      turns++;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    await world.apiDeps.fleet.counted();
    clearImmediate(next);
    expect(turns).toBeGreaterThan(0);
  });

  it('is answered at once while it is being counted, and says of when its totals are', async () => {
    const fresh = await apiWorld();
    await fresh.know('one');
    expect((await fresh.call(root, '/fleet')).body).toMatchObject({
      counted: null,
      log: { newest: null, isLate: true },
    });
    await fresh.apiDeps.fleet.counted();
    const at = fresh.deps.clock.now().toISOString();
    expect((await fresh.call(root, '/fleet')).body).toMatchObject({
      counted: { at, totals: { unprotected: 1, safe: 0 } },
    });
    await fresh.deps.dispose();
  });
});
