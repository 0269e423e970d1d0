/**
 * The HTTP application: every route of the table, each after sign-in, limits and authorization. Invariants: no route is
 * reached without a principal; what a route needs is decided before its handler runs, and a denial is in the audit trail;
 * every error is a problem document.
 */
import { createHash } from 'node:crypto';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import * as z from 'zod';
import { InputError } from '../domain/errors.ts';
import { isTenantOnly, type Principal } from '../domain/principal.ts';
import { parseTenantRef, SYSTEM, type TenantRef } from '../domain/tenant.ts';
import { tenants } from '../operations/catalog/catalog-index.ts';
import { draftOf, recordingDenials, requirePermitted } from '../operations/governance/audit.ts';
import type { ApiDeps } from './api-deps.ts';
import type { Once } from './idempotency.ts';
import { ownTenant } from './own-tenant.ts';
import { Problem, problemDocument, saidToTenant } from './problem.ts';
import type { ApiCall, ApiRoute, FileAnswer } from './route.ts';
import { sentFile } from './sent-file.ts';

/** Larger than any request of a person, and small enough to be held in memory. */
const MOST_BODY_BYTES = 1024 * 1024;

export interface Door {
  /** Who calls. InputError `not-signed-in`, `other-origin`. */
  readonly authenticate: (request: Request) => Promise<Principal>;
  /** InputError `too-many-requests`. */
  readonly limit: (caller: string) => void;
  readonly once: Once;
  /** Is told what ends a request, before it is answered: for logs and counts. */
  readonly failed?: (cause: unknown) => void;
}

const ENDS = [400, 401, 403, 404, 409, 413, 429, 500, 503] as const;

/** The document of these routes: `GET /openapi.json`. */
export const API_INFO = { openapi: '3.1.0', info: { title: 'Holdfast', version: '1' } } as const;

/** The document alone: nothing is opened, and nothing can be called. */
export function documentedApi(routes: readonly ApiRoute[]): OpenAPIHono {
  const closed = () => {
    throw new InputError('not-signed-in', 'This application only describes the API.', { hint: 'Serve it.' });
  };
  return makeApi(routes, {} as ApiDeps, { authenticate: closed, limit: closed, once: closed });
}

export function makeApi(routes: readonly ApiRoute[], deps: ApiDeps, door: Door): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result, _c) => {
      if (!result.success) throw invalid(result.error);
    },
  });
  app.onError((error, c) => {
    const cause = error instanceof HTTPException ? unreadable(error) : error;
    door.failed?.(cause);
    return problemResponse(c, cause);
  });
  app.notFound(c =>
    problemResponse(
      c,
      new InputError('no-such-route', 'The API has no such route.', { hint: 'See /api/openapi.json.' }),
    ),
  );
  app.use('*', bodyLimit({ maxSize: MOST_BODY_BYTES, onError: c => problemResponse(c, tooLarge()) }));
  app.use('*', async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });
  for (const each of routes) mount(app, each, deps, door);
  app.doc31('/openapi.json', API_INFO);
  return app;
}

/**
 * The framework's types infer every answer from its schema, for each route anew. The routes are typed where they are defined
 * (route.ts): here that would only cost the compiler minutes.
 */
const define = createRoute as unknown as (facts: object) => object;
type Serve = (definition: object, handler: (c: HttpContext) => Promise<Response>) => void;

function mount(app: OpenAPIHono, each: ApiRoute, deps: ApiDeps, door: Door): void {
  const names = [...each.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const params = z.object(Object.fromEntries(names.map(name => [name, z.string().max(200)])));
  const content = { 'application/problem+json': { schema: Problem.openapi('Problem') } };
  const definition = define({
    ...{ operationId: each.id, method: each.method, path: each.path, summary: each.summary, tags: [each.group] },
    middleware: signIn(door),
    request: {
      ...(names.length > 0 && { params }),
      ...(each.query && { query: each.query }),
      ...(each.body && { body: { required: true, content: { 'application/json': { schema: each.body } } } }),
    },
    responses: {
      [each.status ?? 200]: {
        description: each.summary,
        content: { [each.file ?? 'application/json']: { schema: each.answer } },
      },
      ...Object.fromEntries(ENDS.map(status => [status, { description: 'A problem.', content }])),
    },
  });
  const serve = app.openapi.bind(app) as unknown as Serve;
  serve(definition, async c => {
    const principal: Principal = c.get('principal');
    try {
      return await answered(each, { c, deps, door, principal });
    } catch (error) {
      throw isTenantOnly(principal) ? saidToTenant(error) : error;
    }
  });
}

/** Before anything of the request is read. */
function signIn(door: Door) {
  return async (c: HttpContext, next: () => Promise<void>) => {
    const principal = await door.authenticate(c.req.raw);
    door.limit(principal.name);
    c.set('principal', principal);
    await next();
  };
}

interface Called {
  readonly c: HttpContext;
  readonly deps: ApiDeps;
  readonly door: Door;
  readonly principal: Principal;
}

async function answered(each: ApiRoute, { c, deps, door, principal }: Called): Promise<Response> {
  const path = c.req.param() as Record<string, string>;
  const key = each.method === 'post' ? c.req.header('idempotency-key') : undefined;
  const asked: ApiCall = {
    ...{ deps, principal, path, tenant: await tenantOf(each, deps, principal, path) },
    query: each.query && c.req.valid('query' as never),
    body: each.body && c.req.valid('json' as never),
    ...(key !== undefined && { sentAs: sentAs(principal, key) }),
  };
  await admit(each, asked);
  const call = async () => each.handle(await opened(each, asked));
  if (each.file !== undefined) return sentFile(each.file, (await call()) as FileAnswer);
  const work = async () => each.answer.parse(await call());
  // With the tenant: the same person may administer another one by another token.
  const request = JSON.stringify([each.id, asked.tenant, path, asked.query, asked.body]);
  const answer = key === undefined ? await work() : await door.once({ caller: principal.name, key, request }, work);
  return c.json(answer as object, each.status ?? 200);
}

function sentAs({ name }: Principal, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([name, key]))
    .digest('hex');
}

