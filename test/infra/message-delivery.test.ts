/** The function that sends messages: what calls it, what it may do, and where what it gives up stays. */
import { Aspects } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { busDelivery } from '../../lib/aws/event-bus.ts';
import { sesMail } from '../../lib/aws/ses-mail.ts';
import { teamMail } from '../../lib/domain/email-message.ts';
import { eventOf, HoldfastEvent } from '../../lib/domain/event.ts';
import { DeliveryConfig, MessagesSettings } from '../../lib/domain/message-delivery.ts';
import { OperationsSettings } from '../../lib/domain/operations-settings.ts';
import { deployedOperations } from '../../lib/infra/deployed-operations.ts';
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

const { messages = [], mail, contacts } = WITH_MESSAGES.alarms!;
const BUS = messages[3]!.busArn!;
const [slack, siem] = messages.map(({ secretArn }) => secretArn);
const KEY = messages[1]!.secretKeyArn!;
const AT = '2026-05-03T10:00:00.000Z';
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
    DeliveryConfig.parse(JSON.parse(resolved(made.Properties.Environment.Variables.HOLDFAST_FUNCTION)));
    const deployed = deployedOperations(parseDeployment({ ...example, ...WITH_MESSAGES }, 'example'), '.');
    const sends = ['approvals', 'alarms'];
    expect(MessagesSettings.parse(OperationsSettings.parse(deployed).messages)).toEqual({
      ...{ table: 'holdfast-messages', region: REGION, from: mail!.from, contacts: contacts!.secretArn },
      sinks: [
        { name: 'on-call', kind: 'slack', sends, secret: slack },
        { name: 'siem', kind: 'signed', sends: [...sends, 'notes'], secret: siem },
        { name: 'manager', kind: 'email', sends, to: ['manager@example.com'], afterMinutes: 30 },
        { name: 'everything', kind: 'eventbridge', sends, bus: BUS },
      ],
    });
    expect(
      deployedOperations(parseDeployment({ ...example, account: ACCOUNT }, 'example'), '.').messages,
    ).toBeUndefined();
  });

  it('is called every five minutes for what is due', () => {
    template().hasResourceProperties('AWS::Scheduler::Schedule', {
      ...{ Name: 'holdfast-messages', ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' },
      Target: Match.objectLike({ Input: '{"due":true}' }),
    });
  });

  it('may do exactly what sending an e-mail and an event takes, from its own address and to its own bus', async () => {
    const event = eventOf({ installation: 'i', severity: 'alarm', code: 'log-gap', message: 'm', at: AT });
    const message = { event, count: 1, since: AT };
    const sent: Loose[] = [];
    const client = { send: async ({ input }: Loose) => sent.push(input) && {} } as never;
    await sesMail(client, mail!.from)(teamMail(['manager@example.com'], message));
    await busDelivery(client, 'everything', BUS)(message);
    const [mailed, put] = sent;
    const from = (address: string) => may('ses:SendEmail', mail!.identityArn, { 'ses:FromAddress': address });
    expect([await from(mailed.FromEmailAddress), await from('ceo@example.com')]).toEqual([true, false]);
    const [entry] = put.Entries;
    const onto = (bus: string, source: string) => may('events:PutEvents', bus, { 'events:source': source });
    expect(await onto(entry.EventBusName, entry.Source)).toBe(true);
    expect(await onto(`${BUS}2`, entry.Source)).toBe(false);
    expect(await onto(entry.EventBusName, 'aws.s3')).toBe(false);
    expect([entry.DetailType, HoldfastEvent.parse(JSON.parse(entry.Detail))]).toEqual(['window-shrunk', event]);
  });

  it('is told that it failed where the bus refuses an entry, or SES an address, which is not quoted', async () => {
    const event = eventOf({ installation: 'i', severity: 'info', code: 'log-gap', message: 'm', at: AT });
    const message = { event, count: 1, since: AT };
    const refusing = { send: async () => ({ Entries: [{ ErrorCode: 'NotAuthorized' }] }) } as never;
    await expect(busDelivery(refusing, 'everything', BUS)(message)).rejects.toThrow(/NotAuthorized/);
    const failing = {
      send: () => Promise.reject(Object.assign(new Error('a@b.example'), { name: 'MessageRejected' })),
    };
    const failed = sesMail(failing as never, mail!.from)(teamMail(['a@b.example'], message));
    await expect(failed).rejects.toThrow(/MessageRejected/);
    await expect(failed).rejects.not.toThrow(/a@b/);
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

  it('reads the secrets of the recipients and no other, and with the key of one only that one', async () => {
    for (const secret of [slack, siem, contacts!.secretArn])
      expect(await may('secretsmanager:GetSecretValue', secret!)).toBe(true);
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

  it('publishes only alarms, keeps its own table, and reaches neither vault, catalog, keys nor state machines', async () => {
    const topic = (severity: string) => may('sns:Publish', `arn:aws:sns:${REGION}:${ACCOUNT}:holdfast-${severity}`);
    expect([await topic('alarm'), await topic('info')]).toEqual([true, false]);
    const actions = own().flatMap(({ Action }) => [Action].flat());
    expect([...new Set(actions)].sort()).toEqual([
      ...['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem', 'events:PutEvents'],
      ...['kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents'],
      ...[
        'secretsmanager:GetSecretValue',
        'ses:SendEmail',
        'sns:Publish',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:SendMessage',
      ],
      ...['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ]);
    const tables = (name: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
    expect(await may('dynamodb:UpdateItem', tables('holdfast-messages'))).toBe(true);
    expect(await may('dynamodb:GetItem', tables('holdfast-catalog'))).toBe(false);
  });

  it('lets the function that acknowledges see and change alarms, and nothing else of messages', () => {
    const recovery = (deployment: object) =>
      statements(synthesized(deployment).templates.get('holdfast-recovery')!)
        .map(({ statement }) => resolved(statement))
        .filter(({ Resource }) => JSON.stringify(Resource).includes('table/holdfast-messages'));
    expect(recovery(WITH_MESSAGES)).toMatchObject([
      {
        Action: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['alarms'] } },
      },
    ]);
    expect(recovery({})).toEqual([]);
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
    ['an e-mail without a sender', { kind: 'email', to: ['a@example.com'], secretArn: undefined }, 'mail'],
    ['an e-mail with a secret', { kind: 'email', to: ['a@example.com'] }, 'no other of them'],
    ['no such time zone', { quiet: { zone: 'Hushhush', from: '22:00', to: '07:00' } }, 'time zone'],
    ['a URL', { url: 'https://hooks.example.com/hushhush' }, 'messages'],
  ])('that names %s is refused, without what was given', (_, change, why) => {
    expect(refusal(change)).toThrowError(why);
    expect(refusal(change)).not.toThrowError(/hushhush/i);
  });
});
