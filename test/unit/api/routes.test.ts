/** The table of routes: what it says is what is served, and no route is reached by who may not. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_FILES, apiTexts } from '../../../bin/write-api.ts';
import type { ApiRoute } from '../../../lib/api/route.ts';
import { ROUTES } from '../../../lib/api/routes.ts';
import type { Principal } from '../../../lib/domain/principal.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { acme, person, stranger } from '../../support/governed.ts';

const ROOT = join(import.meta.dirname, '../../..');

let world: ApiWorld;
beforeAll(async () => {
  world = await apiWorld({ known: ['acme', 'other'] });
});
afterAll(() => world.deps.dispose());

/** The route with the tenant and the same word for everything else. */
function addressOf({ path }: ApiRoute): string {
  return path.replace('{tenant}', acme).replaceAll(/\{\w+\}/g, '0mb2c4f1a-3f8a2c1d');
}

function send(who: Principal | undefined, route: ApiRoute) {
  return world.call(who, addressOf(route), route.method === 'post' ? {} : undefined);
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
    expect(await send(undefined, route)).toMatchObject({ status: 401, body: { code: 'not-signed-in' } });
  });

  it.runIf(route.needs !== 'operation')('refuses who has no role, and records it', async () => {
    const { status, body } = await send(person('nobody', []), route);
    if (status === 400) return;
    expect([status, body]).toMatchObject([403, { code: 'not-permitted' }]);
    const of = route.needs !== 'operation' && route.needs.on === 'tenant' ? acme : undefined;
    if (of) expect(await world.last(of)).toMatchObject({ who: 'nobody', outcome: 'denied', code: 'not-permitted' });
  });

  it.runIf(route.path.includes('{tenant}'))('tells the administrator of another tenant nothing', async () => {
    const { status, body } = await send(stranger, route);
    expect([400, 403, 404]).toContain(status);
    expect(JSON.stringify(body)).not.toMatch(/acme/);
  });
});
