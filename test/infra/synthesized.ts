/** The example's app, synthesized once in each process of the tier, without the functions' code: bundling has its own test. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import example from '../../deployment.example.ts';
import { type Deployment, type DeploymentInput, parseDeployment } from '../../lib/infra/deployment.ts';
import { type HoldfastStacks, holdfastStacks } from '../../lib/infra/holdfast-app.ts';
import { ObservabilityStack } from '../../lib/infra/stacks/observability-stack.ts';
import { ProtectionStack } from '../../lib/infra/stacks/protection-stack.ts';

export const ACCOUNT = '111122223333';

// biome-ignore lint/suspicious/noExplicitAny: templates have no static type
export type Loose = any;

export interface Synthesized extends HoldfastStacks {
  readonly app: App;
  readonly templates: ReadonlyMap<string, Template>;
}

/** By deployment: the files of the tier share processes, and no test modifies a cached app. */
const apps = new Map<string, Synthesized>();
const single = new Map<string, Template>();

/** The app of the example's deployment with these changes, synthesized once. */
export function synthesized(change: Partial<DeploymentInput> = {}): Synthesized {
  const deployment = deploymentWith(change);
  return once(apps, JSON.stringify(deployment), () => {
    const app = emptyApp();
    const stacks = stacksIn(app, deployment);
    return { ...stacks, app, templates: templatesOf(stacks) };
  });
}

/** The stacks in an app of the caller, which can modify it before synthesis. */
export function unsynthesized(
  change: Partial<DeploymentInput>,
  context: Readonly<Record<string, string>> = {},
): HoldfastStacks & { readonly app: App } {
  const app = emptyApp(context);
  return { app, ...stacksIn(app, deploymentWith(change)) };
}

/** One stack alone, for tests of the effect of one setting. Synthesized once. */
export function stackTemplate(stack: 'protection' | 'observability', change: Partial<DeploymentInput>): Template {
  const deployment = deploymentWith(change);
  return once(single, `${stack} ${JSON.stringify(deployment)}`, () => {
    const env = { account: ACCOUNT, region: deployment.regions.primary };
    const [app, id] = [emptyApp(), `${deployment.name}-${stack}`];
    if (stack === 'observability')
      return Template.fromStack(
        new ObservabilityStack(app, id, { deployment, codeDirectory: noCode(), region: 'primary', env }),
      );
    return Template.fromStack(new ProtectionStack(app, id, { deployment, codeDirectory: noCode(), env }));
  });
}

function once<T>(made: Map<string, T>, key: string, make: () => T): T {
  const known = made.get(key);
  if (known !== undefined) return known;
  const value = make();
  made.set(key, value);
  return value;
}

function deploymentWith(change: Partial<DeploymentInput>): Deployment {
  return parseDeployment({ ...example, account: ACCOUNT, ...change }, 'example');
}

function emptyApp(context: Readonly<Record<string, string>> = {}): App {
  // CloudFormation's schema checks take longer than everything else; the test of the app itself enables them.
  process.env.CDK_VALIDATION = 'false';
  return new App({ context, treeMetadata: false, analyticsReporting: false });
}

function stacksIn(app: App, deployment: Deployment): HoldfastStacks {
  const without = { codeDirectory: noCode(), siteDirectory: noSite() };
  return holdfastStacks(app, { deployment, file: 'deployment.example.ts', ...without });
}

function templatesOf(stacks: HoldfastStacks): ReadonlyMap<string, Template> {
  return new Map(allStacks(stacks).map(stack => [stack.stackName, Template.fromStack(stack)]));
}

let codeDirectory: string | undefined;
function noCode(): string {
  codeDirectory ??= mkdtempSync(join(tmpdir(), 'holdfast-no-code-'));
  // What a container's command is read from.
  writeFileSync(join(codeDirectory, 'task-fetch-code.mjs'), '// fetches');
  return codeDirectory;
}

let siteDirectory: string | undefined;
function noSite(): string {
  siteDirectory ??= mkdtempSync(join(tmpdir(), 'holdfast-no-site-'));
  writeFileSync(join(siteDirectory, 'index.html'), '<!doctype html>');
  return siteDirectory;
}

export function allStacks(stacks: HoldfastStacks): Stack[] {
  const { vaults, replicas, observability, protection, recovery, retention, watch, standby, crossing } = stacks;
  const { statusPages } = stacks;
  const there = standby
    ? [standby.observability, standby.recovery, ...(standby.protection ? [standby.protection] : [])]
    : [];
  const beside = crossing ? [crossing.access, crossing.elsewhere, ...crossing.watch.values()] : [];
  return [
    ...vaults.values(),
    ...replicas.values(),
    ...retention.values(),
    observability,
    protection,
    recovery,
    ...(watch ? [watch] : []),
    ...there,
    ...beside,
    // The primary's last: of functions in two regions tests take the last one.
    ...[...statusPages.values()].reverse(),
    ...(stacks.console ? [stacks.console] : []),
  ];
}

export const CONSOLE: DeploymentInput['console'] & object = {
  signIn: { kind: 'cognito' },
  roles: { operators: ['operator'], auditors: ['auditor'] },
};

