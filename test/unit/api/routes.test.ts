/** The table of routes: what it says is what is served, and no route is reached by who may not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_FILES, apiTexts } from '../../../bin/write-api.ts';
import type { ApiRoute } from '../../../lib/api/route.ts';
import { ROUTES } from '../../../lib/api/routes.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { acme, other, person, stranger } from '../../support/governed.ts';

const ROOT = join(import.meta.dirname, '../../..');

let world: ApiWorld;
beforeAll(async () => {
  world = await apiWorld();
  await world.know(acme, 'acme');
  await world.know(other, 'other');
});
afterAll(() => world.deps.dispose());

/** The route with the tenant and the same word for everything else. */
function addressOf({ path }: ApiRoute): string {
  return path.replace('{tenant}', acme).replaceAll(/\{\w+\}/g, '0mb2c4f1a-3f8a2c1d');
}

async function send(route: ApiRoute) {
  return world.call(addressOf(route), route.method === 'post' ? {} : undefined);
}

describe('the document', () => {
  it('is the committed one, and so are the types of the client', async () => {
    const texts = await apiTexts();
    expect(await readFile(join(ROOT, API_FILES.document), 'utf8')).toBe(texts.document);
    expect(await readFile(join(ROOT, API_FILES.types), 'utf8')).toBe(texts.types);
  });

  it('names every operation once', () => {
    const ids = ROUTES.map(({ id }) => id);
    expect(ids.length).toBe(new Set(ids).size);
  });
});

describe.each(ROUTES.map(route => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
  it('answers nobody who has not signed in', async () => {
    world.caller = undefined;
    expect(await send(route)).toMatchObject({ status: 401, answer: { code: 'not-signed-in' } });
  });

  it.runIf(route.needs !== 'operation')('refuses who has no role, and records it', async () => {
    world.caller = person('nobody', []);
    const { status, answer } = await send(route);
    if (status === 400) return;
    expect([status, answer]).toMatchObject([403, { code: 'not-permitted' }]);
    const of = route.needs !== 'operation' && route.needs.on === 'tenant' ? acme : undefined;
    if (of) expect(await world.last(of)).toMatchObject({ who: 'nobody', outcome: 'denied', code: 'not-permitted' });
  });

  it.runIf(route.path.includes('{tenant}'))('tells the administrator of another tenant nothing', async () => {
    world.caller = stranger;
    const { status, answer } = await send(route);
    expect([400, 403, 404]).toContain(status);
    expect(JSON.stringify(answer)).not.toMatch(/acme/);
  });
});
