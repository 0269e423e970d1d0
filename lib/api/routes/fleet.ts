/** Who I am, whether everything is safe right now, and the tenants page by page. */
import * as z from 'zod';
import { PERMISSIONS } from '../../domain/permission.ts';
import { ROLES } from '../../domain/principal.ts';
import { tenants } from '../../operations/catalog/catalog-index.ts';
import type { ApiDeps } from '../api-deps.ts';
import { StatusDocument } from '../documents/fleet-documents.ts';
import { cursorOf, NextPage, PageAsked, pageOf, sortOf } from '../paging.ts';
import { route } from '../route.ts';
import { labelled } from '../tenant-names.ts';

export const TenantShown = StatusDocument.shape.tenants.element;
const Totals = StatusDocument.shape.totals;

const Me = z.object({
  name: z.string(),
  roles: z.array(z.enum(ROLES)),
  tenants: z.array(z.string()).describe('References of the tenants of a tenant administrator.'),
  installation: z.string(),
  timeZone: z.string(),
  now: z.string().describe('Clock of the server.'),
  may: z.array(z.enum(PERMISSIONS)).describe('What the policies permit for the whole installation.'),
});

const Fleet = z.object({
  counted: z
    .object({ at: z.string(), totals: Totals, storedBytes: z.number().int().nonnegative() })
    .nullable()
    .describe('Null until all tenants were counted for the first time: ask again.'),
  log: z.object({ newest: z.string().nullable(), ageMs: z.number().nullable(), isLate: z.boolean() }),
});

const TenantPage = z.object({ tenants: z.array(TenantShown), next: NextPage });

const TenantsAsked = PageAsked.extend({
  search: z.string().max(200).optional().describe('Part of an id, a name or a reference.'),
  problems: z.enum(['true', 'false']).optional().describe('Only tenants that are not safe, the worst first.'),
});

const seeMe = route(
  {
    ...{ id: 'readMe', method: 'get', path: '/me', summary: 'Who calls', group: 'fleet' },
    ...{ needs: 'operation', onAws: 'catalog', answer: Me },
  },
  async ({ deps, principal }) => {
    const { authorize } = deps.recording;
    const decided = await Promise.all(PERMISSIONS.map(each => authorize(principal, each, undefined)));
    return {
      ...{ name: principal.name, roles: principal.roles, tenants: principal.tenants },
      ...{ installation: deps.storage.installation, timeZone: deps.timeZone },
      now: deps.storage.clock.now().toISOString(),
      may: PERMISSIONS.filter((_, index) => decided[index]!.allowed),
    };
  },
);

const seeFleet = route(
  {
    ...{ id: 'readFleet', method: 'get', path: '/fleet', summary: 'Whether every tenant is safe', group: 'fleet' },
    needs: { permission: 'seeStatus', on: 'installation' },
    onAws: 'catalog',
    answer: Fleet,
  },
  async ({ deps }) => {
    const totals = await deps.fleet.totals();
    return {
      counted: totals ? { at: totals.at, totals: { ...totals.totals }, storedBytes: totals.storedBytes } : null,
      log: await deps.fleet.log(),
    };
  },
);

const listTenants = route(
  {
    ...{ id: 'listTenants', method: 'get', path: '/tenants', summary: 'Tenants, page by page', group: 'fleet' },
    needs: { permission: 'seeStatus', on: 'installation' },
    onAws: 'catalog',
    query: TenantsAsked,
    answer: TenantPage,
  },
  async ({ deps, query }) => {
    if (query.problems === 'true') {
      const { problems } = (await deps.fleet.totals()) ?? (await deps.fleet.counted());
      const { items, next } = pageOf(problems, query, ({ tenant }) => tenant);
      return { tenants: await labelled(deps, items), next };
    }
    const { items, next } = await pageOfTenants(deps, query);
    return { tenants: await labelled(deps, await deps.fleet.judge(items)), next };
  },
);

async function pageOfTenants(deps: ApiDeps, { cursor, limit, search = '' }: z.output<typeof TenantsAsked>) {
  const { catalog } = deps.storage;
  const after = cursor === undefined ? undefined : sortOf(cursor);
  const part = search.trim();
  if (part !== '') {
    const found = await deps.fleet.search({ part, after, most: limit + 1 }, deps.labels);
    const page = found.slice(0, limit);
    const items = await Promise.all(page.map(ref => tenants.get(catalog, ref)));
    return {
      items: items.filter(item => item !== undefined),
      next: found.length > limit ? cursorOf(page.at(-1)!) : null,
    };
  }
  const items = await tenants.after(catalog, after, limit + 1);
  const page = items.slice(0, limit);
  return { items: page, next: items.length > limit ? cursorOf(page.at(-1)!.ref) : null };
}

export const FLEET_ROUTES = [seeMe, seeFleet, listTenants];