async function tenantOf(route: ApiRoute, { recording }: ApiDeps, principal: Principal, path: ApiCall['path']) {
  const { needs } = route;
  const isOwn = needs !== 'operation' && needs.on === 'own';
  return isOwn ? ownTenant(recording, principal, needs.permission) : tenantIn(path, route);
}

/** InputError `unknown-tenant` for what is no reference. */
function tenantIn(path: Readonly<Record<string, string>>, { alsoSystem }: Pick<ApiRoute, 'alsoSystem'>): TenantRef {
  if (path.tenant === undefined || (alsoSystem && path.tenant === SYSTEM)) return SYSTEM;
  const ref = parseTenantRef(path.tenant);
  if (ref !== undefined) return ref;
  throw new InputError('unknown-tenant', 'This is not the reference of a tenant.', {
    hint: 'Take it from the list of tenants.',
  });
}

/** InputError `not-permitted`; then `unknown-tenant`, which only those learn who may ask about it. */
async function admit({ id, needs }: ApiRoute, { deps, principal, tenant }: ApiCall): Promise<void> {
  if (needs === 'operation') return;
  const { recording } = deps;
  const attempt = { principal, permission: needs.permission, tenant: needs.on === 'installation' ? SYSTEM : tenant };
  const isKnown = attempt.tenant === SYSTEM || (await tenants.get(deps.storage.catalog, tenant)) !== undefined;
  // What is no tenant gets no audit trail of its own by being asked about.
  const place = isKnown ? attempt : { ...attempt, tenant: SYSTEM };
  const policies = await recordingDenials(recording, place, () => requirePermitted(recording, attempt));
  if (!isKnown) throw unknownTenant(needs.on === 'own');
  if (needs.isRecorded)
    await recording.record(attempt.tenant, draftOf(attempt, 'allowed', { policies, details: { route: id } }));
}

/** Only what is permitted opens a tenant: an operation that decides itself opens it then. */
async function opened({ onAws, needs }: ApiRoute, asked: ApiCall): Promise<ApiCall> {
  const { deps, tenant } = asked;
  const opensTenant = onAws !== undefined && onAws !== 'catalog' && needs !== 'operation';
  if (!opensTenant || deps.storageOf === undefined) return asked;
  const storage = await deps.storageOf(tenant);
  const { contextOf } = deps;
  return { ...asked, deps: { ...deps, storage, ...(contextOf && { context: () => contextOf(storage) }) } };
}

function unknownTenant(isOwn: boolean): InputError {
  if (isOwn)
    return new InputError('unknown-tenant', 'There is no backup of your data yet.', {
      hint: 'The first one is made by the operators: ask them.',
    });
  return new InputError('unknown-tenant', 'The installation has no tenant with this reference.', {
    hint: 'Take it from the list of tenants.',
  });
}

/** The problem document of what was thrown. */
export function problemResponse(c: HttpContext, cause: unknown): Response {
  const found = problemDocument(cause);
  return c.body(JSON.stringify(found), found.status as 400, { 'content-type': 'application/problem+json' });
}

function invalid(error: z.core.$ZodError): InputError {
  const fields = [...new Set(error.issues.map(({ path }) => path.join('.') || '(body)'))];
  const what = error.issues.map(({ path, message }) => `${path.join('.') || '(body)'}: ${message}`).slice(0, 5);
  return new InputError('bad-input', `The request is not valid: ${what.join('; ')}.`, {
    hint: 'The document at /api/openapi.json says what each route takes.',
    details: { fields },
  });
}

/** The framework refuses what it cannot parse. */
function unreadable(cause: HTTPException): InputError {
  return new InputError('bad-input', 'The body of the request is not JSON.', {
    hint: 'Send `content-type: application/json` and a JSON document.',
    cause,
  });
}

function tooLarge(): InputError {
  return new InputError('request-too-large', 'The request is larger than the API takes (1 MiB).', {
    hint: 'Send less at once.',
  });
}
