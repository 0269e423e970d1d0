/** The API of an installation on AWS: whose tokens it believes, which function answers what, and what it opens for whom. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiOnAws, type GatewayAnswer } from '../../../lib/api/api-on-aws.ts';
import type { ApiRoute, PlaceOnAws } from '../../../lib/api/route.ts';
import { ROUTES } from '../../../lib/api/routes.ts';
import { TABLES_ON_AWS } from '../../../lib/api/routes-on-aws.ts';
import {
  gatewayRoute,
  REQUESTS_FUNCTION_PATHS,
  ROWS_FUNCTION_PATHS,
  TENANT_FUNCTION_PATHS,
} from '../../../lib/domain/api-places.ts';
import { type ConsoleSettings, consoleIssuers } from '../../../lib/domain/console-settings.ts';
import { HoldfastError } from '../../../lib/domain/errors.ts';
import type { TenantRef } from '../../../lib/domain/tenant.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { acme, other } from '../../support/governed.ts';
import { type TestIssuer, testIssuer } from '../../support/token-issuer.ts';

const SETTINGS: ConsoleSettings = {
  signIn: { kind: 'oidc', issuer: 'https://people.example.com', clientId: 'console' },
  groups: 'groups',
  roles: { dba: ['operator'], audit: ['auditor'], root: ['system-administrator'] },
  self: { issuer: 'https://app.example.com', audience: 'backups', tenantClaim: 'tenant' },
};

let world: ApiWorld;
let people: TestIssuer;
let app: TestIssuer;
/** Tenants that were opened in sessions. */
let opened: TenantRef[];
let failures: unknown[];

beforeEach(async () => {
  world = await apiWorld({ known: ['acme', 'other'] });
  const now = () => world.deps.clock.now();
  people = await testIssuer('https://people.example.com', now, 'console');
  app = await testIssuer('https://app.example.com', now, 'backups');
  [opened, failures] = [[], []];
});

afterEach(() => world.deps.dispose());

function served(place: PlaceOnAws, routes: readonly ApiRoute[] = TABLES_ON_AWS) {
  const { storage, recording, fleet, timeZone, labels, selfService, command } = world.apiDeps;
  const answer = apiOnAws({
    ...{ place, routes, issuers: consoleIssuers(SETTINGS, { region: 'eu-central-1', pool: undefined }) },
    deps: {
      ...{ storage, recording, fleet, timeZone, labels, selfService, command },
      async storageOf(tenant) {
        opened.push(tenant);
        return storage;
      },
    },
    fetch: (input, init) => (String(input).startsWith(app.issuer) ? app : people).fetch(input, init),
    failed: cause => void failures.push(cause),
  });
  return async (path: string, token?: string, method = 'GET') => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const http = { method, path };
    const [rawPath, rawQueryString = ''] = path.split('?') as [string, string?];
    const given = await answer({ rawPath, rawQueryString, headers, requestContext: { http } });
    return { ...given, document: JSON.parse(given.body) as Record<string, unknown> };
  };
}

const operator = () => people.token({ groups: ['dba'] });
const codeOf = ({ statusCode, document }: { statusCode: number; document: Record<string, unknown> }) =>
  `${statusCode} ${document.code}`;
const at = (ref: TenantRef, rest = '') => `/api/tenants/${ref}${rest}`;

describe('who calls', () => {
  it('is whom a token of the people’s issuer names, with the roles of their groups', async () => {
    const call = served('catalog');
    const me = await call('/api/me', await people.token({ sub: 'ann', groups: ['dba', 'unknown'] }));
    expect(me.document).toMatchObject({ name: 'https://people.example.com#ann', roles: ['operator'], tenants: [] });
    const nobody = await call('/api/me', await people.token({ groups: 'constructor' }));
    expect(nobody.document).toMatchObject({ roles: [], may: [] });
  });

  it('is nobody without a token, with one of another issuer or audience, an altered or an old one', async () => {
    const call = served('catalog');
    const good = await operator();
    const foreign = await testIssuer('https://evil.example.com', () => world.deps.clock.now(), 'console');
    const tokens = [
      ...[undefined, 'x', `${good}x`, await foreign.token({ groups: ['dba'] })],
      ...[
        await people.token({ aud: 'backups', groups: ['dba'] }),
        await app.token({ aud: 'console', groups: ['dba'] }),
      ],
    ];
    for (const token of tokens) expect(codeOf(await call('/api/fleet', token))).toBe('401 not-signed-in');
    world.deps.clock.advance(2 * 3600_000);
    expect(codeOf(await call('/api/fleet', good))).toBe('401 not-signed-in');
  });

  it('has no role of people with a token of the application, whatever it claims', async () => {
    const call = served('catalog');
    const token = await app.token({ tenant: 'acme', groups: ['root', 'dba'] });
    expect((await call('/api/me', token)).document).toMatchObject({ roles: ['tenant-administrator'], tenants: [acme] });
    expect((await call(at(acme, '/timeline'), token)).statusCode).toBe(200);
    expect((await call('/api/self', token)).document).toMatchObject({ tenantId: 'acme' });
    expect((await call('/api/self/timeline', token)).document).toMatchObject({ backups: [] });
    expect(codeOf(await call('/api/self', await operator()))).toMatch(/^403 /);
    for (const path of [at(other), at(other, '/timeline'), '/api/fleet', '/api/tenants'])
      expect(codeOf(await call(path, token)), path).toBe('403 not-permitted');
  });
});

