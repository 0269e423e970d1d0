/** The API over the local adapters, without a database: callers are whom a test says, and every denial is in the trail. */
import type { ApiDeps } from '../../lib/api/api-deps.ts';
import { makeApi } from '../../lib/api/app.ts';
import { executionsInMemory } from '../../lib/api/executions.ts';
import { fleetView } from '../../lib/api/fleet-view.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import type { ApiRoute } from '../../lib/api/route.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { SelfServiceQuotas } from '../../lib/domain/api-settings.ts';
import { InputError } from '../../lib/domain/errors.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { governedWorld, type World } from './governed.ts';
import { unusedParts } from './unused-parts.ts';

export interface ApiWorld extends World {
  readonly api: ReturnType<typeof makeApi>;
  readonly apiDeps: ApiDeps;
  /** Who calls; undefined: nobody is signed in. */
  caller: Principal | undefined;
  /** A tenant of the catalog. */
  know(tenant: TenantRef, tenantId: string): Promise<void>;
  /** Status and document of an answer. `body`: posts it. */
  call(path: string, body?: unknown, headers?: Record<string, string>): Promise<{ status: number; answer: unknown }>;
}

export async function apiWorld(routes: readonly ApiRoute[] = ROUTES): Promise<ApiWorld> {
  const governed = await governedWorld();
  const { deps } = governed;
  const noDatabase = () => {
    throw new InputError('needs-database', 'This test has no database.', { hint: 'Use one that has.' });
  };
  const apiDeps: ApiDeps = {
    ...unusedParts(),
    kinds: async () => governed.kinds,
    storage: deps,
    recording: deps,
    context: async () => noDatabase(),
    governance: async () => ({ ...deps, source: {} }) as unknown as Awaited<ReturnType<ApiDeps['governance']>>,
    selfService: {
      quotas: SelfServiceQuotas.parse({}),
      approvalsFor: (action, tenant) => deps.policyFor(action, tenant).approvals,
      exportPlace: async () => ({}),
    },
    executions: executionsInMemory(deps),
    fleet: fleetView(deps),
    timeZone: 'UTC',
    labels: async () => new Map(),
  };
  const now = () => deps.clock.now().getTime();
  const door = {
    async authenticate() {
      if (world.caller) return world.caller;
      throw new InputError('not-signed-in', 'Nobody has signed in.', { hint: 'Sign in.' });
    },
    limit: () => {},
    once: onceInMemory(now),
  };
  const api = makeApi(routes, apiDeps, door);
  const world: ApiWorld = Object.assign(governed, {
    ...{ api, apiDeps, caller: undefined },
    async know(ref: TenantRef, tenantId: string) {
      const firstSeen = deps.clock.now().toISOString();
      await deps.catalog.write([tenants.put({ ref, tenantId, firstSeen })]);
    },
    async call(path: string, body?: unknown, headers: Record<string, string> = {}) {
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const response = await api.request(path, { ...sent, headers: { ...type, ...headers } });
      return { status: response.status, answer: await response.json() };
    },
  });
  return world;
}
