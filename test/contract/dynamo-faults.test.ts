/**
 * The DynamoDB catalog behind a network that throttles, resets, falls silent and truncates bodies. Promised: nothing
 * acknowledged is lost, nothing is listed that cannot be read, nothing is done twice, and a failure is reported as
 * retryable, not as damage.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOptions } from '../../lib/aws/clients.ts';
import { openDynamoCatalog } from '../../lib/aws/dynamo-catalog.ts';
import type { Catalog } from '../../lib/ports.ts';
import { createCatalogTable } from '../support/catalog-table.ts';
import { type FaultyLine, type FaultyWay, faultyLine } from '../support/faulty-line.ts';
import { FAULTS, type Fault, firstAttempts, stormOf } from '../support/faulty-proxy.ts';
import { startMinistack } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

/** Longer than the response time on a busy machine. */
const SILENCE_MS = 1500;
const QUICK: readonly Fault[] = ['throttled', 'reset', 'cut-request', 'lost-answer', 'cut-answer'];

describe.concurrent('The DynamoDB catalog behind faults (MiniStack)', () => {
  let line: FaultyLine;
  let witness: Catalog;

  beforeAll(async () => {
    line = await faultyLine(startMinistack(), SILENCE_MS);
    await createCatalogTable(new DynamoDBClient(clientOptions(line.server.target)), 'catalog');
    witness = openDynamoCatalog({ client: new DynamoDBClient(clientOptions(line.server.target)), table: 'catalog' });
  }, SETUP_TIMEOUT_MS);
  afterAll(() => line?.stop());

  async function faultyCatalog(): Promise<FaultyWay & { catalog: Catalog }> {
    const way = await line.way();
    const client = new DynamoDBClient(clientOptions(way.faulty));
    return { ...way, catalog: openDynamoCatalog({ client, table: 'catalog', pageItems: 10 }) };
  }

  for (const fault of FAULTS) {
    it(`writes once and reads completely although a request first meets: ${fault}`, async () => {
      const { catalog, proxy } = await faultyCatalog();
      const put = (sort: string, value: unknown, onlyIf?: 'absent' | { revision: number }) => ({
        put: { partition: fault, sort, value },
        ...(onlyIf ? { onlyIf } : {}),
      });
      proxy.next(fault);
      await catalog.write([put('head', 1, 'absent'), put('other', 1)]);
      proxy.next(fault);
      await catalog.write([put('head', 2, { revision: 1 })]);
      expect(await witness.get(fault, 'head')).toMatchObject({ revision: 2, value: 2 });
      proxy.next(fault);
      expect(await catalog.get(fault, 'head')).toMatchObject({ revision: 2, value: 2 });
      await witness.write(Array.from({ length: 25 }, (_, n) => put(`n${n}`, n)));
      proxy.decide(firstAttempts(fault));
      const found = [];
      for await (const item of catalog.query(fault, { from: 'n', to: 'n~' })) found.push(item.value);
      expect(found.sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 25 }, (_, n) => n));
    });
  }

  it('counts every update once in a storm of faults', async () => {
    const { catalog, proxy } = await faultyCatalog();
    await witness.write([{ put: { partition: 'storm', sort: 'count', value: 0 } }]);
    proxy.decide(stormOf(5, 0.25, QUICK));
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
    const outcomes = await Promise.allSettled(Array.from({ length: 15 }, increment));
    proxy.decide(undefined);
    const done = outcomes.filter(outcome => outcome.status === 'fulfilled').length;
    expect(done).toBeGreaterThan(8);
    const { value, revision } = (await witness.get('storm', 'count'))!;
    expect(Number(value)).toBeGreaterThanOrEqual(done);
    expect(Number(value)).toBeLessThanOrEqual(15);
    expect(revision).toBe(Number(value) + 1);
  });
});
