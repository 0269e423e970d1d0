/**
 * One route of the API: what it is called with, what it answers, and what the caller needs. Invariants: a route without a
 * statement of what it needs does not compile; an answer is parsed by its schema before it is sent, so that nothing leaves
 * which the document does not name.
 */
import type * as z from 'zod';
import type { Permission } from '../domain/permission.ts';
import type { Principal } from '../domain/principal.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { ApiDeps } from './api-deps.ts';

/** What a route needs, decided before its handler runs. `own`: on the one tenant whose administrator the caller is. */
export type Need =
  | { readonly permission: Permission; readonly on: 'tenant' | 'own' | 'installation'; readonly isRecorded?: true }
  /** The operation decides and records itself; the caller is signed in. */
  | 'operation';

/**
 * What answers a route on AWS: the function that reads the catalog and has no tenant's key, the one that reads the log of the
 * tenant of the path in a session of its own, the one that asks for restores and decides on them, or the one that shows the
 * rows of a preview and alone logs in to the database.
 */
export type PlaceOnAws = 'catalog' | 'tenant' | 'requests' | 'rows';

export interface ApiCall<Q = unknown, B = unknown> {
  readonly deps: ApiDeps;
  readonly principal: Principal;
  /** Of the path, or the caller’s own; `system` where the route has none. */
  readonly tenant: TenantRef;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** Of the caller and its idempotency key, in hexadecimal: the same however often, and wherever, a request arrives. */
  readonly sentAs?: string;
}

type Schema = z.ZodType | undefined;
type Parsed<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined;

interface RouteFacts<Q extends z.ZodObject | undefined, B extends Schema, A extends z.ZodType> {
  /** `operationId` of the document: a verb and its object. */
  readonly id: string;
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it, below the API's own prefix: `/tenants/{tenant}/timeline`. */
  readonly path: `/${string}`;
  readonly summary: string;
  readonly group: string;
  readonly needs: Need;
  /** `{tenant}` may be `system`: what concerns the installation. @default - tenants alone */
  readonly alsoSystem?: true;
  readonly query?: Q;
  readonly body?: B;
  readonly answer: A;
  /** Only a route that says so is answered on AWS. @default - on one machine only */
  readonly onAws?: PlaceOnAws;
  /** 202: work was begun, and its execution is to be followed. @default 200 */
  readonly status?: 200 | 202;
  /** Media type: the answer is a file, and the handler returns a `FileAnswer`; `answer` is its text. */
  readonly file?: string;
}

/** Read once, as it is sent. What is wrong before the first piece is a problem document; later it breaks off the answer. */
export interface FileAnswer {
  /** For who keeps it: letters, digits, dots and hyphens. */
  readonly name: string;
  readonly pieces: AsyncIterable<string | Uint8Array>;
}

export interface ApiRoute extends RouteFacts<z.ZodObject | undefined, Schema, z.ZodType> {
  readonly handle: (asked: ApiCall) => Promise<unknown>;
}

/** Apart from its handler, where another one answers it on AWS (on-aws/). */
export function routeFacts<
  A extends z.ZodType,
  Q extends z.ZodObject | undefined = undefined,
  B extends Schema = undefined,
>(facts: RouteFacts<Q, B, A>): RouteFacts<Q, B, A> {
  return facts;
}

/** What the handler returns is parsed by `answer`: read-only parts of it are as good as others. */
export function route<A extends z.ZodType, Q extends z.ZodObject | undefined = undefined, B extends Schema = undefined>(
  facts: RouteFacts<Q, B, A>,
  handle: (asked: ApiCall<Parsed<Q>, Parsed<B>>) => Promise<unknown>,
): ApiRoute {
  return { ...facts, handle: handle as ApiRoute['handle'] } as ApiRoute;
}
