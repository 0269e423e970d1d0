/**
 * The API in this process, as several people call it: over any parts of an installation (`calledApi`), or over the request path
 * on local adapters, without a database (`apiWorld`). Who calls stands in a header that only this door reads. Invariant: a part
 * that a test did not give fails when it is asked, saying which it is.
 */
import type { ApiDeps, SelfService } from '../../lib/api/api-deps.ts';
import { makeApi } from '../../lib/api/app.ts';
import { executionsInMemory } from '../../lib/api/executions.ts';
import { fleetView } from '../../lib/api/fleet-view.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import type { ApiRoute } from '../../lib/api/route.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { SelfServiceQuotas } from '../../lib/domain/api-settings.ts';
import type { AuditDraft } from '../../lib/domain/audit-event.ts';
import { InputError, SourceError } from '../../lib/domain/errors.ts';
import { periodsOf } from '../../lib/domain/policy-change.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import { type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import type { RecordDeps } from '../../lib/operations/governance/audit.ts';
import { isUnderHold } from '../../lib/operations/storage/standing-holds.ts';
import { ACTION_KINDS } from '../../lib/runtime/action-kinds.ts';
import { governedWorld, person, type World } from './governed.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
type Loose = any;

export interface Answered<T = Loose> {
  readonly status: number;
  /** Of an answer that is JSON, and no file. */
  readonly body: T;
  readonly response: Response;
}

/** Work that was begun. */
interface Begun {
  readonly id: string;
  readonly tenant: string;
}

