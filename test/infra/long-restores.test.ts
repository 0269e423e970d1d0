/** The container for long restores: what the function apply-restore may do and no more, no secret in clear, no way out. */
import aslValidator from 'asl-validator';
import { Aspects } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { FunctionConfig } from '../../lib/domain/function-config.ts';
import { ABANDONED_MS, BEAT_MS, HEARTBEAT_MINUTES, RESTORE_TASK_VARIABLES } from '../../lib/domain/restore-task.ts';
import { alarmsMade } from '../../lib/planner/fleet-cost.ts';
import {
  allStacks,
  definitions,
  type Loose,
  plainText,
  stackTemplate,
  statements,
  synthesized,
  unsynthesized,
  VAULT_DEPLOYMENT,
  WITH_STANDBY,
} from './synthesized.ts';

let template: Template;
let step: Loose;
let machine: Loose;
let task: Loose;
beforeAll(() => {
  template = synthesized({ longRestores: {} }).templates.get('holdfast-recovery')!;
  machine = definitions(template).get('holdfast-restore-tenant');
  step = machine.States['Apply and prove in a container'];
  [task] = Object.values(template.findResources('AWS::ECS::TaskDefinition')).map(each => each.Properties);
});

const roleOf = (name: RegExp) => {
  const found = Object.keys(template.findResources('AWS::IAM::Role')).filter(id => name.test(id));
  expect(found, String(name)).toHaveLength(1);
  return found[0]!;
};
/** Statements of a role, as text without the logical ids of other roles. */
const allowed = (role: string) =>
  statements(template)
    .filter(each => each.role.includes(`<${role}>`))
    .map(({ statement }) => plainText(JSON.stringify(statement)).replaceAll(/"\w*SessionRole\w*"/g, '"session"'))
    .sort();

