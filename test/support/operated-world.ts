/**
 * The API over local adapters, with two tenants in the catalog and a database that nobody reaches: each request is sent as a
 * person with roles, and what the audit trail says of it is read back.
 */
import type { ApiDeps } from '../../lib/api/api-deps.ts';
import { makeApi } from '../../lib/api/app.ts';
import { executionsInMemory } from '../../lib/api/executions.ts';
import { fleetView } from '../../lib/api/fleet-view.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import type { AuditDraft, AuditEvent } from '../../lib/domain/audit-event.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import type { Context } from '../../lib/operations/context.ts';
import { appendEvent } from '../../lib/operations/governance/audit-trail.ts';
import { authorizer } from '../../lib/operations/governance/authorize.ts';
import { readAudit } from '../../lib/operations/governance/read-audit.ts';
import type { GovernanceDeps } from '../../lib/operations/governance/request-action.ts';
import type { Regions } from '../../lib/region-ports.ts';
import { acme } from './governed.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import { operatingDeps, SHOP_MODEL } from './operating-deps.ts';
import { unusedParts } from './unused-parts.ts';

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what each route answers
  readonly body: any;
}

export interface OperatedWorld {
  readonly local: LocalDeps;
  readonly api: ApiDeps;
  /** Names of recipients that were sent a test. */
  readonly sent: string[];
  regions: Regions | undefined;
  get(as: Principal, path: string): Promise<Answered>;
  post(as: Principal, path: string, body?: unknown): Promise<Answered>;
  /** Follows work to its end. */
  followed(as: Principal, begun: Answered): Promise<Answered>;
  /** As it is in the vault, verified. */
  trail(tenant?: TenantRef): Promise<AuditEvent[]>;
  /** What this process wrote to the trail, in order. */
  readonly recorded: (AuditDraft & { readonly tenant: TenantRef })[];
}

export async function operatedWorld(): Promise<OperatedWorld> {
  const local = await localDeps();
  const settings = defaultSettings();
  const sent: string[] = [];
  const storage = { ...local, settings };
  for (const name of ['acme', 'other'])
    await local.catalog.write([
      tenants.put({
        ref: tenantRef(local.installation, tenantId(name)),
        tenantId: name,
        firstSeen: '2026-01-01T00:00:00Z',
      }),
    ]);
  const recording = {
    authorize: authorizer(),
    async record(tenant: TenantRef, draft: AuditDraft) {
      await appendEvent(storage, tenant, draft);
      world.recorded.push({ ...draft, tenant });
    },
  };
  const source = { url: 'postgres://nobody@127.0.0.1:1/none' };
  const context = async (): Promise<Context> => ({
    ...{ ...storage, source, model: SHOP_MODEL, slot: 's', publication: 'p' },
    ...(world.regions && { regions: world.regions }),
  });
  const policyFor: GovernanceDeps['policyFor'] = () => ({
    ...{ approvals: 1, from: ['approver'], tenantAdministrator: 'no', expiresHours: 24 },
  });
  const api: ApiDeps = {
    ...unusedParts(),
    ...{ storage, recording, context, fleet: fleetView(local), timeZone: 'UTC', labels: async () => new Map() },
    governance: async () => ({ ...(await context()), ...recording, policyFor }),
    executions: executionsInMemory(local),
    operating: operatingDeps(sent),
  };
  let caller: Principal | undefined;
  const door = { authenticate: async () => caller!, limit: () => {}, once: onceInMemory(() => 0) };
  const app = makeApi(ROUTES, api, door);
  const ask = async (as: Principal, method: string, path: string, body?: unknown): Promise<Answered> => {
    caller = as;
    const response = await app.request(path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.json() };
  };
  const world: OperatedWorld = {
    ...{ local, api, sent, recorded: [], regions: undefined },
    get: (as, path) => ask(as, 'GET', path),
    post: (as, path, body) => ask(as, 'POST', path, body),
    async followed(as, { body: { id, tenant } }) {
      await api.executions.settled();
      return ask(as, 'GET', tenant === SYSTEM ? `/executions/${id}` : `/tenants/${tenant}/executions/${id}`);
    },
    async trail(tenant = SYSTEM) {
      const events: AuditEvent[] = [];
      for await (const { event } of readAudit(local, tenant)) events.push(event);
      return events;
    },
  };
  return world;
}

/** A path of a route, of a tenant where it names one. */
export function pathOf(path: string, tenant: TenantRef = acme): string {
  const values: Readonly<Record<string, string>> = { tenant, drill: 'none', kind: 'monthly', name: '2026-01-01' };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'none');
}

export { acme };
