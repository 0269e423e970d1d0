/**
 * AWS's authorization decision according to the policy evaluator of MiniStack, the emulator of the end-to-end tests:
 * identity policies and the policies of bucket and keys come from the synthesized templates, session policies from the code
 * of the functions.
 */
import type { Template } from 'aws-cdk-lib/assertions';
import { type SessionPolicy, sessionPolicy } from '../../lib/aws/session-policy.ts';
import { FunctionConfig } from '../../lib/domain/function-config.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { type Decision, type PolicyDocument, policyEvaluator } from '../support/policy-evaluator.ts';
import { ACCOUNT, type Loose, plainText, type Synthesized } from './synthesized.ts';

export const REGION = 'eu-central-1';

export interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context?: Record<string, string | string[]>;
  /** Policy of the key that is asked for. @default - the account's IAM policies decide */
  readonly keyPolicy?: Loose;
  /** Policy of what is asked for. @default - that of the primary vault, or of the key */
  readonly policy?: Loose;
  /** Account of what is asked for. @default - that of the principal */
  readonly owner?: string;
}

/** A principal with policies: a function with its own role, or in its session for a tenant. */
export interface Principal {
  readonly name: string;
  readonly role: string;
  readonly identity: readonly Loose[];
  readonly session?: SessionPolicy;
}

export interface DeployedFunction {
  readonly name: string;
  readonly config: FunctionConfig;
  readonly own: Principal;
  /** With the policy that the function would pass to STS. */
  inSession(tenant: TenantRef): Principal;
  /** The session role without a session policy: never used in this way. */
  readonly sessionRole?: Principal;
}

export interface World {
  /** By name: where two regions have it, one of them. */
  readonly functions: ReadonlyMap<string, DeployedFunction>;
  /** Of all regions. */
  readonly deployed: readonly DeployedFunction[];
  readonly principals: readonly Principal[];
  readonly bucketPolicy: Loose;
}

/** All principals of the templates with policies, and every function by its name without the installation's prefix. */
export function worldOf({ templates }: Synthesized): World {
  const deployed: DeployedFunction[] = [];
  const principals: Principal[] = [];
  for (const template of templates.values()) {
    const found = principalsOf(template);
    principals.push(...found.values());
    for (const resource of Object.values(template.findResources('AWS::Lambda::Function'))) {
      // CDK's own function, for API calls during deployment, has no name.
      if (resource.Properties.FunctionName === undefined) continue;
      // It uses nothing of the installation, and knows its name alone.
      if (/publish-console$/.test(resource.Properties.FunctionName)) continue;
      deployed.push(deployedFunction(resource.Properties, found));
    }
  }
  const vault = [...templates.entries()].find(([name]) => name.endsWith('vault-primary'))![1];
  const [policy] = Object.values(vault.findResources('AWS::S3::BucketPolicy'));
  const bucketPolicy = resolved(policy!.Properties.PolicyDocument, bucketOf(vault));
  const functions = new Map(deployed.map(each => [each.name, each]));
  return { functions, deployed, principals, bucketPolicy };
}

function principalsOf(template: Template): Map<string, Principal> {
  const found = new Map<string, Principal>();
  for (const id of Object.keys(template.findResources('AWS::IAM::Role'))) {
    // What does not fit into a role's own policies the CDK puts into managed ones of that role.
    const identity = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
      .flatMap(type => Object.values(template.findResources(type)))
      .filter(policy => policy.Properties.Roles?.map(plainText).includes(`<${id}>`))
      .flatMap(policy => policy.Properties.PolicyDocument.Statement.map((statement: Loose) => resolved(statement)));
    found.set(id, { name: id, role: roleArn(id), identity });
  }
  return found;
}

/** A principal with only this managed policy of the template. */
export function peopleOf(template: Template): Map<string, Principal> {
  const functions = Object.entries(template.findResources('AWS::Lambda::Function')).map(([id, { Properties }]) => [
    `<${id}.Arn>`,
    `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${Properties.FunctionName}`,
  ]);
  return new Map(
    Object.values(template.findResources('AWS::IAM::ManagedPolicy'))
      .filter(({ Properties }) => Properties.ManagedPolicyName !== undefined)
      .map(({ Properties }) => {
        const name: string = Properties.ManagedPolicyName;
        const identity = resolved(Properties.PolicyDocument.Statement, Object.fromEntries(functions));
        return [name, { name, role: roleArn(name), identity }];
      }),
  );
}

