/** The contract of every catalog; see Catalog in lib/ports.ts. Runs against each adapter. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Catalog, CatalogWrite } from '../../lib/ports.ts';
import { type KnownWrong, promises } from './promise.ts';

export interface CatalogUnderTest {
  readonly catalog: Catalog;
  /** The same catalog as another process would open it. */
  readonly again: () => Promise<Catalog>;
  readonly dispose: () => Promise<void>;
}

export function catalogContract(name: string, make: () => Promise<CatalogUnderTest>, known: KnownWrong = {}): void {
  describe(`${name} keeps the promises of a catalog`, () => {
    const promise = promises(known);
    let under: CatalogUnderTest;
    let catalog: Catalog;
    let partition = '';
    beforeAll(async () => {
      under = await make();
      catalog = under.catalog;
    });
    beforeEach(() => {
      partition = `contract#${randomBytes(6).toString('hex')}`;
    });
    afterAll(() => under.dispose());

    const put = (sort: string, value: unknown, onlyIf?: 'absent' | { revision: number }): CatalogWrite => ({
      put: { partition, sort, value },
      ...(onlyIf === undefined ? {} : { onlyIf }),
    });
    async function sorts(range?: Parameters<Catalog['query']>[1], from = catalog): Promise<string[]> {
      const found: string[] = [];
      for await (const item of from.query(partition, range)) found.push(item.sort);
      return found;
    }

    promise('returns what was written, for any JSON value', async () => {
      const value = {
        text: 'é "quoted" \u0001',
        big: '9223372036854775807',
        number: 12.5,
        list: [1, null, { deep: true }],
        empty: {},
        none: null,
        blank: '',
      };
      await catalog.write([put('a', value)]);
      expect(await catalog.get(partition, 'a')).toEqual({ partition, sort: 'a', revision: 1, value });
      expect(await catalog.get(partition, 'b')).toBeUndefined();
      expect(await catalog.get(`${partition}x`, 'a')).toBeUndefined();
    });

    promise('counts revisions from 1, and starts again after a removal', async () => {
      await catalog.write([put('a', 1)]);
      await catalog.write([put('a', 2)]);
      expect(await catalog.get(partition, 'a')).toMatchObject({ revision: 2, value: 2 });
      await catalog.write([{ remove: { partition, sort: 'a' } }]);
      expect(await catalog.get(partition, 'a')).toBeUndefined();
      await catalog.write([{ remove: { partition, sort: 'a' } }, put('b', 1)]);
      await catalog.write([put('a', 3, 'absent')]);
      expect(await catalog.get(partition, 'a')).toMatchObject({ revision: 1, value: 3 });
    });

    promise('enforces conditions: absent, and a revision', async () => {
      await catalog.write([put('a', 1, 'absent')]);
      await expect(catalog.write([put('a', 2, 'absent')])).rejects.toMatchObject({ code: 'lost-race' });
      await catalog.write([put('a', 2, { revision: 1 })]);
      await expect(catalog.write([put('a', 3, { revision: 1 })])).rejects.toMatchObject({ code: 'lost-race' });
      await expect(catalog.write([put('none', 3, { revision: 1 })])).rejects.toMatchObject({ code: 'lost-race' });
      expect(await catalog.get(partition, 'a')).toMatchObject({ revision: 2, value: 2 });
    });

    promise('writes all or nothing', async () => {
      await catalog.write([put('taken', 1)]);
      const many = Array.from({ length: 99 }, (_, n) => put(`n${n}`, n));
      await expect(catalog.write([...many, put('taken', 2, 'absent')])).rejects.toMatchObject({ code: 'lost-race' });
      expect(await sorts()).toEqual(['taken']);
      await catalog.write([...many, put('taken', 2, { revision: 1 })]);
      expect(await sorts()).toHaveLength(100);
    });

    promise('refuses more than 100 writes, and two writes of one item', async () => {
      const many = Array.from({ length: 101 }, (_, n) => put(`n${n}`, n));
      await expect(catalog.write(many)).rejects.toMatchObject({ code: 'bad-catalog-write' });
      await expect(catalog.write([put('a', 1), put('a', 2)])).rejects.toMatchObject({ code: 'bad-catalog-write' });
      expect(await sorts()).toEqual([]);
    });

    promise('lets exactly one of several writers win a condition', async () => {
      const other = await under.again();
      const write = (n: number) => (n % 2 ? other : catalog).write([put('head', n, 'absent')]);
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => write(n)));
      const won = outcomes.flatMap((outcome, n) => (outcome.status === 'fulfilled' ? [n] : []));
      expect(won).toHaveLength(1);
      expect(await catalog.get(partition, 'head')).toMatchObject({ revision: 1, value: won[0] });
      await other.close();
    });

    promise('loses no update of writers that retry', async () => {
      const other = await under.again();
      await catalog.write([put('count', 0)]);
      async function increment(through: Catalog): Promise<void> {
        for (;;) {
          const item = (await through.get(partition, 'count'))!;
          try {
            return await through.write([put('count', (item.value as number) + 1, { revision: item.revision })]);
          } catch (error) {
            expect(error).toMatchObject({ code: 'lost-race' });
          }
        }
      }
      await Promise.all(Array.from({ length: 20 }, (_, n) => increment(n % 2 ? other : catalog)));
      expect(await catalog.get(partition, 'count')).toMatchObject({ value: 20, revision: 21 });
      await other.close();
    });

    promise('queries in sort order (UTF-8), with inclusive bounds, in both directions, with a limit', async () => {
      const names = ['', 'a', 'a#1', 'a#2', 'a~', 'b', 'Z', 'é', '0', '00', '1', '😀', '～'];
      const usable = names.filter(sort => sort !== '');
      await catalog.write(usable.map(sort => put(sort, sort)));
      const ordered = [...usable].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await sorts()).toEqual(ordered);
      expect(await sorts({ reverse: true })).toEqual([...ordered].reverse());
      expect(await sorts({ from: 'a', to: 'a~' })).toEqual(['a', 'a#1', 'a#2', 'a~']);
      expect(await sorts({ from: 'a#2' })).toEqual(ordered.slice(ordered.indexOf('a#2')));
      expect(await sorts({ to: '1', reverse: true })).toEqual(['1', '00', '0']);
      expect(await sorts({ from: 'a', limit: 2 })).toEqual(['a', 'a#1']);
      expect(await sorts({ reverse: true, limit: 1 })).toEqual([ordered.at(-1)]);
      expect(await sorts({ from: 'x', to: 'b' })).toEqual([]);
    });

    promise(
      'queries more items than fit into one page of any store',
      async () => {
        const names = Array.from({ length: 1300 }, (_, n) => String(n).padStart(6, '0'));
        for (let start = 0; start < names.length; start += 100)
          await catalog.write(names.slice(start, start + 100).map(sort => put(sort, 'x'.repeat(900))));
        expect(await sorts()).toEqual(names);
        expect(await sorts({ reverse: true, limit: 700 })).toEqual(names.slice(-700).reverse());
      },
      60_000,
    );

    promise('shows a write immediately to a reader in another process', async () => {
      const other = await under.again();
      await catalog.write([put('a', 1)]);
      expect(await sorts({}, other)).toEqual(['a']);
      await other.close();
      expect(await sorts()).toEqual(['a']);
    });
  });
}
