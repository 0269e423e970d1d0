import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { scheduleInterval } from '../../lib/infra/constructs/schedule-interval.ts';
import { type Loose, plainText, synthesized } from './synthesized.ts';

const RUNBOOK = join(import.meta.dirname, '../../docs/runbook');

let template: Template;
let alarms: Map<string, Loose>;
beforeAll(() => {
  template = synthesized({
    storageBudgetGiB: 100,
    alarms: {
      emails: ['a@example.com', 'b@example.com'],
      webhooks: ['https://example.com/hook'],
      runbook: 'https://r',
    },
  }).templates.get('holdfast-observability')!;
  alarms = new Map(
    Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(item => [
      item.Properties.AlarmName,
      item.Properties,
    ]),
  );
});

describe('the alarms', () => {
  it.each([
    ['backup-failed', 'BackupFailures', 0, 60],
    ['integrity-failed', 'IntegrityFailures', 0, 60],
    ['restore-failed', 'RestoreFailures', 0, 60],
    ['backup-late', 'SecondsSinceBackup', (24 + 2) * 3600 + 30 * 60, 300],
    ['recovery-point-age', 'NewestRecoverableMomentAge', 300, 300],
    ['slot-retained-wal', 'SlotRetainedPercent', 50, 300],
    ['replication-behind', 'ReplicationLatency', 900, 300],
  ])('say at once when %s', (name, metric, threshold, period) => {
    expect(alarms.get(`holdfast-${name}`)).toMatchObject({
      MetricName: metric,
      Threshold: threshold,
      Period: period,
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  it('say when storage passes 80 % of its budget, in all classes together', () => {
    const alarm = alarms.get('holdfast-storage-budget');
    expect(alarm.Threshold).toBe(80 * 1024 ** 3);
    const classes = alarm.Metrics.flatMap((item: Loose) => item.MetricStat?.Metric.Dimensions ?? [])
      .filter((dimension: Loose) => dimension.Name === 'StorageType')
      .map((dimension: Loose) => dimension.Value);
    expect(classes).toEqual(['StandardStorage', 'StandardIAStorage', 'GlacierInstantRetrievalStorage']);
  });

  it('watch every state machine from outside, so that a failure that could not be recorded shows too', () => {
    const watched = [...alarms.keys()].filter(name => name.endsWith('-failed'));
    for (const machine of [
      'back-up-fleet',
      'fold-incrementals',
      'verify-fleet',
      'expire-backups',
      'rebuild-catalog',
      'restore-tenant',
    ]) {
      expect(watched).toContain(`holdfast-${machine}-failed`);
    }
  });

  it('count silence as trouble where something should be heard every minute', () => {
    const breaching = [...alarms].filter(([, alarm]) => alarm.TreatMissingData === 'breaching').map(([name]) => name);
    expect(breaching.sort()).toEqual([
      'holdfast-backup-late',
      'holdfast-recovery-point-age',
      'holdfast-slot-retained-wal',
    ]);
  });

  it('link the page of the runbook that says what to do, which exists', () => {
    for (const [name, alarm] of alarms) {
      const link = / What to do: https:\/\/r\/([a-z-]+\.md)$/.exec(alarm.AlarmDescription)?.[1];
      expect(link && existsSync(join(RUNBOOK, link)), name).toBe(true);
    }
  });

  it('go to the alarm topic, and say when they are over', () => {
    for (const alarm of alarms.values()) {
      expect(plainText(alarm.AlarmActions)).toMatch(/Alarm/);
      expect(alarm.OKActions).toEqual(alarm.AlarmActions);
    }
  });
});

describe('the topics', () => {
  it('reach every recipient by e-mail and every webhook', () => {
    for (const severity of ['alarm', 'info']) {
      template.hasResourceProperties('AWS::SNS::Topic', {
        TopicName: `holdfast-${severity}`,
        KmsMasterKeyId: Match.anyValue(),
      });
    }
    const found = Object.values(template.findResources('AWS::SNS::Subscription')).map(item => item.Properties);
    const to = (protocol: string) => found.filter(item => item.Protocol === protocol).map(item => item.Endpoint);
    expect(to('email').sort()).toEqual(['a@example.com', 'a@example.com', 'b@example.com', 'b@example.com']);
    expect(to('https')).toEqual(['https://example.com/hook', 'https://example.com/hook']);
  });

  it('let CloudWatch use their key: an encrypted topic drops its alarms otherwise', () => {
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: Match.arrayWith(['kms:Decrypt', 'kms:GenerateDataKey*']),
          }),
        ]),
      },
    });
  });
});

describe('the interval of a schedule', () => {
  it.each([
    ['rate(1 minute)', 60],
    ['rate(6 hours)', 6 * 3600],
    ['rate(2 days)', 2 * 86_400],
    ['cron(15 * * * ? *)', 3600],
    ['cron(0 1 * * ? *)', 86_400],
    ['cron(0 4 ? * SUN *)', 7 * 86_400],
    ['cron(0 4 1 * ? *)', 31 * 86_400],
    ['cron(0 4 1 1 ? *)', 366 * 86_400],
  ])('%s is at most %i seconds', (expression, seconds) => {
    expect(scheduleInterval(expression).toSeconds()).toBe(seconds);
  });
});