export interface CalledApi {
  readonly apiDeps: ApiDeps;
  /** `who` undefined: nobody is signed in. */
  send(who: Principal | undefined, path: string, init?: RequestInit): Promise<Response>;
  /** With a body it is a POST. */
  call<T = Loose>(
    who: Principal | undefined,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answered<T>>;
  /** What that person is told of the work, once it has ended. */
  followed<T = Loose>(who: Principal, begun: Begun): Promise<Answered<T>>;
  /** The result of the work. Fails where the work failed. */
  result<T = Loose>(who: Principal, begun: Begun): Promise<T>;
}

type CalledDeps = ApiDeps['storage'] & RecordDeps;

/** `parts`: over those that every API has; of the rest, asking fails. */
export function calledApi(
  deps: CalledDeps,
  parts: Partial<ApiDeps> = {},
  routes: readonly ApiRoute[] = ROUTES,
): CalledApi {
  const apiDeps: ApiDeps = {
    ...unusedParts(),
    ...{ storage: deps, recording: deps, executions: executionsInMemory(deps), fleet: fleetView(deps) },
    ...{ timeZone: 'UTC', labels: async () => new Map(), ...parts },
  };
  const callers: (Principal | undefined)[] = [];
  const api = makeApi(routes, apiDeps, {
    async authenticate(request) {
      const found = callers[Number(request.headers.get('x-caller'))];
      if (found) return found;
      throw new InputError('not-signed-in', 'Nobody has signed in.', { hint: 'Sign in.' });
    },
    limit: () => {},
    once: onceInMemory(() => deps.clock.now().getTime()),
  });
  const called: CalledApi = {
    apiDeps,
    async send(who, path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set('x-caller', String(callers.push(who) - 1));
      return api.request(path, { ...init, headers });
    },
    async call(who, path, body, headers = {}) {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const response = await called.send(who, path, { ...sent, headers: { ...type, ...headers } });
      const isFile = response.headers.has('content-disposition');
      const isJson = !isFile && response.headers.get('content-type')?.includes('json');
      return { status: response.status, response, body: isJson ? ((await response.json()) as Loose) : undefined };
    },
    async followed(who, { id, tenant }) {
      await apiDeps.executions.settled();
      return called.call(who, `/tenants/${tenant}/executions/${id}`);
    },
    async result(who, begun) {
      const { body } = await called.followed(who, begun);
      if (body.state !== 'done') throw new Error(`The work failed: ${JSON.stringify(body)}`);
      return body.result;
    },
  };
  return called;
}

export interface ApiWorld extends World, CalledApi {
  /** What the API wrote to the trail, in order. */
  readonly recorded: { readonly tenant: TenantRef; readonly draft: AuditDraft }[];
  /** A tenant of the catalog, by its id. */
  know(id: string): Promise<void>;
}

export interface ApiWorldOptions {
  readonly routes?: readonly ApiRoute[];
  /** Ids of the tenants in the catalog. */
  readonly known?: readonly string[];
  /** In memory alone it is `recorded` and nothing else: a chain is read slowly. @default - in the vault too */
  readonly trail?: 'memory';
  /** `deps`: those of the API, whose events are `recorded`. */
  readonly parts?: (world: Pick<World, 'deps'>) => Partial<ApiDeps>;
}

export async function apiWorld({ routes, known = [], trail, parts }: ApiWorldOptions = {}): Promise<ApiWorld> {
  const world = await governedWorld();
  const recorded: ApiWorld['recorded'] = [];
  const deps = {
    ...world.deps,
    async record(tenant: TenantRef, draft: AuditDraft) {
      if (trail !== 'memory') await world.deps.record(tenant, draft);
      recorded.push({ tenant, draft });
    },
  };
  const governed = Object.assign(world, { recorded });
  const api = calledApi(
    deps,
    {
      kinds: async () => world.kinds,
      governance: async () => ({ ...deps, source: {} }) as Loose,
      selfService: selfServiceOf(world),
      ...parts?.({ deps }),
    },
    routes,
  );
  const made: ApiWorld = Object.assign(governed, api, {
    async know(id: string) {
      const firstSeen = deps.clock.now().toISOString();
      await deps.catalog.write([tenants.put({ ref: refOfTest(id), tenantId: id, firstSeen })]);
    },
  });
  for (const id of known) await made.know(id);
  return made;
}

/** With the quotas of every installation, and as many approvals as the rule of the world says. */
function selfServiceOf({ deps }: World): SelfService {
  return {
    quotas: SelfServiceQuotas.parse({}),
    approvalsFor: (action, tenant) => deps.policyFor(action, tenant).approvals,
    exportPlace: async () => ({ directory: '/tmp/nowhere' }),
  };
}

/** Parts with which holds, destructions and evidence work: nothing of them asks the database. */
export function governingParts({ deps }: Pick<World, 'deps'>): Partial<ApiDeps> {
  const opened = { ...deps, isHeld: (tenant: TenantRef) => isUnderHold(deps, tenant) } as Loose;
  const configuration = {
    ...{ place: 'one-machine' as const, regions: [], keys: 'local' as const },
    ...{ retention: periodsOf(deps.settings.keep), approvals: {}, roles: {} },
  };
  return {
    ...{ storage: opened, kinds: async () => ACTION_KINDS },
    ...{ context: async () => opened, governance: async () => opened },
    retentionOf: async () => () => deps.settings.keep,
    evidenceConfiguration: async () => ({ configuration, recordDays: 30 }),
  };
}

/** A world that tenants are served in: with their names, and a database that nobody reaches. */
export function ofTenants(known: readonly string[]): ApiWorldOptions {
  const unreachable = async () => {
    throw new SourceError('cannot-connect', 'Cannot connect to holdfast@db.internal:5432/app.', {
      ...{ hint: 'None.', retry: 'operator' },
    });
  };
  const labels = new Map(known.map(id => [id, `Name of ${id}`]));
  return { known, trail: 'memory', parts: () => ({ context: unreachable, labels: async () => labels }) };
}

export const refOfTest = (id: string) => tenantRef('test-installation', tenantId(id));

/** An administrator of exactly this tenant, as a token makes one. */
export function administratorOf(tenant: TenantRef): Principal {
  return { ...person('https://app.example.com#user-1', ['tenant-administrator'], [tenant]), proof: 'oidc' };
}

type Unused = Omit<ApiDeps, 'storage' | 'storageOf' | 'recording' | 'executions' | 'fleet' | 'timeZone' | 'labels'>;

function unusedParts(): Unused {
  const functions: readonly (keyof Unused)[] = [
    ...(['context', 'governance', 'kinds', 'retentionOf', 'evidenceConfiguration', 'command'] as const),
  ];
  const objects = (['operating', 'selfService'] as const).map(name => [name, new Proxy({}, { get: () => fail(name) })]);
  return Object.fromEntries([...functions.map(name => [name, () => fail(name)]), ...objects]) as Unused;
}

function fail(name: string): never {
  throw new InputError('needs-database', `This test of the API has no ${name}.`, { hint: 'Give it one.' });
}
