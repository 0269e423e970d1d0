/**
 * The console of an installation: its pages behind CloudFront, its API, and where people sign in. In the primary region, only
 * if the deployment asks for it. Stateless but for the user pool, which outlives the stack.
 */
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { USER_POOL_VARIABLE } from '../../domain/console-settings.ts';
import { apiFunctions, ConsoleApi } from '../constructs/console-api.ts';
import { ConsoleFiles } from '../constructs/console-files.ts';
import { ConsoleSignIn } from '../constructs/console-sign-in.ts';
import { ConsoleSite } from '../constructs/console-site.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import type { VaultRoles } from '../constructs/vault-roles.ts';
import type { Deployment } from '../deployment.ts';

export interface ConsoleStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly region: 'primary';
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** The built pages. */
  readonly siteDirectory: string;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
}

export class ConsoleStack extends Stack {
  constructor(scope: Construct, id: string, props: ConsoleStackProps) {
    super(scope, id, props);
    const { deployment, codeDirectory, siteDirectory } = props;
    // In this order: the site shows the API, people come back to the site, and the functions believe whom they signed in as.
    const signIn = new ConsoleSignIn(this, 'SignIn', deployment);
    const api = new ConsoleApi(this, 'Api', deployment);
    const site = new ConsoleSite(this, 'Site', { deployment, api: api.api, origins: signIn.origins() });
    const { settings, pool } = signIn.clientOf(site.url);
    const functions = apiFunctions(
      new FunctionSet(this, 'Functions', { ...props, deployment: calledByNoRole(deployment) }),
    );
    if (pool !== undefined) for (const fn of Object.values(functions)) fn.addEnvironment(USER_POOL_VARIABLE, pool);
    api.serve(functions);
    new ConsoleFiles(this, 'Pages', { deployment, codeDirectory, siteDirectory, bucket: site.bucket, settings });
    this.outputs(site, pool);
  }

  private outputs({ url, target }: ConsoleSite, pool: string | undefined): void {
    const outputs = {
      ConsoleUrl: [`${url}/`, 'The console.'],
      ConsoleTarget: [target, 'What a name of your own points to (CNAME).'],
      ...(pool !== undefined && { ConsoleUserPool: [pool, 'The user pool of the console, and its client.'] }),
    };
    for (const [name, [value, description]] of Object.entries(outputs))
      new CfnOutput(this, name, { value: value!, description: description! });
  }
}

/** Their callers have tokens: which roles of IAM are people would only fill their environment, which holds 4 KB. */
function calledByNoRole(deployment: Deployment): Deployment {
  return { ...deployment, people: { ...deployment.people, pinnedRoles: [], signInAccounts: [], signInRoles: [] } };
}
