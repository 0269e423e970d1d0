/**
 * The option of a deployment to serve the console and its API: under which name, who signs in where, and which groups have
 * which roles. A file of its own, because deployment.ts states every option.
 */
import * as z from 'zod';
import { Role } from '../domain/principal.ts';

const HostName = z
  .string()
  .regex(/^([a-z0-9-]+\.)+[a-z]{2,}$/, 'must be a host name in lower case, for example backups.example.com');
const Origin = z
  .string()
  .regex(
    /^https:\/\/[a-z0-9.-]+(:\d+)?$/,
    'must be an https origin without a path, for example https://app.example.com',
  );
const Issuer = z
  .string()
  .regex(/^https:\/\/[a-z0-9.-]+(:\d+)?(\/[\w./~-]*)?$/, 'must be the https URL of an issuer, as its tokens name it');

const SignIn = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z
      .literal('cognito')
      .describe('A user pool of the stack: administrators add people to its groups; MFA is required.'),
  }),
  z.strictObject({
    kind: z.literal('oidc').describe('Your own OpenID Connect issuer.'),
    issuer: Issuer.describe(
      'As the `iss` of its tokens; its configuration is at `/.well-known/openid-configuration` below it.',
    ),
    clientId: z
      .string()
      .min(1)
      .describe(
        'A public client with PKCE whose redirect URI is `https://DOMAIN/signed-in`; the audience of its ID tokens.',
      ),
    scope: z
      .string()
      .regex(/^openid( \S+)*$/, 'must be scopes with a space between them, `openid` first')
      .default('openid email profile offline_access')
      .describe('Scopes that are asked for. Without `offline_access` one signs in again when the token ends.'),
    origins: z
      .array(Origin)
      .default([])
      .describe('Origin of the token endpoint, where it is not that of the issuer: browsers may call no other.'),
  }),
]);

const Self = z.strictObject({
  issuer: Issuer.describe('Issuer of the tokens of your application, as their `iss` says.'),
  audience: z.string().min(1).describe('Their `aud`.'),
  tenantClaim: z.string().min(1).describe('Claim with the id of the tenant.'),
  origins: z
    .array(Origin)
    .default([])
    .describe('Origins of your application whose pages may call the API with these tokens.'),
});

export const ConsoleOption = z
  .strictObject({
    domain: HostName.optional().describe(
      'Host name; your DNS points it to the distribution (output `ConsoleTarget`). Default: that of CloudFront.',
    ),
    certificate: z
      .string()
      .regex(/^arn:[\w-]+:acm:us-east-1:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of a certificate in us-east-1')
      .optional()
      .describe('Certificate of ACM for the name, in us-east-1, where CloudFront looks for it.'),
    signIn: SignIn.describe('Where people sign in.'),
    groups: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Claim of the ID token with a person’s groups. Default: `cognito:groups`, or `groups` with an issuer of your own.',
      ),
    roles: z
      .record(z.string().regex(/^[\w+=,.@:/-]{1,128}$/, 'must be the name of a group'), z.array(Role).min(1))
      .describe('Roles (docs/roles.md) by group. Who is in none of them has no role.'),
    self: Self.optional().describe(
      'Self-service of tenants’ administrators with tokens of your application. Default: none.',
    ),
  })
  .refine(({ domain, certificate }) => (domain === undefined) === (certificate === undefined), {
    path: ['certificate'],
    error: 'must be named together with `domain`',
  })
  .describe(
    'Serves the console and its API from the primary region (docs/on-aws.md, Console). Without it there is none. What it costs: docs/cost.md.',
  );
export type ConsoleOption = z.infer<typeof ConsoleOption>;