/** The example's source with a standby in the secondary region. */
export const WITH_STANDBY: DeploymentInput['source'] = {
  ...example.source,
  standby: {
    host: 'saas-standby.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com',
    secretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:holdfast/database-AbCdEf',
    vpcId: 'vpc-0b1b2c3d4e5f60718',
    subnetIds: ['subnet-0b1b2c3d4e5f60718'],
    availabilityZones: ['eu-west-1a'],
    securityGroupId: 'sg-0b1b2c3d4e5f60718',
  },
};

/** The example with a standby, as used by most of its tests. */
export const STANDBY_DEPLOYMENT: Partial<DeploymentInput> = {
  source: WITH_STANDBY,
  alarms: { emails: ['a@example.com'] },
  fleet: { concurrentTenants: 7, toleratedFailurePercentage: 3, concurrentParts: 2 },
};

/** The example with a fail-over to the standby. */
export const FAILOVER_DEPLOYMENT: Partial<DeploymentInput> = {
  ...STANDBY_DEPLOYMENT,
  keys: { mode: 'pooled' },
  failover: {
    database: {
      ...{ kind: 'global-cluster', globalCluster: 'saas-world' },
      primaryArn: `arn:aws:rds:eu-central-1:${ACCOUNT}:cluster:saas-production`,
      secondaryArn: `arn:aws:rds:eu-west-1:${ACCOUNT}:cluster:saas-standby`,
    },
    traffic: {
      ...{ kind: 'record', hostedZone: 'Z0123456789ABC', name: 'database.example.com' },
      ...{ primary: 'primary.example.com', secondary: 'secondary.example.com' },
    },
  },
};

/** The account of the vault, where a test gives it one. */
export const VAULT_ACCOUNT = '444455556666';

/** The same with a vault account, and with people in it of every kind. */
export const VAULT_DEPLOYMENT: Partial<DeploymentInput> = {
  ...STANDBY_DEPLOYMENT,
  people: { signInAccounts: [ACCOUNT] },
  vault: {
    account: VAULT_ACCOUNT,
    operators: [`arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Operators_*`],
    handsOn: [`arn:aws:iam::${ACCOUNT}:role/DatabaseAdministrators`],
  },
};

/** Drills outside the source system, and from the copy in the secondary region. */
export const DRILLS: DeploymentInput['drills'] = {
  scratch: {
    host: 'scratch.abcdefghijkl.eu-central-1.rds.amazonaws.com',
    secretArn: secretOf('scratch'),
    secretKeyArn: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f`,
  },
};

/** With recipients of every kind, one of which has a secret under a key of the customer, and contacts of tenants. */
export const WITH_MESSAGES: Partial<DeploymentInput> = {
  ...STANDBY_DEPLOYMENT,
  alarms: {
    emails: ['a@example.com'],
    messages: [
      { name: 'on-call', kind: 'slack', secretArn: secretOf('slack') },
      {
        ...{ name: 'siem', kind: 'signed', secretArn: secretOf('siem'), sends: ['approvals', 'alarms', 'notes'] },
        secretKeyArn: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f`,
      },
      { name: 'manager', kind: 'email', to: ['manager@example.com'], afterMinutes: 30 },
      { name: 'everything', kind: 'eventbridge', busArn: `arn:aws:events:eu-central-1:${ACCOUNT}:event-bus/backups` },
    ],
    mail: {
      from: 'backups@example.com',
      identityArn: `arn:aws:ses:eu-central-1:${ACCOUNT}:identity/example.com`,
    },
    contacts: { secretArn: secretOf('contacts') },
  },
};

function secretOf(name: string): string {
  return `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:holdfast/${name}-AbCdEf`;
}

/** CloudFormation's joins and references as text, so that names can be searched. */
export function plainText(value: Loose): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(plainText).join(',');
  if (value?.['Fn::Join']) return value['Fn::Join'][1].map(plainText).join(value['Fn::Join'][0]);
  if (value?.Ref) return `<${value.Ref}>`;
  if (value?.['Fn::GetAtt']) return `<${value['Fn::GetAtt'].join('.')}>`;
  return JSON.stringify(value);
}

/** Statements of every policy of a template, with the logical id of their role. */
export function statements(template: Template): { role: string; statement: Loose }[] {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(policy =>
    policy.Properties.PolicyDocument.Statement.map((statement: Loose) => ({
      role: policy.Properties.Roles.map(plainText).join(),
      statement,
    })),
  );
}

/** State machine definitions of a template by name, parsed, with functions as `<logical id>`. */
export function definitions(template: Template): Map<string, Loose> {
  return new Map(
    Object.values(template.findResources('AWS::StepFunctions::StateMachine')).map(machine => [
      machine.Properties.StateMachineName,
      JSON.parse(plainText(machine.Properties.DefinitionString)),
    ]),
  );
}

/** The source's own backups may be read; its storage is under a key of the customer. */
export const CLUSTER_BACKUPS: NonNullable<DeploymentInput['clusterBackups']> = {
  databaseArn: `arn:aws:rds:eu-central-1:${ACCOUNT}:cluster:saas-production`,
  storageKeyArn: `arn:aws:kms:eu-central-1:${ACCOUNT}:key/0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f`,
};
