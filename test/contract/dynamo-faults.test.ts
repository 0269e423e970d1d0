/**
 * The DynamoDB catalog behind a network that throttles, resets, falls silent and cuts bodies. Promised: nothing that was reported done is
 * lost, nothing is listed that cannot be read, nothing is done twice, and what cannot be done is said to be worth another
 * try, not to be damage.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '../../lib/aws/clients.ts';
import { openDynamoCatalog } from '../../lib/aws/dynamo-catalog.ts';
import type { Catalog } from '../../lib/ports.ts';
import { createCatalogTable } from '../support/catalog-table.ts';
import { type FaultyLine, faultyLine } from '../support/faulty-line.ts';
import { FAULTS, type Fault, firstAttempts, stormOf } from '../support/faulty-proxy.ts';
import { startMinistack } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const QUICK: readonly Fault[] = ['throttled', 'reset', 'cut-request', 'lost-answer', 'cut-answer'];

describe('The DynamoDB catalog behind faults (MiniStack)', () => {
  let line: FaultyLine;
  let catalog: Catalog;
  let witness: Catalog;

  beforeAll(async () => {
    line = await faultyLine(startMinistack(), 300);
    await createCatalogTable(new DynamoDBClient(clientOptions(line.server.target)), 'catalog');
    catalog = openDynamoCatalog({
      client: new DynamoDBClient(clientOptions(line.faulty)),
      table: 'catalog',
      pageItems: 10,
    });
    witness = openDynamoCatalog({ client: new DynamoDBClient(clientOptions(line.server.target)), table: 'catalog' });
  }, SETUP_TIMEOUT_MS);
  afterEach(() => line.proxy.decide(undefined));
  afterAll(() => line?.stop());

  for (const fault of FAULTS) {
    it(`writes once and reads whole, though a request first meets: ${fault}`, async () => {
      const put = (sort: string, value: unknown, onlyIf?: 'absent' | { revision: number }) => ({
        put: { partition: fault, sort, value },
        ...(onlyIf ? { onlyIf } : {}),
      });
      line.proxy.next(fault);
      await catalog.write([put('head', 1, 'absent'), put('other', 1)]);
      line.proxy.next(fault);
      await catalog.write([put('head', 2, { revision: 1 })]);
      expect(await witness.get(fault, 'head')).toMatchObject({ revision: 2, value: 2 });
      line.proxy.next(fault);
      expect(await catalog.get(fault, 'head')).toMatchObject({ revision: 2, value: 2 });
      await witness.write(Array.from({ length: 25 }, (_, n) => put(`n${n}`, n)));
      line.proxy.decide(firstAttempts(fault));
      const found = [];
      for await (const item of catalog.query(fault, { from: 'n', to: 'n~' })) found.push(item.value);
      expect(found.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 25 }, (_, n) => n));
    });
  }

  it('counts every update once in a storm', async () => {
    await witness.write([{ put: { partition: 'storm', sort: 'count', value: 0 } }]);
    line.proxy.decide(stormOf(5, 0.35, QUICK));
    async function increment(): Promise<void> {
      for (;;) {
        try {
          const item = (await catalog.get('storm', 'count'))!;
          const put = { partition: 'storm', sort: 'count', value: Number(item.value) + 1 };
          return await catalog.write([{ put, onlyIf: { revision: item.revision } }]);
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(lost-race|catalog-unreachable)$/),
            retry: 'auto',
          });
          if ((error as { code: string }).code === 'catalog-unreachable') throw error;
        }
      }
    }
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, increment));
    line.proxy.decide(undefined);
    const done = outcomes.filter(outcome => outcome.status === 'fulfilled').length;
    expect(done).toBeGreaterThan(20);
    const { value, revision } = (await witness.get('storm', 'count'))!;
    expect(Number(value)).toBeGreaterThanOrEqual(done);
    expect(Number(value)).toBeLessThanOrEqual(25);
    expect(revision).toBe(Number(value) + 1);
  });
});
