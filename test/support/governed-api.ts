/** The API over the request path on local adapters; whoever a request names in a header is who calls. */
import type { ApiDeps } from '../../lib/api/api-deps.ts';
import { makeApi } from '../../lib/api/app.ts';
import { executionsInMemory } from '../../lib/api/executions.ts';
import { fleetView } from '../../lib/api/fleet-view.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { periodsOf } from '../../lib/domain/policy-change.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import type { Context } from '../../lib/operations/context.ts';
import type { GovernanceDeps } from '../../lib/operations/governance/request-action.ts';
import { isUnderHold } from '../../lib/operations/storage/standing-holds.ts';
import { ACTION_KINDS } from '../../lib/runtime/action-kinds.ts';
import { acme, governedWorld, other, type World } from './governed.ts';
import { unusedParts } from './unused-parts.ts';

export interface Answered<T = unknown> {
  readonly status: number;
  readonly body: T;
  readonly response: Response;
}

export interface ApiWorld {
  readonly world: World;
  readonly deps: ApiDeps;
  /** `path` below `/api`; with a body it is a POST. */
  call<T = Record<string, unknown>>(who: Principal, path: string, body?: unknown): Promise<Answered<T>>;
  /** The result of work that a request began. Fails where the work failed. */
  result<T>(who: Principal, execution: { readonly id: string; readonly tenant: string }): Promise<T>;
}

/** With the tenants `acme` and `other` in the catalog. */
export async function apiWorld(): Promise<ApiWorld> {
  const world = await governedWorld();
  world.rule = {};
  const governed = { ...world.deps, isHeld: (tenant: typeof acme) => isUnderHold(world.deps, tenant) };
  const { settings } = governed;
  for (const [ref, tenantId] of [[acme, 'acme'] as const, [other, 'other'] as const])
    await governed.catalog.write([tenants.put({ ref, tenantId, firstSeen: governed.clock.now().toISOString() })]);
  // Nothing here asks the database.
  const opened = governed as unknown as Context & GovernanceDeps;
  const configuration = {
    ...{ place: 'one-machine' as const, regions: [], keys: 'local' as const },
    ...{ retention: periodsOf(settings.keep), approvals: {}, roles: {} },
  };
  const deps: ApiDeps = {
    ...unusedParts(),
    ...{ storage: governed, recording: governed, kinds: async () => ACTION_KINDS },
    context: async () => opened,
    governance: async () => opened,
    retentionOf: async () => () => settings.keep,
    evidenceConfiguration: async () => ({ configuration, recordDays: 30 }),
    executions: executionsInMemory(governed),
    fleet: fleetView(governed),
    timeZone: 'UTC',
    labels: async () => new Map(),
  };
  const callers = new Map<string, Principal>();
  const app = makeApi(ROUTES, deps, {
    authenticate: async request => callers.get(request.headers.get('x-caller') ?? '')!,
    limit: () => {},
    once: onceInMemory(() => 0),
  });
  async function call<T>(who: Principal, path: string, body?: unknown): Promise<Answered<T>> {
    callers.set(who.name, who);
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const headers = { 'x-caller': who.name, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const response = await app.request(path, { ...sent, headers });
    const isJson =
      response.headers.get('content-type')?.includes('json') && !response.headers.has('content-disposition');
    return { status: response.status, response, body: (isJson ? await response.json() : undefined) as T };
  }
  return {
    ...{ world, deps, call },
    async result<T>(who: Principal, { id, tenant }: { readonly id: string; readonly tenant: string }) {
      await deps.executions.settled();
      const { body } = await call<{ state: string; result: T; problem: unknown }>(
        who,
        `/tenants/${tenant}/executions/${id}`,
      );
      if (body.state !== 'done') throw new Error(`The work failed: ${JSON.stringify(body)}`);
      return body.result;
    },
  };
}
