/**
 * The console of an installation on AWS, as its functions read it beside their code: who signs in where, and which groups of
 * theirs have which roles. Invariant: a group that is not named gives no role. What only exists once the stack is deployed,
 * the user pool, is in a variable of its own, because a file in the code cannot name it.
 */
import * as z from 'zod';
import type { TokenIssuer } from './api-settings.ts';
import { InputError } from './errors.ts';
import { Role } from './principal.ts';

/** Holds `POOL CLIENT`: the id of the user pool and of the console's client in it. */
export const USER_POOL_VARIABLE = 'HOLDFAST_USER_POOL';

export const ConsoleSettings = z.strictObject({
  /** A name of the team's own. */
  domain: z.string().exactOptional(),
  signIn: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('cognito') }),
    z.strictObject({ kind: z.literal('oidc'), issuer: z.string(), clientId: z.string() }),
  ]),
  /** Claim of the ID token with the groups of a person. */
  groups: z.string(),
  /** By group. */
  roles: z.record(z.string(), z.array(Role)),
  /** Tokens of the application's own issuer, for tenants' administrators. `tenantClaim`: claim with the tenant's id. */
  self: z.strictObject({ issuer: z.string(), audience: z.string(), tenantClaim: z.string() }).exactOptional(),
});
export type ConsoleSettings = z.infer<typeof ConsoleSettings>;

/**
 * Whose tokens the API on AWS believes. `pool`: value of USER_POOL_VARIABLE. InputError `bad-function-config` where a user
 * pool is meant and none is named.
 */
export function consoleIssuers(
  { signIn, groups, roles, self }: ConsoleSettings,
  { region, pool }: { readonly region: string; readonly pool: string | undefined },
): TokenIssuer[] {
  const people = signIn.kind === 'oidc' ? { issuer: signIn.issuer, audience: signIn.clientId } : ofPool(region, pool);
  const ofPeople: TokenIssuer = { ...people, groupsClaim: groups, groups: roles, tenantKind: 'id' };
  if (self === undefined) return [ofPeople];
  return [ofPeople, { ...self, groupsClaim: 'groups', groups: {}, tenantKind: 'id' }];
}

function ofPool(region: string, pool: string | undefined): Pick<TokenIssuer, 'issuer' | 'audience'> {
  const [id, client] = pool?.split(' ') ?? [];
  if (id !== undefined && client !== undefined)
    return { issuer: `https://cognito-idp.${region}.amazonaws.com/${id}`, audience: client };
  throw new InputError('bad-function-config', `The variable ${USER_POOL_VARIABLE} does not name a user pool.`, {
    hint: 'Deploy the stacks again: they write this variable.',
  });
}
