/**
 * Who has signed in to a console that is served from AWS. Invariants: tokens are in this window's session storage alone, and
 * nothing but the API and the issuer gets one; a token that ends is renewed once, however many requests wait for it; a page
 * leaves once, so that requests which are refused meanwhile neither begin another sign-in nor undo a sign-out; whoever is
 * refused right after signing in is told so, instead of being sent round in a circle.
 */
import { authorizeAddress, claimsOf, codeIn, type Pending, pendingFor } from './pkce.ts';
import { type Endpoints, endpointsOf, type Settings, SignInError } from './settings.ts';

export interface SessionDeps {
  readonly settings: Settings;
  readonly fetch: typeof fetch;
  /** Of this window. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** Leaves for another address. */
  readonly go: (address: string) => void;
  /** Such as `https://backups.example.com`. */
  readonly origin: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Session {
  /** The token for the API; undefined: one has to sign in, and the browser is on its way. */
  token(): Promise<string | undefined>;
  /** Name to show. */
  readonly who: () => string | undefined;
  /** Leaves for the page of the issuer, and comes back to that view. */
  begin(returnTo: string): Promise<void>;
  /** Ends a sign-in at the address that one came back to; returns the view. SignInError. */
  end(address: URL): Promise<string>;
  /** The API refused the token. True: the browser leaves to sign in again. */
  refused(returnTo: string): Promise<boolean>;
  signOut(): Promise<void>;
}

interface Kept {
  readonly idToken: string;
  readonly refreshToken?: string;
  readonly signedInAt: number;
}

const TOKENS = 'holdfast.tokens';
const PENDING = 'holdfast.sign-in';
/** A token that ends sooner is renewed first. */
const SPARE_MS = 60_000;
const REDIRECT = '/signed-in';

export function openSession(deps: SessionDeps): Session {
  let found: Promise<Endpoints> | undefined;
  let renewing: Promise<Kept | undefined> | undefined;
  const open: Opened = {
    ...deps,
    endpoints() {
      found ??= endpointsOf(deps.settings, deps.fetch).catch(error => {
        // The issuer may answer the next time.
        found = undefined;
        throw error;
      });
      return found;
    },
  };
  return {
    async token() {
      const held = kept(deps);
      if (held === undefined || isFresh(deps, held)) return held?.idToken;
      renewing ??= renewed(open, held).finally(() => {
        renewing = undefined;
      });
      return (await renewing)?.idToken;
    },
    who() {
      const held = kept(deps);
      const claims = held && claimsOf(held.idToken, deps.settings, undefined);
      return claims?.email ?? claims?.sub;
    },
    begin: returnTo => leave(open, returnTo),
    end: address => comeBack(open, address),
    async refused(returnTo) {
      const held = kept(deps);
      if (held !== undefined && deps.now() - held.signedInAt < SPARE_MS) return false;
      await leave(open, returnTo);
      return true;
    },
    signOut: () => signOut(open),
  };
}

interface Opened extends SessionDeps {
  endpoints(): Promise<Endpoints>;
  /** What this page is being left for: the browser takes a while. */
  leaving?: 'to sign in' | 'signed out' | undefined;
}

async function leave(open: Opened, returnTo: string): Promise<void> {
  if (open.leaving !== undefined) return;
  open.leaving = 'to sign in';
  open.storage.removeItem(TOKENS);
  const pending = pendingFor(returnTo);
  open.storage.setItem(PENDING, JSON.stringify(pending));
  try {
    const address = await authorizeAddress(open.settings, await open.endpoints(), pending, redirectOf(open));
    if (open.leaving === 'to sign in') open.go(address);
  } catch (error) {
    if (open.leaving === 'to sign in') open.leaving = undefined;
    throw error;
  }
}

async function comeBack(open: Opened, address: URL): Promise<string> {
  const { storage, settings, now } = open;
  open.leaving = undefined;
  const pending = read<Pending>(open, PENDING);
  // A code is good once, whatever comes of it.
  storage.removeItem(PENDING);
  const code = codeIn(address, pending);
  const { verifier, nonce, returnTo } = pending!;
  const proof = { code, redirect_uri: redirectOf(open), code_verifier: verifier };
  const answer = await asked(open, { grant_type: 'authorization_code', ...proof });
  claimsOf(answer.idToken, settings, nonce);
  keep(open, { ...answer, signedInAt: now() });
  return returnTo;
}

async function signOut(open: Opened): Promise<void> {
  open.leaving = 'signed out';
  open.storage.removeItem(TOKENS);
  const home = `${open.origin}/`;
  // An issuer that does not answer ends nothing; the window is signed out all the same.
  const { signOut: at } = await open.endpoints().catch(() => ({ signOut: undefined }));
  if (at === undefined) return open.go(home);
  const address = new URL(at.url);
  address.searchParams.set('client_id', open.settings.clientId);
  address.searchParams.set(at.returnAs, home);
  open.go(address.href);
}

/** Undefined: the issuer renews it no more, or gave a token of somebody else. */
async function renewed(open: Opened, held: Kept): Promise<Kept | undefined> {
  if (held.refreshToken === undefined) return undefined;
  const { settings } = open;
  try {
    const answer = await asked(open, { grant_type: 'refresh_token', refresh_token: held.refreshToken });
    const [before, after] = [held.idToken, answer.idToken].map(token => claimsOf(token, settings, undefined).sub);
    // Who signed out meanwhile stays so.
    return before === after && kept(open) !== undefined ? keep(open, { ...held, ...answer }) : undefined;
  } catch (error) {
    if (error instanceof SignInError) return undefined;
    throw error;
  }
}

async function asked(open: Opened, body: Record<string, string>): Promise<Omit<Kept, 'signedInAt'>> {
  const { token } = await open.endpoints();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const all = new URLSearchParams({ client_id: open.settings.clientId, ...body });
  const response = await open.fetch(token, { method: 'POST', headers, body: all.toString() }).catch(() => undefined);
  const answer = response?.ok ? ((await response.json().catch(() => ({}))) as Record<string, unknown>) : {};
  const { id_token: idToken, refresh_token: refreshToken } = answer;
  if (typeof idToken !== 'string') throw new SignInError('The issuer gave no token.');
  return { idToken, ...(typeof refreshToken === 'string' && { refreshToken }) };
}

function kept(deps: Pick<SessionDeps, 'storage'>): Kept | undefined {
  return read<Kept>(deps, TOKENS);
}

function keep({ storage }: Pick<SessionDeps, 'storage'>, next: Kept): Kept {
  storage.setItem(TOKENS, JSON.stringify(next));
  return next;
}

function isFresh({ settings, now }: SessionDeps, { idToken }: Kept): boolean {
  return claimsOf(idToken, settings, undefined).exp * 1000 - now() > SPARE_MS;
}

function redirectOf({ origin }: Pick<SessionDeps, 'origin'>): string {
  return `${origin}${REDIRECT}`;
}

function read<T>({ storage }: Pick<SessionDeps, 'storage'>, name: string): T | undefined {
  const text = storage.getItem(name);
  return text === null ? undefined : (JSON.parse(text) as T);
}
