/**
 * The API for tokens, as the configuration has it: which issuers vouch for whom, which sites may call, and how much a tenant
 * may ask for in a day. Invariant: a role comes from a group that is listed here, and a tenant from a claim that is named
 * here; nothing else of a token gives a right.
 */
import * as z from 'zod';
import { Role } from './principal.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Tokens and keys are believed only over TLS; on loopback for trying. */
export function isTrustedUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
  return isSafe && username === '' && password === '';
}

const TrustedUrl = z.string().max(500).refine(isTrustedUrl, 'expected an https URL (http only on loopback)');
const isOrigin = (text: string) => isTrustedUrl(text) && new URL(text).origin === text;
const Claim = z.string().min(1).max(200);

export const TENANT_CLAIM_KINDS = ['id', 'reference'] as const;

export const TokenIssuer = z.strictObject({
  issuer: TrustedUrl.describe('The claim `iss`, exactly. Its keys are found by OpenID Connect discovery.'),
  audience: z.string().min(1).max(500).describe('The claim `aud` must have it.'),
  keys: TrustedUrl.exactOptional().describe('URL of its keys (JWKS), for an issuer without discovery.'),
  groupsClaim: Claim.default('groups').describe('Claim with the list of groups.'),
  groups: z
    .record(z.string().min(1), z.array(Role).min(1))
    .default({})
    .describe('Roles by the name of a group. Default: no group gives a role.'),
  tenantClaim: Claim.exactOptional().describe(
    'Claim that names the tenant whose administrator the caller is. Default: none is.',
  ),
  tenantKind: z
    .enum(TENANT_CLAIM_KINDS)
    .default('id')
    .describe('What that claim has: `id`, the value of the tenant column, or `reference`.'),
  administrators: z
    .string()
    .min(1)
    .exactOptional()
    .describe('Group whose members are administrators of their tenant. Default: everybody with the tenant claim.'),
});
export type TokenIssuer = z.infer<typeof TokenIssuer>;

const perDay = (count: number, what: string) => z.number().int().min(0).max(1000).default(count).describe(what);

/** Counted by UTC days. */
export const SelfServiceQuotas = z.strictObject({
  backups: perDay(4, 'Backups that a tenant may ask for in a day.'),
  previews: perDay(10, 'Previews and requests of restores of a tenant in a day: each stages its rows in the database.'),
  exports: perDay(2, 'Exports that a tenant may ask for in a day.'),
});
export type SelfServiceQuotas = z.infer<typeof SelfServiceQuotas>;

export const ApiSettings = z.strictObject({
  issuers: z
    .array(TokenIssuer)
    .default([])
    .meta({ examples: [[{ issuer: 'https://app.example.com', audience: 'holdfast', tenantClaim: 'tenant' }]] })
    .describe('Issuers of the tokens that `holdfast serve-api` accepts (docs/self-service.md). Default: none.'),
  origins: z
    .array(z.string().refine(isOrigin, 'expected an origin, such as https://app.example.com'))
    .default([])
    .meta({ examples: [['https://app.example.com']] })
    .describe('Sites whose pages may call it. Default: none.'),
  exports: z
    .string()
    .min(1)
    .default('.holdfast/exports')
    .describe('Directory in which the exports that tenants ask for are written, each in one of its own.'),
  quotas: SelfServiceQuotas.prefault({}).describe('What a tenant may ask for in a day by itself.'),
});
export type ApiSettings = z.infer<typeof ApiSettings>;