function deployedFunction(properties: Loose, roles: ReadonlyMap<string, Principal>): DeployedFunction {
  const name = properties.FunctionName.replace(/^holdfast-/, '');
  const own = { ...roles.get(properties.Role['Fn::GetAtt'][0])!, name };
  const text = plainText(properties.Environment.Variables.HOLDFAST_FUNCTION);
  const config = FunctionConfig.parse(JSON.parse(concrete(text)));
  const sessionRole = roles.get(config.sessionRole?.split('/').at(-1) ?? '');
  return {
    ...{ name, config, own },
    ...(sessionRole && { sessionRole }),
    inSession(tenant) {
      if (!sessionRole) throw new Error(`${name} takes no sessions.`);
      const { region, bucket, keysTable, keys } = config;
      const scope = { role: sessionRole.role, region, bucket, keysTable, mode: keys.mode };
      return { ...sessionRole, name: `${name} for a tenant`, session: sessionPolicy(scope, tenant) };
    },
  };
}

function bucketOf(template: Template): Record<string, string> {
  const [[id, bucket]] = Object.entries(template.findResources('AWS::S3::Bucket')) as [[string, Loose]];
  return { [`<${id}.Arn>`]: `arn:aws:s3:::${bucket.Properties.BucketName}` };
}

function roleArn(id: string): string {
  return `arn:aws:iam::${ACCOUNT}:role/${id}`;
}

/** Every string of a policy as AWS resolves it, in that account. */
export function resolved(value: Loose, names: Record<string, string> = {}, account = ACCOUNT): Loose {
  if (Array.isArray(value)) return value.map(each => resolved(each, names, account));
  if (typeof value === 'string' || value?.['Fn::Join'] || value?.['Fn::GetAtt'] || value?.Ref) {
    const text = Object.entries(names).reduce((so, [from, to]) => so.replaceAll(from, to), plainText(value));
    return concrete(text, account);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, names, account)]));
}

function concrete(text: string, account = ACCOUNT): string {
  return text
    .replaceAll('<AWS::Partition>', 'aws')
    .replaceAll('<AWS::AccountId>', account)
    .replaceAll('<AWS::Region>', REGION)
    .replaceAll(/<(\w*Role\w*)\.Arn>/g, (_, id) => roleArn(id))
    .replaceAll(/<(\w+)\.Arn>/g, (_, id) => `arn:aws:any:${REGION}:${ACCOUNT}:${id}`)
    .replaceAll(/<(\w+)>/g, (_, id) => `arn:aws:any:${REGION}:${ACCOUNT}:${id}`);
}

const WITHIN_THE_ACCOUNT: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }],
};

const ANSWERS = { Allow: 'Allowed', Deny: 'ExplicitlyDenied', ImplicitDeny: 'ImplicitlyDenied' } as const;
export type Answer = (typeof ANSWERS)[Decision];

/** The decision on one request of this principal, over TLS. Throws if AWS does not have such a request. */
export async function answer(world: World, principal: Principal, asked: Asked): Promise<Answer> {
  const { action, resource, context = {}, keyPolicy = WITHIN_THE_ACCOUNT, owner } = asked;
  const key = /^kms:/.test(action) && /:key\//.test(resource);
  const policy = asked.policy ?? (action.startsWith('s3:') ? world.bucketPolicy : key ? keyPolicy : undefined);
  const account = principal.role.split(':')[4]!;
  const { ask } = await policyEvaluator();
  const decision = await ask({
    principal: `${principal.role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session`,
    ...{ role: principal.role, account, region: REGION, action, resource },
    identity: { Version: '2012-10-17', Statement: principal.identity },
    ...(principal.session && { session: principal.session }),
    keys: { 's3:TlsVersion': '1.3', ...context },
    ...(policy && { policy }),
    ...(owner && { owner }),
    // A trust policy must allow, as the policy of a key must.
    required: key || action.startsWith('sts:'),
  });
  return ANSWERS[decision];
}
