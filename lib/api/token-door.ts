/**
 * Who may call with a token of an OpenID Connect issuer. Invariants: a principal is made only of a token whose signature,
 * issuer, audience and times hold, by an asymmetric key that the issuer itself publishes; its roles are those that the
 * configuration gives its groups, and its tenant is the one of its claim, or none; what is unclear is refused.
 */
import { type CryptoKey, createRemoteJWKSet, customFetch, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod';
import { isTrustedUrl, type TokenIssuer } from '../domain/api-settings.ts';
import { HoldfastError, InputError, StorageError } from '../domain/errors.ts';
import type { Principal, Role } from '../domain/principal.ts';
import { parseTenantRef, type TenantRef, tenantId, tenantRef } from '../domain/tenant.ts';
import { repeatsMember } from './repeated-member.ts';

/** Asymmetric alone: a public key must never be taken for a shared secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const CLOCK_SKEW_SECONDS = 60;
/** Larger than tokens with many groups, and smaller than the headers that servers take. */
const MOST_TOKEN_CHARACTERS = 12_000;
const MOST_NAME_CHARACTERS = 255;
const KEYS_KEPT_MS = 10 * 60_000;
/** How soon the keys are asked for again where one is unknown, or the issuer did not answer. */
const ASKED_AGAIN_MS = 30_000;
const PATIENCE_MS = 5000;

export interface TokenDoorDeps {
  readonly issuers: readonly TokenIssuer[];
  /** Of the references of tenants. */
  readonly installation: string;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
}

type FindKey = (header: Parameters<ReturnType<typeof createRemoteJWKSet>>[0], token: never) => Promise<CryptoKey>;

/** Answers who calls. InputError `not-signed-in`; StorageError `issuer-unreachable`. */
export function tokenDoor(deps: TokenDoorDeps): (request: Request) => Promise<Principal> {
  const keys = new Map<TokenIssuer, FindKey>();
  return async request => {
    const token = bearerOf(request);
    const trusted = trustedBy(deps.issuers, token);
    const find = keys.get(trusted) ?? keysOf(deps, trusted);
    keys.set(trusted, find);
    const payload = await verified(token, trusted, find, deps.now());
    return principalOf(deps, trusted, payload);
  };
}

function bearerOf(request: Request): string {
  const [, token] = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
  if (token !== undefined && token.length <= MOST_TOKEN_CHARACTERS) return token;
  throw refused('There is no token, or it is not a signed one of usual size', 'form');
}

/** Whose token it says that it is, among those that are trusted: nothing of it is believed yet. */
function trustedBy(issuers: readonly TokenIssuer[], token: string): TokenIssuer {
  const { iss, aud } = claimsOf(token);
  const audiences = [aud].flat();
  const found = issuers.find(({ issuer, audience }) => issuer === iss && audiences.includes(audience));
  if (found) return found;
  throw refused('The token is of another issuer, or for another audience', 'issuer');
}

function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw refused('The token cannot be read', 'form');
  }
}

async function verified(token: string, { issuer, audience }: TokenIssuer, find: FindKey, now: Date) {
  try {
    const { payload } = await jwtVerify(token, find as never, {
      ...{ issuer, audience, algorithms: ALGORITHMS, currentDate: now, clockTolerance: CLOCK_SKEW_SECONDS },
      requiredClaims: ['exp', 'sub'],
    });
    if (repeatsMember(Buffer.from(token.split('.')[1]!, 'base64url').toString()))
      throw refused('The token names a claim twice', 'claims');
    return payload;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    if (error instanceof errors.JWTExpired) throw refused('The token has expired', 'expired');
    throw refused('The token is not one that this API accepts', 'signature');
  }
}

