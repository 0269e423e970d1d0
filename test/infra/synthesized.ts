/** The example app, synthesized once per test file. The functions' code is left out: bundling it has a test of its own. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import example from '../../deployment.example.ts';
import { type DeploymentInput, parseDeployment } from '../../lib/infra/deployment.ts';
import { type HoldfastStacks, holdfastStacks } from '../../lib/infra/holdfast-app.ts';

export const ACCOUNT = '111122223333';

// biome-ignore lint/suspicious/noExplicitAny: templates are whatever CloudFormation says
export type Loose = any;

export interface Synthesized extends HoldfastStacks {
  readonly app: App;
  readonly templates: ReadonlyMap<string, Template>;
}

export function synthesized(
  change: Partial<DeploymentInput> = {},
  prepare: (app: App) => void = () => {},
): Synthesized {
  const codeDirectory = mkdtempSync(join(tmpdir(), 'holdfast-no-code-'));
  writeFileSync(join(codeDirectory, 'empty.mjs'), '');
  // CloudFormation's own schema checks take longer than everything else: the synthesis by the app itself has them on.
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ treeMetadata: false, analyticsReporting: false });
  const deployment = parseDeployment({ ...example, account: ACCOUNT, ...change }, 'example');
  const stacks = holdfastStacks(app, { deployment, file: 'deployment.example.ts', codeDirectory });
  prepare(app);
  const templates = new Map(allStacks(stacks).map(stack => [stack.stackName, Template.fromStack(stack)]));
  return { ...stacks, app, templates };
}

export function allStacks({ vaults, replicas, observability, protection, recovery, standby }: HoldfastStacks): Stack[] {
  const there = standby ? [standby.observability, standby.recovery] : [];
  return [...vaults.values(), ...replicas.values(), observability, protection, recovery, ...there];
}

/** The example's source with a standby in the secondary region. */
export const WITH_STANDBY: DeploymentInput['source'] = {
  ...example.source,
  standby: {
    identifier: 'saas-standby',
    host: 'saas-standby.cluster-abcdefghijkl.eu-west-1.rds.amazonaws.com',
    secretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:holdfast/database-AbCdEf',
    vpcId: 'vpc-0b1b2c3d4e5f60718',
    subnetIds: ['subnet-0b1b2c3d4e5f60718'],
    availabilityZones: ['eu-west-1a'],
    securityGroupId: 'sg-0b1b2c3d4e5f60718',
  },
};

/** CloudFormation's joins and references as text, so that a name can be looked for. */
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

/** State machine definitions of a template by name, parsed; functions stand in them as `<logical id>`. */
export function definitions(template: Template): Map<string, Loose> {
  return new Map(
    Object.values(template.findResources('AWS::StepFunctions::StateMachine')).map(machine => [
      machine.Properties.StateMachineName,
      JSON.parse(plainText(machine.Properties.DefinitionString)),
    ]),
  );
}
