/** What the deployment says of the console, as its functions read it beside their code. */
import type { ConsoleSettings } from '../domain/console-settings.ts';
import type { Deployment } from './deployment.ts';

const GROUPS = { cognito: 'cognito:groups', oidc: 'groups' } as const;

export function deployedConsole({ console: wanted }: Pick<Deployment, 'console'>): ConsoleSettings | undefined {
  if (wanted === undefined) return undefined;
  const { signIn, groups, roles, self, domain } = wanted;
  return {
    ...(domain !== undefined && { domain }),
    signIn:
      signIn.kind === 'cognito'
        ? { kind: 'cognito' }
        : { kind: 'oidc', issuer: signIn.issuer, clientId: signIn.clientId },
    ...{ groups: groups ?? GROUPS[signIn.kind], roles },
    ...(self && { self: { issuer: self.issuer, audience: self.audience, tenantClaim: self.tenantClaim } }),
  };
}