function principalOf({ installation }: TokenDoorDeps, trusted: TokenIssuer, payload: JWTPayload): Principal {
  const { sub } = payload;
  if (typeof sub !== 'string' || sub.trim() === '' || sub.length > MOST_NAME_CHARACTERS)
    throw refused('The token does not say whose it is', 'claims');
  const groups = groupsIn(payload[trusted.groupsClaim]);
  const roles = new Set<Role>(groups.flatMap(group => rolesOf(trusted, group)));
  const tenant = tenantIn(installation, trusted, payload);
  const isAdministrator = trusted.administrators === undefined || groups.includes(trusted.administrators);
  if (tenant !== undefined && isAdministrator) roles.add('tenant-administrator');
  const tenants = tenant !== undefined && isAdministrator ? [tenant] : [];
  return { name: `${trusted.issuer}#${sub}`, proof: 'oidc', roles: [...roles], tenants };
}

function rolesOf({ groups }: TokenIssuer, group: string): readonly Role[] {
  return Object.hasOwn(groups, group) ? groups[group]! : [];
}

function groupsIn(claim: unknown): readonly string[] {
  if (claim === undefined) return [];
  if (Array.isArray(claim) && claim.every(each => typeof each === 'string')) return claim;
  if (typeof claim === 'string') return [claim];
  throw refused('The groups of the token are not a list of names', 'claims');
}

/** Undefined: it names none. A list is refused, also of one: whose administrator it is must be one name. */
function tenantIn(installation: string, trusted: TokenIssuer, payload: JWTPayload): TenantRef | undefined {
  const { tenantClaim, tenantKind } = trusted;
  if (tenantClaim === undefined || !Object.hasOwn(payload, tenantClaim)) return undefined;
  const claim = payload[tenantClaim];
  const text = Number.isSafeInteger(claim) ? String(claim) : claim;
  const isName = typeof text === 'string' && text.trim() !== '' && text.length <= 1000;
  if (!isName) throw refused('The tenant of the token is not one name', 'claims');
  if (tenantKind === 'id') return tenantRef(installation, tenantId(text));
  const ref = parseTenantRef(text);
  if (ref === undefined) throw refused('The tenant of the token is not a reference', 'claims');
  return ref;
}

/** The published keys, asked for when they are needed, and again where a token names one that is not among them. */
function keysOf(deps: TokenDoorDeps, { issuer, keys }: TokenIssuer): FindKey {
  let opened: { readonly at: number; readonly find: Promise<FindKey> } | undefined;
  return async (header, token) => {
    const now = deps.now().getTime();
    const failed = opened && (await opened.find.then(() => false).catch(() => true));
    if (opened === undefined || (failed && now - opened.at > ASKED_AGAIN_MS))
      opened = { at: now, find: openKeys(deps, issuer, keys) };
    return (await opened.find)(header, token);
  };
}

async function openKeys(deps: TokenDoorDeps, issuer: string, named: string | undefined): Promise<FindKey> {
  const url = named ?? (await discovered(deps, issuer));
  return createRemoteJWKSet(new URL(url), {
    ...{ timeoutDuration: PATIENCE_MS, cooldownDuration: ASKED_AGAIN_MS, cacheMaxAge: KEYS_KEPT_MS },
    [customFetch]: (at, options) => answered(() => deps.fetch(at, options as RequestInit)),
  }) as unknown as FindKey;
}

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string().refine(isTrustedUrl) });

async function discovered(deps: TokenDoorDeps, issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await answered(() =>
    deps.fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) }),
  );
  const parsed = Discovery.safeParse(await response.json().catch(() => undefined));
  if (parsed.success && parsed.data.issuer === issuer) return parsed.data.jwks_uri;
  throw unreachable('is not the one of this issuer');
}

async function answered(ask: () => Promise<Response>): Promise<Response> {
  const response = await ask().catch((cause: unknown) => {
    throw unreachable('cannot be reached', cause);
  });
  if (response.status === 200) return response;
  throw unreachable(`answered with status ${response.status}`);
}

function unreachable(how: string, cause?: unknown): StorageError {
  return new StorageError('issuer-unreachable', `The keys of the token’s issuer cannot be read: its server ${how}.`, {
    hint: 'Try again in a minute.',
    cause,
  });
}

/** `why` for programs: form, issuer, signature, expired, claims. Nothing of the token is repeated. */
function refused(what: string, why: string): InputError {
  return new InputError('not-signed-in', `${what}.`, {
    hint: 'Sign in again, and send the new token as `Authorization: Bearer …`.',
    details: { why },
  });
}