describe('a function', () => {
  it('answers the routes of its place alone, and tells nobody else even that', async () => {
    const token = await people.token({ groups: ['root'] });
    for (const place of ['catalog', 'tenant', 'requests', 'rows'] as const) {
      const call = served(place);
      for (const route of TABLES_ON_AWS.filter(({ onAws }) => onAws !== undefined && onAws !== place)) {
        const path = `/api${route.path.replace('{tenant}', acme).replace(/\{\w+\}/, '700')}?text=latest`;
        expect(codeOf(await call(path, undefined, route.method.toUpperCase())), path).toBe('401 not-signed-in');
        expect(codeOf(await call(path, token, route.method.toUpperCase())), `${place} ${route.id}`).toBe(
          '501 route-not-on-aws',
        );
      }
    }
    expect(opened).toEqual([]);
  });

  it('carries every route that is answered on AWS, and says of all others that they are not', async () => {
    const wanted = ROUTES.filter(({ onAws }) => onAws !== undefined).map(({ id }) => id);
    expect(TABLES_ON_AWS.flatMap(({ id, onAws }) => (onAws === undefined ? [] : [id])).sort()).toEqual(wanted.sort());
    expect(codeOf(await served('catalog')('/api/holds', await operator()))).toBe('501 route-not-on-aws');
  });

  it('changes nothing but where people ask and decide', () => {
    const changing = TABLES_ON_AWS.filter(({ method }) => method !== 'get');
    expect(changing.map(({ onAws }) => onAws)).toEqual(changing.map(() => 'requests'));
  });

  it('closes a route that says nothing of AWS', async () => {
    const { onAws: _, ...silent } = ROUTES.find(({ id }) => id === 'readFleet')!;
    for (const place of ['catalog', 'tenant'] as const)
      expect(codeOf(await served(place, [silent])('/api/fleet', await operator()))).toBe('501 route-not-on-aws');
    expect((await served('catalog', [silent])('/api/openapi.json')).document.paths).toEqual({});
  });

  it('is told of what ends a request', async () => {
    await served('catalog')('/api/tenants', await people.token());
    expect(failures).toHaveLength(1);
    expect(failures[0]).toBeInstanceOf(HoldfastError);
  });

  it('describes what is answered on AWS, to everybody', async () => {
    const { document } = await served('catalog')('/api/openapi.json');
    const paths = Object.keys(document.paths as object);
    expect(paths.sort()).toEqual([...new Set(ROUTES.filter(({ onAws }) => onAws).map(({ path }) => path))].sort());
  });
});

describe('a tenant', () => {
  it('is opened in a session after the policies permitted the request, and only then', async () => {
    const call = served('tenant');
    const auditor = await people.token({ groups: ['audit'] });
    expect(codeOf(await call(at(acme, '/transactions'), auditor))).toBe('403 not-permitted');
    expect(codeOf(await call(at(acme, '/transactions/700/rows'), await operator()))).toBe('403 not-permitted');
    const unknown = acme.replace(/.$/, acme.endsWith('a') ? 'b' : 'a') as TenantRef;
    expect((await call(at(unknown, '/activity'), await operator())).statusCode).toBe(404);
    expect(opened).toEqual([]);
    await call(at(acme, '/activity'), await operator());
    expect(opened).toEqual([acme]);
  });

  it('has each read of its rows in the trail before it is opened, and each denial', async () => {
    const call = served('tenant');
    await call(at(acme, '/transactions/700/rows'), await operator());
    expect(await world.last()).toMatchObject({ action: 'readRows', outcome: 'denied' });
    await call(at(acme, '/transactions/700/rows'), await people.token({ sub: 'ruth', groups: ['root'] }));
    expect(await world.last()).toMatchObject({ action: 'readRows', outcome: 'allowed', who: `${people.issuer}#ruth` });
    expect(opened).toEqual([acme]);
  });

  it('has transactions by position also where API Gateway decoded the path', async () => {
    const call = served('tenant');
    const [encoded, decoded]: (GatewayAnswer & { document: object })[] = [
      await call(at(acme, '/transactions/0%2F1A2B'), await operator()),
      await call(at(acme, '/transactions/0/1A2B'), await operator()),
    ];
    expect(decoded!.document).toEqual(encoded!.document);
    expect(decoded!.document).not.toMatchObject({ code: 'no-such-route' });
  });
});

describe.each([
  ['tenant', TENANT_FUNCTION_PATHS],
  ['requests', REQUESTS_FUNCTION_PATHS],
  ['rows', ROWS_FUNCTION_PATHS],
] as const)('what API Gateway sends to the function of the place %s', (place, paths) => {
  /** As API Gateway matches: a part, or with `+` all that are left. */
  const patterns = paths.map(gatewayRoute).map(({ methods, path }) => ({
    methods: methods as readonly string[],
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\+\}/g, '.+').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  const goesThere = ({ method, path }: ApiRoute) =>
    patterns.some(({ methods, pattern }) => methods.includes(method.toUpperCase()) && pattern.test(`/api${path}`));

  it('is what its routes say', () => {
    const wrong = ROUTES.filter(each => (each.onAws === place) !== goesThere(each) && each.onAws !== undefined);
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});

describe('the user pool of the stack', () => {
  const cognito: ConsoleSettings = {
    signIn: { kind: 'cognito' },
    groups: 'cognito:groups',
    roles: { dba: ['operator'] },
  };

  it('is trusted for its own client, and must be named', () => {
    const [issuer] = consoleIssuers(cognito, { region: 'eu-central-1', pool: 'eu-central-1_Ab1 client' });
    expect(issuer).toMatchObject({
      ...{ issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1', audience: 'client' },
      ...{ groupsClaim: 'cognito:groups', groups: { dba: ['operator'] } },
    });
    for (const pool of [undefined, '', 'eu-central-1_Ab1'])
      expect(() => consoleIssuers(cognito, { region: 'eu-central-1', pool })).toThrow(/does not name a user pool/);
  });
});
