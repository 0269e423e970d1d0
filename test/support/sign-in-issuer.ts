/**
 * An OpenID Connect issuer at which people of the tests sign in with a browser: discovery, the page that asks who one is,
 * codes with PKCE, renewal, and signing out. Invariants: a code is good once, for the address and the verifier that it was
 * asked with; whoever is signed in is not asked again, and whoever signed out is; no origin but its client's reads a token.
 */
import { createHash, randomUUID } from 'node:crypto';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import * as z from 'zod';
import type { LoopbackTls } from './loopback-tls.ts';
import { testIssuer } from './token-issuer.ts';

export interface SignInIssuer {
  readonly issuer: string;
  readonly origin: string;
  readonly clientId: string;
  /** What was asked of it, in order: `shown`, `entered olga`, `remembered olga`, `renewed olga`, `left`. */
  readonly happened: string[];
  /** A site of its client: browsers come back to `/signed-in` and, signed out, to `/`. */
  register(site: string): void;
  /** An ID token as a sign-in gives it; `more`: other claims instead. */
  tokenOf(person: string, more?: Record<string, unknown>): Promise<string>;
  /** Ends what that person has here: nothing is remembered, and nothing renewed. */
  forget(person: string): void;
  stop(): Promise<void>;
}

const CLIENT = 'console';
/** All of it is below one path: cookies of loopback are those of all ports. */
const BASE = '/people';
const SESSION = 'session';

const Asked = z.object({
  response_type: z.literal('code'),
  client_id: z.literal(CLIENT),
  redirect_uri: z.string(),
  scope: z.string().regex(/^openid\b/),
  state: z.string().min(1),
  nonce: z.string().min(1),
  code_challenge: z.string().regex(/^[\w-]{43}$/),
  code_challenge_method: z.literal('S256'),
});
type Asked = z.infer<typeof Asked>;

interface Grant {
  readonly person: string;
  /** Of a sign-in, not of a renewal. */
  readonly nonce?: string;
  /** `offline_access` was asked for. */
  readonly isRenewable: boolean;
}

interface State {
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly sites: Set<string>;
  /** Person by cookie. */
  readonly sessions: Map<string, string>;
  readonly codes: Map<string, Grant & { readonly asked: Asked }>;
  /** Person by refresh token. */
  readonly renewals: Map<string, string>;
  readonly happened: string[];
  readonly tokenOf: SignInIssuer['tokenOf'];
}

/** `people`: their groups. */
export async function signInIssuer(tls: LoopbackTls, people: State['people']): Promise<SignInIssuer> {
  const app = new Hono();
  const { origin, stop } = await tls.serve(getRequestListener(app.fetch));
  const issuer = `${origin}${BASE}`;
  const keys = await testIssuer(issuer, () => new Date(), CLIENT);
  const state: State = {
    ...{ people, sites: new Set(), sessions: new Map(), codes: new Map(), renewals: new Map(), happened: [] },
    tokenOf: (person, more) =>
      keys.token({ sub: person, email: `${person}@example.com`, groups: people[person], ...more }),
  };
  app.route(BASE, published(state, issuer, keys.published));
  app.route(BASE, signingIn(state));
  const { happened, tokenOf } = state;
  return {
    ...{ issuer, origin, clientId: CLIENT, happened, tokenOf, stop },
    register: site => void state.sites.add(site),
    forget: person => forget(state, person),
  };
}

