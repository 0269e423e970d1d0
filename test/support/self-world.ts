/** The API on local adapters, without a database: tenants in the catalog, principals by a header, and the trail read back. */
import type { ApiDeps } from '../../lib/api/api-deps.ts';
import { type Door, makeApi } from '../../lib/api/app.ts';
import { executionsInMemory } from '../../lib/api/executions.ts';
import { fleetView } from '../../lib/api/fleet-view.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { SelfServiceQuotas } from '../../lib/domain/api-settings.ts';
import type { AuditDraft } from '../../lib/domain/audit-event.ts';
import { SourceError } from '../../lib/domain/errors.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { governedWorld, person, type World } from './governed.ts';
import { unusedParts } from './unused-parts.ts';

export interface SelfWorld extends Pick<World, 'deps' | 'ask' | 'decide'> {
  readonly api: ReturnType<typeof makeApi>;
  readonly apiDeps: ApiDeps;
  /** What the API recorded, in order: in memory, since a chain is read slowly. */
  readonly recorded: { readonly tenant: TenantRef; readonly draft: AuditDraft }[];
  /** How many people must approve; for every action. */
  approvals: number;
  /** A request of this principal. */
  call(principal: Principal, method: string, path: string, body?: unknown): Promise<Response>;
}

export const refOfTest = (id: string) => tenantRef('test-installation', tenantId(id));

/** An administrator of exactly this tenant, as a token makes one. */
export function administratorOf(tenant: TenantRef): Principal {
  return { ...person('https://app.example.com#user-1', ['tenant-administrator'], [tenant]), proof: 'oidc' };
}

/** `known`: ids of the tenants of the installation. */
export async function selfWorld(known: readonly string[], more: Partial<ApiDeps> = {}): Promise<SelfWorld> {
  const world = await governedWorld();
  const { deps } = world;
  const firstSeen = deps.clock.now().toISOString();
  for (const id of known) await deps.catalog.write([tenants.put({ ref: refOfTest(id), tenantId: id, firstSeen })]);
  const noDatabase = async () => {
    throw new SourceError('cannot-connect', 'Cannot connect to holdfast@db.internal:5432/app.', {
      hint: 'None.',
      retry: 'operator',
    });
  };
  const recorded: SelfWorld['recorded'] = [];
  const recording = {
    ...deps,
    record: async (tenant: TenantRef, draft: AuditDraft) => recorded.push({ tenant, draft }),
  };
  const apiDeps: ApiDeps = {
    ...unusedParts(),
    governance: async () =>
      ({ ...deps, ...recording, source: {} }) as unknown as Awaited<ReturnType<ApiDeps['governance']>>,
    ...{ storage: deps, recording, context: noDatabase, kinds: async () => world.kinds },
    ...{ executions: executionsInMemory(deps), fleet: fleetView(deps), timeZone: 'UTC' },
    labels: async () => new Map(known.map(id => [id, `Name of ${id}`])),
    selfService: {
      quotas: SelfServiceQuotas.parse({}),
      approvalsFor: () => made.approvals,
      exportPlace: async () => ({ directory: '/tmp/nowhere' }),
    },
    ...more,
  };
  let caller: Principal | undefined;
  const door: Door = {
    authenticate: async () => caller!,
    limit: () => {},
    once: onceInMemory(() => deps.clock.now().getTime()),
  };
  const made: SelfWorld = {
    ...{ deps, apiDeps, ask: world.ask, decide: world.decide, approvals: 1, recorded },
    api: makeApi(ROUTES, apiDeps, door),
    async call(principal, method, path, body) {
      caller = principal;
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      return made.api.request(path, { method, headers: { 'content-type': 'application/json' }, ...json });
    },
  };
  return made;
}
