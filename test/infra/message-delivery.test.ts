/** The function that sends messages to webhooks: what calls it, what it may do, and where what it gives up stays. */
import { Aspects } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { DeliveryConfig } from '../../lib/domain/message-delivery.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { alarmsMade } from '../../lib/planner/fleet-cost.ts';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { REGION, resolved } from './policy-simulation.ts';
import {
  ACCOUNT,
  type Loose,
  stackTemplate,
  statements,
  synthesized,
  unsynthesized,
  WITH_MESSAGES,
} from './synthesized.ts';

const { messages = [] } = WITH_MESSAGES.alarms!;
const [slack, siem] = messages.map(({ secretArn }) => secretArn);
const KEY = messages[1]!.secretKeyArn!;
const template = () => synthesized(WITH_MESSAGES).templates.get('holdfast-observability')!;

function deliveryIn(of: Template): Loose[] {
  return Object.values(
    of.findResources('AWS::Lambda::Function', { Properties: { FunctionName: 'holdfast-deliver-message' } }),
  );
}

const own = () =>
  statements(template())
    .filter(({ role }) => role.startsWith('<Messagesdelivermessage'))
    .map(({ statement }) => resolved(statement));

async function may(action: string, resource: string, keys: Record<string, string | string[]> = {}): Promise<boolean> {
  const { ask } = await policyEvaluator();
  const role = `arn:aws:iam::${ACCOUNT}:role/deliver-message`;
  const decision = await ask({
    principal: `arn:aws:sts::${ACCOUNT}:assumed-role/deliver-message/session`,
    ...{ role, account: ACCOUNT, region: REGION, action, resource, keys },
    identity: { Version: '2012-10-17', Statement: own() },
    required: false,
  });
  return decision === 'Allow';
}

beforeAll(() => policyEvaluator(), SETUP_TIMEOUT_MS);

describe('the delivery of messages', () => {
  it('exists only with webhooks, in the primary region, and in no network of the database', () => {
    expect(deliveryIn(synthesized().templates.get('holdfast-observability')!)).toEqual([]);
    expect(deliveryIn(synthesized(WITH_MESSAGES).templates.get('holdfast-observability-standby')!)).toEqual([]);
    const [made] = deliveryIn(template());
    expect(made.Properties.VpcConfig).toBeUndefined();
    const config = DeliveryConfig.parse(JSON.parse(resolved(made.Properties.Environment.Variables.HOLDFAST_FUNCTION)));
    expect(config.sinks).toEqual([
      { name: 'on-call', kind: 'slack', sends: ['approvals', 'alarms'], secret: slack },
      { name: 'siem', kind: 'signed', sends: ['approvals', 'alarms', 'notes'], secret: siem },
    ]);
  });

  it('is called by both topics; what they or it give up stays in a queue, with an alarm', () => {
    const found = Object.values(
      template().findResources('AWS::SNS::Subscription', { Properties: { Protocol: 'lambda' } }),
    );
    expect(found.map(({ Properties }) => Object.keys(Properties.RedrivePolicy))).toEqual([
      ['deadLetterTargetArn'],
      ['deadLetterTargetArn'],
    ]);
    expect(new Set(found.map(({ Properties }) => Properties.TopicArn.Ref)).size).toBe(2);
    template().hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
    template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'holdfast-message-undelivered',
      Dimensions: [{ Name: 'QueueName', Value: 'holdfast-messages-undelivered' }],
      AlarmDescription: Match.stringLikeRegexp('message-undelivered.md$'),
    });
  });

  it('reads the secrets of the webhooks and no other, and with the key of one only that one', async () => {
    for (const secret of [slack, siem]) expect(await may('secretsmanager:GetSecretValue', secret!)).toBe(true);
    const database = example.source.authentication as { secretArn: string };
    for (const other of [database.secretArn, `${slack}2`])
      expect(await may('secretsmanager:GetSecretValue', other)).toBe(false);
    const decrypt = (secret: string, service = `secretsmanager.${REGION}.amazonaws.com`) =>
      may('kms:Decrypt', KEY, { 'kms:ViaService': service, 'kms:EncryptionContext:SecretARN': secret });
    // As stated, since the evaluator does not know the suffix of the partition in `kms:ViaService`.
    expect(own().filter(({ Resource }) => Resource === KEY)).toMatchObject([
      { Action: 'kms:Decrypt', Condition: { StringEquals: { 'kms:EncryptionContext:SecretARN': siem } } },
    ]);
    expect(await decrypt(slack!)).toBe(false);
    expect(await decrypt(siem!, `s3.${REGION}.amazonaws.com`)).toBe(false);
  });

  it('publishes only alarms, and reaches neither vault, catalog, keys nor state machines', async () => {
    const topic = (severity: string) => may('sns:Publish', `arn:aws:sns:${REGION}:${ACCOUNT}:holdfast-${severity}`);
    expect([await topic('alarm'), await topic('info')]).toEqual([true, false]);
    const actions = own().flatMap(({ Action }) => [Action].flat());
    expect([...new Set(actions)].sort()).toEqual([
      ...['kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      ...[
        'secretsmanager:GetSecretValue',
        'sns:Publish',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:SendMessage',
      ],
      ...['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ]);
  });

  it('has one alarm more, as the bill says', () => {
    const count = (alarms: object) =>
      Object.keys(stackTemplate('observability', { alarms } as object).findResources('AWS::CloudWatch::Alarm')).length;
    const [more, without] = [WITH_MESSAGES.alarms!, { emails: ['a@example.com'] }];
    expect(count(more)).toBe(count(without) + 1);
    const billed = (alarms: object) => alarmsMade(parseDeployment({ ...example, alarms }, 'example'));
    expect(billed(more)).toBe(billed(without) + 1);
  });

  it('has no finding of cdk-nag that is not accepted', () => {
    const { app, observability } = unsynthesized(WITH_MESSAGES);
    Aspects.of(observability).add(new AwsSolutionsChecks());
    const { messages: said } = app.synth().getStackArtifact(observability.artifactId);
    expect(said.filter(({ level }) => level !== 'info').map(({ id, entry }) => `${id} ${entry.data}`)).toEqual([]);
  });
});

describe('a deployment', () => {
  const refusal = (change: object) => {
    const [first] = messages;
    const alarms = { emails: ['a@example.com'], messages: [{ ...first, ...change }, messages[1]] };
    return () => parseDeployment({ ...example, account: ACCOUNT, alarms }, 'example');
  };

  it.each([
    ['a secret in another region', { secretArn: slack!.replace(REGION, 'eu-west-1') }, 'primary region'],
    ['a pattern instead of a secret', { secretArn: slack!.replace('slack', '*') }, 'ARN of a secret'],
    ['two webhooks of one name', { name: 'siem' }, 'different names'],
    ['a URL', { url: 'https://hooks.example.com/hushhush' }, 'messages'],
  ])('that names %s is refused, without what was given', (_, change, why) => {
    expect(refusal(change)).toThrowError(why);
    expect(refusal(change)).not.toThrowError('hushhush');
  });
});
