/** The API in this process, as several people call it: who calls stands in a header that only this door reads. */
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiDeps } from '../../lib/api/api-deps.ts';
import { makeApi } from '../../lib/api/app.ts';
import { executionsInMemory } from '../../lib/api/executions.ts';
import { fleetView } from '../../lib/api/fleet-view.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { InputError } from '../../lib/domain/errors.ts';
import type { Principal } from '../../lib/domain/principal.ts';
import type { Context } from '../../lib/operations/context.ts';
import type { ActionKind } from '../../lib/operations/governance/action-kind.ts';
import type { GovernanceDeps } from '../../lib/operations/governance/request-action.ts';
import { unusedParts } from './unused-parts.ts';

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  readonly body: any;
}

export interface CalledApi {
  readonly api: OpenAPIHono;
  readonly executions: ApiDeps['executions'];
  call(who: Principal, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answered>;
}

/** `people`: who may call, by name. */
export function calledApi(
  deps: Context & GovernanceDeps,
  kinds: readonly ActionKind[],
  people: readonly Principal[],
): CalledApi {
  const executions = executionsInMemory(deps);
  const apiDeps: ApiDeps = {
    ...unusedParts(),
    ...{ storage: deps, recording: deps, executions, fleet: fleetView(deps), timeZone: 'UTC' },
    ...{ context: async () => deps, governance: async () => deps, kinds: async () => kinds },
    ...{ command: words => `holdfast ${words.join(' ')}`, labels: async () => new Map() },
  };
  const authenticate = async (request: Request) => {
    const found = people.find(({ name }) => name === request.headers.get('x-person'));
    if (found) return found;
    throw new InputError('not-signed-in', 'Nobody calls.', { hint: 'Name a person.' });
  };
  const api = makeApi(ROUTES, apiDeps, { authenticate, limit: () => {}, once: onceInMemory(() => 0) });
  return {
    ...{ api, executions },
    async call(who, method, path, body) {
      const answered = await api.request(path, {
        method,
        headers: { 'x-person': who.name, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: answered.status, body: await answered.json() };
    },
  };
}
