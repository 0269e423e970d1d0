/**
 * Signing in with a code and PKCE (RFC 7636, OpenID Connect Core), without a library and without a secret. Invariants: a code
 * is taken only for the state that this browser made, a token only with its nonce, of its issuer and for its client; one
 * comes back to a view of this site and to no other address.
 */
import { type Endpoints, type Settings, SignInError } from './settings.ts';

/** What the browser keeps between leaving for the issuer and coming back. */
export interface Pending {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Address of the view, without the origin. */
  readonly returnTo: string;
}

export function pendingFor(returnTo: string): Pending {
  return { state: randomText(), nonce: randomText(), verifier: randomText(), returnTo: ownView(returnTo) };
}

/** 32 random bytes as base64url: 43 characters, as long as a verifier must be. */
function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** S256 of RFC 7636. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

/** Where the browser goes. `redirect`: the address that it comes back to. */
export async function authorizeAddress(
  { clientId, scope }: Settings,
  { authorize }: Endpoints,
  { state, nonce, verifier }: Pending,
  redirect: string,
): Promise<string> {
  const address = new URL(authorize);
  const asked = {
    ...{ response_type: 'code', client_id: clientId, redirect_uri: redirect, scope, state, nonce },
    ...{ code_challenge: await challengeOf(verifier), code_challenge_method: 'S256' },
  };
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  return address.href;
}

/** The code that the issuer sent the browser back with. SignInError where it is not for what this browser began. */
export function codeIn(address: URL, pending: Pending | undefined): string {
  const { searchParams: given } = address;
  if (pending === undefined || given.get('state') !== pending.state)
    throw new SignInError('This sign-in was begun in another window, or ended before.');
  const code = given.get('code');
  if (code !== null && code !== '') return code;
  throw new SignInError('The sign-in was refused or cancelled.');
}

export interface Claims {
  readonly sub: string;
  /** Seconds since 1970. */
  readonly exp: number;
  readonly email?: string;
}

/**
 * What the token says. It came from the issuer itself over TLS: the browser checks that it is the one that was asked for, and
 * the API verifies its signature. `nonce` undefined: the token was renewed. SignInError.
 */
export function claimsOf(token: string, { issuer, clientId }: Settings, nonce: string | undefined): Claims {
  const { iss, aud, sub, exp, email, nonce: given } = parsed(token);
  const isOurs = iss === issuer && [aud].flat().includes(clientId);
  const isAskedFor = nonce === undefined || given === nonce;
  if (!isOurs || !isAskedFor || typeof sub !== 'string' || typeof exp !== 'number')
    throw new SignInError('The token that the issuer sent is not for this sign-in.');
  return { sub, exp, ...(typeof email === 'string' && { email }) };
}

function parsed(token: string): Record<string, unknown> {
  try {
    const bytes = Uint8Array.from(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')), c =>
      c.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new SignInError('The token that the issuer sent cannot be read.');
  }
}

/** A path of this site: `//host` and `/\host` are others'. */
function ownView(address: string): string {
  return /^\/(?![/\\])/.test(address) && !address.startsWith('/signed-in') ? address : '/';
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
