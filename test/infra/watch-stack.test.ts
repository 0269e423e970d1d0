/** The dead man's switch in the secondary region. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Asked, answer, worldOf } from './policy-simulation.ts';
import { ACCOUNT, plainText, synthesized } from './synthesized.ts';

const all = synthesized({ tiers: { default: 'historical', tenants: { acme: 'standard' } } });
const template = all.templates.get('holdfast-watch')!;
const only = (type: string) => Object.values(template.findResources(type))[0]!.Properties;

describe('the watch of the primary', () => {
  it('is in the secondary region, also without a standby, and refers to nothing in the primary', () => {
    expect(all.watch!.region).toBe('eu-west-1');
    const functions = JSON.parse(plainText(only('AWS::Lambda::Function').Environment.Variables.HOLDFAST_FUNCTION));
    expect(functions.region).toBe('eu-west-1');
    expect(only('AWS::Lambda::Function').VpcConfig).toBeUndefined();
    expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('eu-central-1');
  });

  it('alarms after the strictest objective in use, ten minutes later, and when it does not report itself', () => {
    expect(only('AWS::CloudWatch::Alarm')).toMatchObject({
      ...{ AlarmName: 'holdfast-primary-silent', MetricName: 'PrimarySilentSeconds', Threshold: 3600 + 600 },
      ...{ TreatMissingData: 'breaching', Statistic: 'Maximum', EvaluationPeriods: 2 },
    });
    const page = /\/([a-z-]+\.md)$/.exec(only('AWS::CloudWatch::Alarm').AlarmDescription)![1]!;
    expect(existsSync(join(import.meta.dirname, '../../docs/runbook', page))).toBe(true);
  });

  it('tells the recipients of the deployment through its own topic, which CloudWatch can use', () => {
    const { AlarmActions, OKActions } = only('AWS::CloudWatch::Alarm');
    expect(AlarmActions).toEqual(OKActions);
    expect(only('AWS::SNS::Topic').TopicName).toBe('holdfast-watch');
    expect(only('AWS::SNS::Subscription').Endpoint).toBe('platform-on-call@example.com');
    expect(JSON.stringify(only('AWS::KMS::Key').KeyPolicy)).toContain('cloudwatch.amazonaws.com');
  });

  it('reads the catalog, and can write nothing and open nothing', async () => {
    const world = worldOf(all);
    const { own } = world.functions.get('watch-primary')!;
    const table = `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/holdfast-catalog`;
    const on = (action: string): Asked => ({ action: `dynamodb:${action}`, resource: table });
    for (const action of ['GetItem', 'Query']) expect(await answer(world, own, on(action)), action).toBe('Allowed');
    for (const action of ['PutItem', 'UpdateItem', 'DeleteItem', 'Scan'])
      expect(await answer(world, own, on(action)), action).not.toBe('Allowed');
    const object = {
      action: 's3:GetObject',
      resource: `arn:aws:s3:::holdfast-vault-${ACCOUNT}-eu-west-1/log/manifests/1`,
    };
    expect(await answer(world, own, object)).not.toBe('Allowed');
  });
});