/** What scripts of the client read. */
function published(state: State, issuer: string, keys: () => unknown[]): Hono {
  const app = new Hono();
  app.use(cors({ origin: from => (state.sites.has(from) ? from : null) }));
  app.get('/.well-known/openid-configuration', c =>
    c.json({
      ...{ issuer, jwks_uri: `${issuer}/keys` },
      ...{ authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
      end_session_endpoint: `${issuer}/end`,
    }),
  );
  app.get('/keys', c => c.json({ keys: keys() }));
  app.post('/token', async c => {
    const found = redeemed(state, (await c.req.parseBody()) as Record<string, string>);
    if (found === undefined) return c.json({ error: 'invalid_grant' }, 400);
    const { person, nonce, isRenewable } = found;
    const renewal = randomUUID();
    if (isRenewable) state.renewals.set(renewal, person);
    return c.json({
      ...{ token_type: 'Bearer', access_token: randomUUID(), expires_in: 3600 },
      id_token: await state.tokenOf(person, { nonce }),
      ...(isRenewable && { refresh_token: renewal }),
    });
  });
  return app;
}

/** What browsers are sent to. */
function signingIn(state: State): Hono {
  const app = new Hono();
  const whoIs = (c: Context) => state.sessions.get(getCookie(c, SESSION) ?? '');
  app.get('/authorize', c => {
    const asked = askedBy(state, c);
    const person = whoIs(c);
    if (person !== undefined) return sentBack(state, { c, asked, person, how: 'remembered' });
    state.happened.push('shown');
    return c.html(pageFor(Object.keys(state.people)));
  });
  app.post('/authorize', async c => {
    const asked = askedBy(state, c);
    const person = String((await c.req.parseBody()).person);
    if (!Object.hasOwn(state.people, person)) return c.text('There is nobody of this name.', 400);
    const session = randomUUID();
    state.sessions.set(session, person);
    setCookie(c, SESSION, session, { path: BASE, httpOnly: true, secure: true, sameSite: 'Lax' });
    return sentBack(state, { c, asked, person, how: 'entered' });
  });
  app.get('/end', c => {
    const { client_id: client, post_logout_redirect_uri: back = '' } = c.req.query();
    if (client !== CLIENT || ![...state.sites].some(site => back === `${site}/`)) return c.text('Refused.', 400);
    forget(state, whoIs(c));
    state.happened.push('left');
    return c.redirect(back);
  });
  return app;
}

/** Throws what is wrong with the request: nobody is sent anywhere with it. */
function askedBy({ sites }: State, c: Context): Asked {
  const asked = Asked.parse(c.req.query());
  if ([...sites].some(site => asked.redirect_uri === `${site}/signed-in`)) return asked;
  throw new Error('The client has no such address to come back to.');
}

interface Signed {
  readonly c: Context;
  readonly asked: Asked;
  readonly person: string;
  readonly how: 'entered' | 'remembered';
}

function sentBack(state: State, { c, asked, person, how }: Signed): Response {
  const code = randomUUID();
  const isRenewable = asked.scope.split(' ').includes('offline_access');
  state.codes.set(code, { asked, person, nonce: asked.nonce, isRenewable });
  state.happened.push(`${how} ${person}`);
  const back = new URL(asked.redirect_uri);
  back.searchParams.set('code', code);
  back.searchParams.set('state', asked.state);
  return c.redirect(back.href, 303);
}

/** Undefined: what was given is good for nothing, or no more. */
function redeemed(state: State, given: Readonly<Record<string, string>>): Grant | undefined {
  const { code = '', refresh_token: renewal = '', code_verifier: verifier = '' } = given;
  if (given.client_id !== CLIENT) return undefined;
  if (given.grant_type === 'refresh_token') return renewed(state, renewal);
  const found = state.codes.get(code);
  state.codes.delete(code);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const isProved = found?.asked.code_challenge === challenge && found.asked.redirect_uri === given.redirect_uri;
  return given.grant_type === 'authorization_code' && isProved ? found : undefined;
}

/** Good once: the next one comes with the new token. */
function renewed({ renewals, happened }: State, renewal: string): Grant | undefined {
  const person = renewals.get(renewal);
  renewals.delete(renewal);
  if (person === undefined) return undefined;
  happened.push(`renewed ${person}`);
  return { person, isRenewable: true };
}

function forget({ sessions, renewals }: State, person: string | undefined): void {
  for (const held of [sessions, renewals]) for (const [id, whose] of held) if (whose === person) held.delete(id);
}

function pageFor(people: readonly string[]): string {
  const buttons = people.map(each => `<button name="person" value="${each}">Sign in as ${each}</button>`);
  const head = '<!doctype html><html lang="en"><title>Who are you?</title><link rel="icon" href="data:,">';
  return `${head}<h1>Who are you?</h1><form method="post">${buttons.join('')}</form></html>`;
}
