/**
 * The API on AWS: the routes of one place, for whom a token of a trusted issuer names, called with events of API Gateway.
 * Invariants: a route is answered by the function of its place alone, and one without a place by none, so that a new route
 * is closed until somebody says what it may use; the document names what is answered on AWS and nothing else.
 */
import { handle } from 'hono/aws-lambda';
import type { TokenIssuer } from '../domain/api-settings.ts';
import { InputError } from '../domain/errors.ts';
import type { ApiDeps } from './api-deps.ts';
import { API_INFO, type Door, documentedApi, makeApi, problemResponse } from './app.ts';
import type { Executions } from './executions.ts';
import { onceInMemory } from './idempotency.ts';
import { mountedApi } from './mounted-api.ts';
import { API_RATE, rateLimit } from './rate-limit.ts';
import type { ApiRoute, PlaceOnAws } from './route.ts';
import { tokenDoor } from './token-door.ts';

/** The parts of an event of API Gateway (format 2.0) that are used. */
export interface GatewayEvent {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestContext: { readonly http: { readonly method: string } };
}

export interface GatewayAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The rest is closed there: the database, what people ask for, and work that goes on after an answer. */
type OpenOnAws = Pick<ApiDeps, 'storage' | 'storageOf' | 'recording' | 'fleet' | 'timeZone' | 'labels'> & {
  readonly selfService: Omit<ApiDeps['selfService'], 'exportPlace'>;
  /** Of the function that asks for restores alone. */
  readonly deployed?: NonNullable<ApiDeps['deployed']>;
  /** Of the function that shows rows alone. */
  readonly contextOf?: NonNullable<ApiDeps['contextOf']>;
  readonly command: ApiDeps['command'];
};

export interface ApiOnAws {
  readonly place: PlaceOnAws;
  readonly routes: readonly ApiRoute[];
  readonly issuers: readonly TokenIssuer[];
  readonly deps: OpenOnAws;
  /** Reaches the issuers. */
  readonly fetch: typeof fetch;
  readonly failed: NonNullable<Door['failed']>;
}

export function apiOnAws(how: ApiOnAws): (event: GatewayEvent) => Promise<GatewayAnswer> {
  const { place, routes, issuers, failed } = how;
  const { clock, installation } = how.deps.storage;
  const now = () => clock.now().getTime();
  const authenticate = tokenDoor({ issuers, installation, fetch: how.fetch, now: () => clock.now() });
  const door: Door = { authenticate, limit: rateLimit(API_RATE, now), once: onceInMemory(now), failed };
  const deps: ApiDeps = {
    ...{ ...CLOSED, ...how.deps },
    selfService: { ...how.deps.selfService, exportPlace: closed },
  };
  const answered = routes.map(each => (each.onAws === place ? each : elsewhere(each)));
  const document = documentedApi(routes.filter(({ onAws }) => onAws !== undefined));
  const described = document.getOpenAPI31Document({ ...API_INFO, servers: [{ url: '/api' }] });
  const api = makeApi(answered, deps, door);
  // Of one machine, or of none.
  api.notFound(c => problemResponse(c, notOnAws()));
  const answer = handle(mountedApi(api, described));
  return event => answer({ ...event, rawPath: withPosition(event.rawPath) } as never) as Promise<GatewayAnswer>;
}

/** Refused before anything is decided, opened or read; only who is signed in learns even that. */
function elsewhere({ onAws: _, body: __, query: ___, ...each }: ApiRoute): ApiRoute {
  return { ...each, needs: 'operation', handle: closed };
}

async function closed(): Promise<never> {
  throw notOnAws();
}

/** A function stops when it has answered: nothing goes on in it. */
const NO_EXECUTIONS: Executions = {
  start() {
    throw notOnAws();
  },
  get() {
    throw notOnAws();
  },
  settled: async () => {},
};

/** What no function of the API has. Invariant: what a route asks of it is refused, and never undefined. */
const CLOSED: Omit<ApiDeps, keyof ApiOnAws['deps']> = {
  ...{ context: closed, governance: closed, kinds: closed, retentionOf: closed, evidenceConfiguration: closed },
  ...{ executions: NO_EXECUTIONS, operating: closedPart() },
};

function closedPart<T extends object>(): T {
  return new Proxy({} as T, {
    get() {
      throw notOnAws();
    },
  });
}

/**
 * A position as the path has it, `0/1A2B`, again in one part: API Gateway hands the path over decoded. No part of another
 * path looks like one.
 */
function withPosition(path: string): string {
  return path.replace(/\/([0-9A-F]{1,8})\/([0-9A-F]{1,8})(?=\/|$)/, '/$1%2F$2');
}

function notOnAws(): InputError {
  return new InputError('route-not-on-aws', 'The API of an installation on AWS does not answer this.', {
    hint: 'The command line does, with --profile: its --help lists the commands.',
  });
}
