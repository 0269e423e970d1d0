/**
 * An OpenID Connect issuer at which people of the tests sign in with a browser: discovery, the page that asks who one is,
 * codes with PKCE, renewal, and signing out. Invariants: a code is good once, for the address and the verifier that it was
 * asked with; whoever is signed in is not asked again, and whoever signed out is; no origin but those of its client reads a token.
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
  register(origin: string): void;
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

/** `people`: their groups. */
export async function signInIssuer(
  tls: LoopbackTls,
  people: Readonly<Record<string, readonly string[]>>,
): Promise<SignInIssuer> {
  const app = new Hono();
  const { origin, stop } = await tls.serve(getRequestListener(app.fetch));
  const issuer = `${origin}${BASE}`;
  const keys = await testIssuer(issuer, () => new Date(), CLIENT);
  const place = new Place(people);
  const tokenOf: SignInIssuer['tokenOf'] = (person, more) =>
    keys.token({ sub: person, email: `${person}@example.com`, groups: people[person], ...more });

  app.use(`${BASE}/*`, cors({ origin: from => (place.sites.has(from) ? from : null) }));
  app.get(`${BASE}/.well-known/openid-configuration`, c =>
    c.json({
      ...{ issuer, jwks_uri: `${issuer}/keys` },
      ...{ authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
      end_session_endpoint: `${issuer}/end`,
    }),
  );
  app.get(`${BASE}/keys`, c => c.json({ keys: keys.published() }));
  app.get(`${BASE}/authorize`, c => {
    const asked = place.asked(c);
    const person = place.sessions.get(getCookie(c, SESSION) ?? '');
    if (person === undefined) return c.html(pageFor(place, Object.keys(people)));
    return place.sentBack(c, asked, person, 'remembered');
  });
  app.post(`${BASE}/authorize`, async c => {
    const asked = place.asked(c);
    const person = String((await c.req.parseBody()).person);
    if (!Object.hasOwn(people, person)) return c.text('nobody', 400);
    const session = randomUUID();
    place.sessions.set(session, person);
    setCookie(c, SESSION, session, { path: BASE, httpOnly: true, secure: true, sameSite: 'Lax' });
    return place.sentBack(c, asked, person, 'entered');
  });
  app.post(`${BASE}/token`, async c => {
    const found = place.redeemed((await c.req.parseBody()) as Record<string, string>);
    if (found === undefined) return c.json({ error: 'invalid_grant' }, 400);
    const { person, nonce, renewable } = found;
    return c.json({
      ...{ token_type: 'Bearer', access_token: randomUUID(), expires_in: 3600 },
      id_token: await tokenOf(person, { nonce }),
      ...(renewable && { refresh_token: place.renewal(person) }),
    });
  });
  app.get(`${BASE}/end`, c => {
    const { client_id: client, post_logout_redirect_uri: back = '' } = c.req.query();
    if (client !== CLIENT || ![...place.sites].some(site => back === `${site}/`)) return c.text('refused', 400);
    place.forget(place.sessions.get(getCookie(c, SESSION) ?? ''));
    place.happened.push('left');
    return c.redirect(back);
  });

  return {
    ...{ issuer, origin, clientId: CLIENT, happened: place.happened, tokenOf, stop },
    register: site => void place.sites.add(site),
    forget: person => place.forget(person),
  };
}

interface Grant {
  readonly person: string;
  readonly nonce?: string;
  /** `offline_access` was asked for. */
  readonly renewable: boolean;
}

/** Who is signed in, and what was given out. */
class Place {
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly sites = new Set<string>();
  readonly sessions = new Map<string, string>();
  readonly happened: string[] = [];
  private readonly codes = new Map<string, Grant & { readonly asked: Asked }>();
  private readonly renewals = new Map<string, string>();

  constructor(people: Readonly<Record<string, readonly string[]>>) {
    this.people = people;
  }

  asked(c: Context): Asked {
    const asked = Asked.parse(c.req.query());
    if (![...this.sites].some(site => asked.redirect_uri === `${site}/signed-in`))
      throw new Error('The client has no such address to come back to.');
    return asked;
  }

  sentBack(c: Context, asked: Asked, person: string, how: 'entered' | 'remembered'): Response {
    this.happened.push(`${how} ${person}`);
    const code = randomUUID();
    const renewable = asked.scope.split(' ').includes('offline_access');
    this.codes.set(code, { asked, person, nonce: asked.nonce, renewable });
    const back = new URL(asked.redirect_uri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.state);
    return c.redirect(back.href, 303);
  }

  redeemed(given: Readonly<Record<string, string>>): Grant | undefined {
    if (given.client_id !== CLIENT) return undefined;
    if (given.grant_type === 'refresh_token') return this.renewed(given.refresh_token ?? '');
    const found = this.codes.get(given.code ?? '');
    this.codes.delete(given.code ?? '');
    const proof = createHash('sha256')
      .update(given.code_verifier ?? '')
      .digest('base64url');
    const isProved = found?.asked.code_challenge === proof && found.asked.redirect_uri === given.redirect_uri;
    return given.grant_type === 'authorization_code' && isProved ? found : undefined;
  }

  /** Good once: the next one comes with the new token. */
  private renewed(renewal: string): Grant | undefined {
    const person = this.renewals.get(renewal);
    this.renewals.delete(renewal);
    if (person === undefined) return undefined;
    this.happened.push(`renewed ${person}`);
    return { person, renewable: true };
  }

  renewal(person: string): string {
    const made = randomUUID();
    this.renewals.set(made, person);
    return made;
  }

  forget(person: string | undefined): void {
    for (const held of [this.sessions, this.renewals])
      for (const [id, whose] of held) if (whose === person) held.delete(id);
  }
}

function pageFor(place: Place, people: readonly string[]): string {
  place.happened.push('shown');
  const buttons = people.map(each => `<button name="person" value="${each}">Sign in as ${each}</button>`);
  const head = '<!doctype html><html lang="en"><title>Who are you?</title><link rel="icon" href="data:,">';
  return `${head}<h1>Who are you?</h1><form method="post">${buttons.join('')}</form></html>`;
}
