/**
 * The administrator of one tenant reaches no other: every route of the table, with the other tenant in every place where an
 * address, a query, a cursor or a body can name one.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { cursorOf } from '../../../lib/api/paging.ts';
import type { ApiRoute } from '../../../lib/api/route.ts';
import { ROUTES } from '../../../lib/api/routes.ts';
import { restores } from '../../../lib/operations/catalog/catalog-index.ts';
import { type BodySchema, filledBody } from '../../support/filled-body.ts';
import { person } from '../../support/governed.ts';
import { administratorOf, refOfTest, type SelfWorld, selfWorld } from '../../support/self-world.ts';

const [own, other] = [refOfTest('acme'), refOfTest('zenith-9431')];
const administrator = administratorOf(own);

let world: SelfWorld;
/** Everything by which the other tenant could be named or known. */
let names: readonly string[];

beforeAll(async () => {
  world = await selfWorld(['acme', 'zenith-9431']);
  const { deps, apiDeps } = world;
  const execution = apiDeps.executions.start({ tenant: other, work: 'backup', startedBy: 'olga' }, async () => ({
    ...{ kind: 'backup', id: 'secret-backup', at: '2026-01-01T00:00:00Z', rows: 4711 },
  }));
  await apiDeps.executions.settled();
  const request = await world.ask(person('olga', ['operator']), other);
  const item = { id: '0mb2c4f1a-3f8a2c1d', state: 'done', at: '2026-01-01T00:00:00Z' };
  await deps.catalog.write([restores.put(other, item.id, item)]);
  names = ['zenith-9431', other, execution.id, request, item.id, 'secret-backup'];
});
afterAll(() => world.deps.dispose());

/** Values of other tenants and of none, for whatever takes a text. */
const texts = () => [...names, ...names.map(cursorOf), 'system', 'auditors', '*', `${other}/..`, '', "' OR 1=1"];

const shapeOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as BodySchema;

interface Attempt {
  readonly tenant: string;
  readonly text: string;
}

async function attempted(route: ApiRoute, { tenant, text }: Attempt) {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(name === 'tenant' ? tenant : text));
  const query = new URLSearchParams(
    Object.keys(route.query?.shape ?? {}).map((name): [string, string] => [name, name === 'limit' ? '10' : text]),
  );
  // What is not a parameter of the route must not count either.
  for (const name of ['tenant', 'tenantId', 'as']) query.append(name, other);
  const body = route.body && filledBody(shapeOf(route.body), text);
  const answer = await world.call(administrator, route.method.toUpperCase(), `${path}?${query}`, body);
  await world.apiDeps.executions.settled();
  return { status: answer.status, text: await answer.text() };
}

/** The caller’s own words come back in no answer either: what is found of the other tenant was read. */
const reveals = (answer: string, said: string) => names.some(name => answer.includes(name) && !said.includes(name));

describe.each(ROUTES.map(route => [`${route.method.toUpperCase()} ${route.path}`, route] as const))(
  '%s',
  (_, route) => {
    const takesTenant = route.path.includes('{tenant}');

    it.runIf(takesTenant)('refuses another tenant, whatever else is asked, and records it', async () => {
      for (const text of texts()) {
        world.recorded.length = 0;
        const answer = await attempted(route, { tenant: other, text });
        expect([400, 403, 404]).toContain(answer.status);
        expect(reveals(answer.text, `${text}${other}`)).toBe(false);
        if (answer.status !== 403) continue;
        const denied = world.recorded.filter(({ tenant, draft }) => tenant === other && draft.outcome === 'denied');
        expect(denied.map(({ draft }) => draft.who.name)).toEqual([administrator.name]);
      }
    });

    it.runIf(takesTenant)('knows no tenant `system` or `auditors`, and none that is not one', async () => {
      for (const tenant of [
        'system',
        'auditors',
        'acme',
        'zenith-9431',
        `${other} `,
        other.toUpperCase(),
        `${own}%2f${other}`,
      ])
        expect(route.alsoSystem ? [400, 403, 404] : [400, 404]).toContain(
          (await attempted(route, { tenant, text: 'x' })).status,
        );
    });

    it('answers with nothing of another tenant for the caller’s own', async () => {
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...texts()), async text => {
          const answer = await attempted(route, { tenant: own, text });
          expect(answer.status).not.toBe(500);
          expect(reveals(answer.text, text)).toBe(false);
        }),
        { numRuns: 20 },
      );
    });

    it('is not for whoever has no role', async () => {
      const nobody = { ...administrator, roles: [], tenants: [] };
      const path = route.path.replaceAll('{tenant}', own).replaceAll(/\{\w+\}/g, 'x');
      const body = route.body && filledBody(shapeOf(route.body), 'latest');
      const answer = await world.call(nobody, route.method.toUpperCase(), path, body);
      // Who one is, and keys that are public; of the rest, what nobody began or made is nowhere.
      if (route.id === 'readMe' || route.id === 'readPublicKey') return;
      expect(route.needs === 'operation' ? [400, 403, 404] : [400, 403]).toContain(answer.status);
    });
  },
);

it('self-service is of the caller’s own tenant, and of nobody who has none or several', async () => {
  for (const tenants of [[], [own, other]]) {
    const answer = await world.call({ ...administrator, tenants }, 'GET', '/self');
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, 'no-own-tenant']);
  }
  const mine = (await (await world.call(administrator, 'GET', '/self')).json()) as { tenantId: string };
  expect(mine.tenantId).toBe('acme');
});
