/**
 * Where people sign in to the console: a user pool of the stack, with a public client that has no secret and gets tokens for
 * codes alone, with PKCE; or the team's own issuer, of which nothing is made here. Invariants: nobody signs up by themselves, everybody
 * has a second factor, and a person is what the pool's administrators made of them: no token changes an attribute or a group.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { SignInSettings } from '../../domain/sign-in-settings.ts';
import type { ConsoleOption } from '../console-option.ts';
import type { Deployment } from '../deployment.ts';
import { signInDomain } from '../names.ts';
import { accept } from './accepted.ts';

/** A working day: then one signs in again. */
const SIGNED_IN = Duration.hours(12);

export class ConsoleSignIn extends Construct {
  private readonly deployment: Deployment;
  private readonly pool: cognito.UserPool | undefined;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    this.deployment = deployment;
    const { signIn, roles } = deployment.console!;
    if (signIn.kind !== 'cognito') return;
    const pool = new cognito.UserPool(this, 'People', {
      userPoolName: `${deployment.name}-people`,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      mfa: cognito.Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        ...{ minLength: 14, requireDigits: true, requireLowercase: true, requireUppercase: true, requireSymbols: true },
        tempPasswordValidity: Duration.days(3),
      },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      featurePlan: cognito.FeaturePlan.ESSENTIALS,
      // Who may do what is in it: it outlives its stack.
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    pool.addDomain('Domain', { cognitoDomain: { domainPrefix: signInDomain(deployment) } });
    for (const [index, groupName] of Object.keys(roles).entries())
      new cognito.CfnUserPoolGroup(this, `Group${index}`, { userPoolId: pool.userPoolId, groupName });
    for (const rule of ['AwsSolutions-COG3', 'AwsSolutions-COG8'])
      accept(
        pool,
        rule,
        'Threat protection needs the Plus plan, at several times the price: MFA is required, and nobody signs up by themselves.',
      );
    this.pool = pool;
  }

  /** Origins that the console's pages may call while somebody signs in. */
  origins(): string[] {
    const { signIn } = this.deployment.console!;
    if (signIn.kind === 'oidc') return [...new Set([new URL(signIn.issuer).origin, ...signIn.origins])];
    return [this.host()];
  }

  /** The client of the site at that address; what its pages and, of a user pool, the functions are told. */
  clientOf(url: string): { readonly settings: SignInSettings; readonly pool?: string } {
    const { signIn } = this.deployment.console!;
    if (this.pool === undefined) return { settings: settingsOf(signIn) };
    const client = this.pool.addClient('Console', {
      userPoolClientName: `${this.deployment.name}-console`,
      generateSecret: false,
      oAuth: {
        flows: { authorizationCodeGrant: true },
        // Without `aws.cognito.signin.user.admin`, with which a token changes its own person.
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
        callbackUrls: [`${url}/signed-in`],
        logoutUrls: [`${url}/`],
      },
      supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
      ...{
        idTokenValidity: Duration.hours(1),
        accessTokenValidity: Duration.hours(1),
        refreshTokenValidity: SIGNED_IN,
      },
      ...{ enableTokenRevocation: true, preventUserExistenceErrors: true },
    });
    // No password or custom challenge reaches it but on the page of the pool.
    (client.node.defaultChild as cognito.CfnUserPoolClient).explicitAuthFlows = ['ALLOW_REFRESH_TOKEN_AUTH'];
    const { region } = Stack.of(this);
    const issuer = `https://cognito-idp.${region}.amazonaws.com/${this.pool.userPoolId}`;
    const at = (path: string) => `${this.host()}/${path}`;
    const settings: SignInSettings = {
      ...{ issuer, clientId: client.userPoolClientId, scope: 'openid email' },
      endpoints: { authorize: at('oauth2/authorize'), token: at('oauth2/token') },
      // Cognito's own way, which is not that of OpenID Connect.
      signOut: { url: at('logout'), returnAs: 'logout_uri' },
    };
    return { settings, pool: `${this.pool.userPoolId} ${client.userPoolClientId}` };
  }

  private host(): string {
    return `https://${signInDomain(this.deployment)}.auth.${Stack.of(this).region}.amazoncognito.com`;
  }
}

/** Its endpoints are in the issuer's own configuration, which the browser reads. */
function settingsOf(signIn: ConsoleOption['signIn']): SignInSettings {
  if (signIn.kind !== 'oidc') throw new Error('A user pool has a client.');
  return { issuer: signIn.issuer, clientId: signIn.clientId, scope: signIn.scope };
}