describe('the container of a long restore', () => {
  it('exists only where the deployment asks for it', () => {
    const without = synthesized().templates.get('holdfast-recovery')!;
    for (const type of ['AWS::ECS::Cluster', 'AWS::ECS::TaskDefinition', 'AWS::ECR::PullThroughCacheRule']) {
      expect(Object.keys(without.findResources(type)), type).toEqual([]);
      expect(Object.keys(template.findResources(type)), type).toHaveLength(1);
    }
  });

  it('writes logs that an operator may read in the console', () => {
    const [group] = Object.entries(template.findResources('AWS::Logs::LogGroup')).filter(([id]) =>
      /^RestoreTask/.test(id),
    );
    expect(group).toBeDefined();
    const policies = JSON.stringify(template.findResources('AWS::IAM::ManagedPolicy'));
    expect(plainText(policies)).toContain('log-group:holdfast-recovery-RestoreTask*');
    const without = JSON.stringify(
      synthesized().templates.get('holdfast-recovery')!.findResources('AWS::IAM::ManagedPolicy'),
    );
    expect(without).not.toContain('RestoreTask');
  });

  it('may do what the function apply-restore may do, answer its step and read its code, and nothing else', () => {
    const own = allowed(roleOf(/^RestoreTaskRole/));
    const functions = allowed(roleOf(/^Functionsapplyrestore(?!SessionRole)/));
    const network = functions.filter(text => text.includes('ec2:'));
    const traced = functions.filter(text => text.includes('xray:'));
    const logged = functions.filter(text => text.includes('logs:'));
    const only = own.filter(text => !functions.includes(text));
    expect(functions.filter(text => ![...network, ...traced, ...logged, ...own].includes(text))).toEqual([]);
    expect(only).toEqual([
      expect.stringContaining('"s3:GetObject"'),
      expect.stringContaining('"states:SendTaskSuccess","states:SendTaskFailure"'),
    ]);
    expect(only[0]).toMatch(/cdk-hnb659fds-assets-.*\/[0-9a-f]{64}\.json/);
  });

  it('reaches a tenant only in a session, with the rights of the function’s sessions', () => {
    const mine = allowed(roleOf(/^RestoreTaskSessionRole/));
    expect(mine.length).toBeGreaterThan(0);
    expect(mine).toEqual(allowed(roleOf(/^FunctionsapplyrestoreSessionRole/)));
    const role = template.findResources('AWS::IAM::Role')[roleOf(/^RestoreTaskSessionRole/)]!;
    const [trust] = role.Properties.AssumeRolePolicyDocument.Statement;
    expect(plainText(trust.Principal.AWS)).toBe(`<${roleOf(/^RestoreTaskRole/)}.Arn>`);
  });

  it('is started without a secret: names in the definition, references in the overrides', () => {
    const [container] = task.ContainerDefinitions;
    const variables = Object.fromEntries(container.Environment.map(({ Name, Value }: Loose) => [Name, Value]));
    expect(container.Secrets).toBeUndefined();
    const config = FunctionConfig.parse(JSON.parse(plainText(variables.HOLDFAST_FUNCTION)));
    expect(config.stepBudgetMs).toBe(12 * 3_600_000);
    expect(config.source.authentication).toEqual({ kind: 'secret', secretArn: expect.stringMatching(/^arn:/) });
    const overrides = step.Parameters.Overrides.ContainerOverrides[0].Environment;
    expect(overrides.map(({ Name }: Loose) => Name)).toEqual(Object.values(RESTORE_TASK_VARIABLES));
    expect(overrides.map((each: Loose) => each['Value.$'])).toEqual([
      ...['$$.Task.Token', '$.preview.tenant', '$.preview.id', '$.preview.planKey', '$.preview.startedAt'],
    ]);
  });

  it('runs a public image of the account’s own cache as an ordinary user, and exactly the deployed bundle', () => {
    const [container] = task.ContainerDefinitions;
    const [rule] = Object.values(template.findResources('AWS::ECR::PullThroughCacheRule')).map(each => each.Properties);
    expect(rule).toMatchObject({ EcrRepositoryPrefix: 'holdfast-public', UpstreamRegistryUrl: 'public.ecr.aws' });
    expect(plainText(container.Image)).toMatch(/\.dkr\.ecr\..*\/holdfast-public\/docker\/library\/node:24-slim$/);
    expect(container).toMatchObject({
      User: 'node',
      Command: ['node', '--enable-source-maps', '--input-type=module', '-e', expect.stringContaining('fetches')],
    });
    const variables = Object.fromEntries(container.Environment.map(({ Name, Value }: Loose) => [Name, Value]));
    expect(variables.HOLDFAST_CODE_SHA256).toMatch(/^[0-9a-f]{64}$/);
    // A task definition holds 64 KB.
    expect(JSON.stringify(task).length).toBeLessThan(32_000);
  });

  it('is in the database’s network, without a public address', () => {
    expect(step.Parameters.NetworkConfiguration.AwsvpcConfiguration).toMatchObject({
      ...{
        AssignPublicIp: 'DISABLED',
        Subnets: example.source.subnetIds,
        SecurityGroups: [example.source.securityGroupId],
      },
    });
  });

  it('belongs to a valid state machine', () => {
    const text = JSON.stringify(machine)
      .replaceAll(/<Functions\w+\.Arn>/g, 'arn:aws:lambda:eu-central-1:111122223333:function:f')
      .replaceAll('<AWS::Partition>', 'aws');
    const { isValid, errorsText } = aslValidator(JSON.parse(text), { checkPaths: true, checkArn: true });
    expect(isValid, errorsText('\n')).toBe(true);
  });

  it('ends itself before the step stops waiting, is never started twice, and fails into the cleanup', () => {
    expect(step).toMatchObject({ TimeoutSeconds: 12 * 3600, HeartbeatSeconds: HEARTBEAT_MINUTES * 60 });
    expect(2 * (ABANDONED_MS + BEAT_MS)).toBeLessThanOrEqual(HEARTBEAT_MINUTES * 60_000);
    expect(step.Retry).toBeUndefined();
    expect(step.Catch).toEqual(machine.States['Apply and prove'].Catch);
    expect(machine.TimeoutSeconds).toBeGreaterThan(
      step.TimeoutSeconds + machine.States['Wait for approval'].TimeoutSeconds,
    );
  });

  it('has an alarm in each region that restores, counted in the cost, on the failures of its step alone', () => {
    const alarms = (source: object) =>
      Object.values(
        stackTemplate('observability', { longRestores: {}, ...source }).findResources('AWS::CloudWatch::Alarm'),
      );
    const made = alarms({});
    const settings = { regions: example.regions, keys: { mode: 'dedicated' as const }, longRestores: {} };
    expect(made).toHaveLength(alarmsMade({ ...settings, tiers: { default: 'standard', tenants: {} } }));
    const alarm = made.find(each => each.Properties.AlarmName === 'holdfast-long-restore-failed')!.Properties;
    const [filter] = Object.values(template.findResources('AWS::Logs::MetricFilter')).map(each => each.Properties);
    expect(filter.FilterPattern).toContain('$.details.resourceType = "ecs"');
    expect(filter.MetricTransformations).toMatchObject([
      { MetricName: alarm.MetricName, MetricNamespace: alarm.Namespace, MetricValue: '1' },
    ]);
  });

  it('reaches a vault in another account through roles there, as a function does', () => {
    const { templates } = synthesized({ ...VAULT_DEPLOYMENT, longRestores: {} });
    const [made] = Object.values(templates.get('holdfast-recovery')!.findResources('AWS::ECS::TaskDefinition'));
    const [{ Environment }] = made!.Properties.ContainerDefinitions;
    const text = Environment.find(({ Name }: Loose) => Name === 'HOLDFAST_FUNCTION').Value;
    const { vaultRole, sessionRole } = FunctionConfig.parse(JSON.parse(plainText(text)));
    const { account } = VAULT_DEPLOYMENT.vault!;
    for (const arn of [vaultRole!, sessionRole!]) expect(arn).toContain(`:${account}:role/`);
    const everything = [...templates.values()].flatMap(each => Object.values(each.findResources('AWS::IAM::Role')));
    const names = everything.map(role => plainText(role.Properties.RoleName ?? ''));
    for (const arn of [vaultRole!, sessionRole!]) expect(names).toContain(arn.split('/').at(-1));
  });

  it('exists in the standby too, and leaves no finding of cdk-nag', () => {
    const unchecked = unsynthesized({ ...VAULT_DEPLOYMENT, source: WITH_STANDBY, longRestores: {} });
    Aspects.of(unchecked.app).add(new AwsSolutionsChecks());
    const assembly = unchecked.app.synth();
    const stacks = allStacks(unchecked).map(stack => assembly.getStackArtifact(stack.artifactId));
    const found = stacks.flatMap(stack => stack.messages.filter(({ level }) => level !== 'info'));
    expect(found.map(({ id, entry }) => `${id} ${entry.data}`)).toEqual([]);
    const standby = stacks.find(stack => stack.stackName === 'holdfast-recovery-standby')!;
    expect(JSON.stringify(standby.template)).toContain('AWS::ECS::TaskDefinition');
  });
});
