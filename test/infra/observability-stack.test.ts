import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { METRICS } from '../../lib/domain/function-metrics.ts';
import { TIERS } from '../../lib/domain/objectives.ts';
import { scheduleInterval } from '../../lib/infra/constructs/schedule-interval.ts';
import { alarmsMade } from '../../lib/planner/fleet-cost.ts';
import { CLUSTER_BACKUPS, type Loose, plainText, stackTemplate, synthesized } from './synthesized.ts';

const RUNBOOK = join(import.meta.dirname, '../../docs/runbook');

const QUERY = 'SELECT id AS tenant, plan AS tier FROM public.tenants';

let template: Template;
let vault: Template;
let alarms: Map<string, Loose>;
beforeAll(() => {
  template = stackTemplate('observability', {
    storageBudgetGiB: 100,
    alarms: {
      emails: ['a@example.com', 'b@example.com'],
      webhooks: ['https://example.com/hook'],
      runbook: 'https://r',
    },
  });
  vault = synthesized().templates.get('holdfast-vault-primary')!;
  alarms = new Map(
    Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(item => [
      item.Properties.AlarmName,
      item.Properties,
    ]),
  );
});

describe('the alarms', () => {
  it('report late archives only where a schedule makes them', () => {
    expect(alarms.has('holdfast-archive-late')).toBe(false);
    const scheduled = stackTemplate('observability', { schedules: { archive: { enabled: true } } });
    scheduled.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...{ AlarmName: 'holdfast-archive-late', MetricName: 'SecondsSinceArchive', Threshold: (31 + 7) * 86_400 },
      TreatMissingData: 'breaching',
    });
  });

  it.each([
    ['backup-failed', 'OpenBackupFailures', 0, 300],
    ['integrity-failed', 'OpenIntegrityFailures', 0, 300],
    ['restore-failed', 'OpenRestoreFailures', 0, 300],
    ['backup-late', 'SecondsSinceBackup', (24 + 2) * 3600 + 30 * 60, 300],
    ['recovery-point-age', 'NewestRecoverableMomentAge', 300, 300],
    ['verification-late', 'SecondsSinceVerification', (24 + 2 + 24) * 3600, 300],
    ['verification-old', 'VerificationAge', (24 + 2 + 24 + 7 * 24 + 24) * 3600, 86_400],
    ['recovery-point-standard', 'RecoveryPointAge', 3600, 300],
    ['restore-slow', 'RestoreTimePercent', 100, 3600],
    ['slot-retained-wal', 'SlotRetainedPercent', 50, 300],
    ['audit-anchor-late', 'AuditContradictions', 0, 86_400],
    ['audit-chain-broken', 'AuditProblems', 0, 86_400],
    ['replication-behind', 'ReplicationLatency', 900, 300],
  ])('fire at once on %s', (name, metric, threshold, period) => {
    expect(alarms.get(`holdfast-${name}`)).toMatchObject({
      MetricName: metric,
      Threshold: threshold,
      Period: period,
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  it('compare the retained WAL with the disk of the instance that the deployment names', () => {
    const source = { ...example.source, instance: 'app-db' };
    const made = stackTemplate('observability', { source }).findResources('AWS::CloudWatch::Alarm', {
      Properties: { AlarmName: 'holdfast-slot-fills-disk' },
    });
    const [alarm] = Object.values(made).map(item => item.Properties);
    expect(alarm).toMatchObject({ Threshold: 50, TreatMissingData: 'breaching' });
    expect(alarm.Metrics.map((item: Loose) => item.Expression ?? item.MetricStat.Metric)).toMatchObject([
      '100 * retained / (retained + free)',
      { MetricName: 'SlotRetainedBytes' },
      { Namespace: 'AWS/RDS', MetricName: 'FreeStorageSpace', Dimensions: [{ Value: 'app-db' }] },
    ]);
    expect(alarms.has('holdfast-slot-fills-disk')).toBe(false);
  });

  it('fire when storage exceeds 80 % of its budget, over all storage classes', () => {
    const alarm = alarms.get('holdfast-storage-budget');
    expect(alarm.Threshold).toBe(80 * 1024 ** 3);
    const classes = alarm.Metrics.flatMap((item: Loose) => item.MetricStat?.Metric.Dimensions ?? [])
      .filter((dimension: Loose) => dimension.Name === 'StorageType')
      .map((dimension: Loose) => dimension.Value);
    const bucket = Object.values(vault.findResources('AWS::S3::Bucket'))[0]!.Properties;
    const moved = bucket.LifecycleConfiguration.Rules.flatMap((rule: Loose) => rule.Transitions ?? []);
    // Lifecycle rules and S3 metrics use different names for the same classes.
    const measured: Record<string, string> = {
      STANDARD_IA: 'StandardIAStorage',
      GLACIER_IR: 'GlacierInstantRetrievalStorage',
    };
    const reached = moved.map((transition: Loose) => measured[transition.StorageClass]);
    expect(classes.sort()).toEqual(['StandardStorage', ...reached].sort());
  });

  it('watch every state machine from outside, to catch failures that could not be recorded', () => {
    const watched = [...alarms.keys()].filter(name => name.endsWith('-failed'));
    for (const machine of [
      'back-up-fleet',
      'fold-incrementals',
      'verify-fleet',
      'expire-backups',
      'rebuild-catalog',
      'begin-epoch',
      'preflight',
      'restore-tenant',
      'restore-tenants',
    ]) {
      expect(watched).toContain(`holdfast-${machine}-failed`);
    }
  });

  it('treat missing data as breaching for metrics that are emitted on a schedule', () => {
    const breaching = [...alarms].filter(([, alarm]) => alarm.TreatMissingData === 'breaching').map(([name]) => name);
    expect(breaching.sort()).toEqual([
      'holdfast-audit-anchor-late',
      'holdfast-backup-late',
      'holdfast-destruction-late',
      'holdfast-keys-without-replica',
      'holdfast-objects-without-replica',
      'holdfast-recovery-point-age',
      'holdfast-recovery-point-standard',
      'holdfast-replication-behind',
      'holdfast-report-late',
      'holdfast-slot-retained-wal',
      'holdfast-verification-late',
    ]);
  });

  it('check every tier in use against its own objective, and no other tier', () => {
    const tiers = { default: 'historical', tenants: { acme: 'critical', small: 'archive' } } as const;
    const found = Object.values(stackTemplate('observability', { tiers }).findResources('AWS::CloudWatch::Alarm'))
      .map(item => item.Properties)
      .filter(alarm => alarm.MetricName === 'RecoveryPointAge');
    const tierOf = (alarm: Loose) => alarm.Dimensions.find((each: Loose) => each.Name === 'tier').Value;
    expect(Object.fromEntries(found.map(alarm => [tierOf(alarm), alarm.Threshold]))).toEqual({
      critical: 5 * 60,
      historical: 24 * 3600,
      archive: 7 * 24 * 3600,
    });
    for (const alarm of found) {
      expect(alarm.Dimensions).toContainEqual({ Name: 'service', Value: 'holdfast' });
      expect(alarm.TreatMissingData).toBe('breaching');
    }
  });

  it('sum the available data: a missing metric must neither hide a failure nor end an alarm', () => {
    const math = [...alarms.values()].flatMap(alarm => alarm.Metrics?.map((item: Loose) => item.Expression) ?? []);
    const expressions = math.filter(expression => expression !== undefined);
    expect(expressions.length).toBeGreaterThan(6);
    for (const expression of expressions) expect(expression).toMatch(/^SUM\(\[[^+]+\]\)$/);
  });

  it('watch replicas of keys only if each tenant has a key', () => {
    const pooled = stackTemplate('observability', { keys: { mode: 'pooled' } });
    expect(JSON.stringify(pooled.toJSON())).not.toContain('keys-without-replica');
    expect(alarms.get('holdfast-keys-without-replica')).toMatchObject({
      ...{ MetricName: 'KeysWithoutReplica', Statistic: 'Minimum', Period: 3600, EvaluationPeriods: 2, Threshold: 0 },
    });
  });

  it('watch the query for tiers and retention where there is one, and every tier that it could name', () => {
    const name = (alarm: Loose) => alarm.Properties.AlarmName;
    const made = Object.values(
      stackTemplate('observability', { tiers: { query: QUERY } }).findResources('AWS::CloudWatch::Alarm'),
    ).map(name);
    for (const tier of TIERS) expect(made).toContain(`holdfast-recovery-point-${tier}`);
    expect(made).toContain('holdfast-tenant-policies');
    expect([...alarms.keys()]).not.toContain('holdfast-tenant-policies');
  });

  it('match the number in the cost estimate', () => {
    const copies = stackTemplate('observability', { keys: { mode: 'pooled' }, clusterBackups: CLUSTER_BACKUPS });
    const pooled = stackTemplate('observability', { keys: { mode: 'pooled' } });
    const tiersOfPooled = { tiers: { default: 'standard' as const, tenants: {} } };
    expect(Object.keys(pooled.findResources('AWS::CloudWatch::Alarm'))).toHaveLength(
      alarmsMade({ ...tiersOfPooled, regions: example.regions, keys: { mode: 'pooled' } }),
    );
    const alarmsOf = (template: Template) => Object.keys(template.findResources('AWS::CloudWatch::Alarm')).length;
    const settingsOf = { ...tiersOfPooled, regions: example.regions, keys: { mode: 'pooled' as const } };
    expect(alarmsOf(copies)).toBe(alarmsMade({ ...settingsOf, clusterBackups: {} }));
    for (const tiers of [
      { default: 'standard' as const },
      { tenants: { acme: 'critical' as const } },
      { query: QUERY },
    ]) {
      const made = stackTemplate('observability', { tiers }).findResources('AWS::CloudWatch::Alarm');
      const settings = { regions: example.regions, keys: { mode: 'dedicated' as const } };
      const expected = alarmsMade({ ...settings, tiers: { default: 'standard', tenants: {}, ...tiers } });
      expect(Object.keys(made)).toHaveLength(expected);
    }
  });

  it('link an existing runbook page', () => {
    for (const [name, alarm] of alarms) {
      const link = / What to do: https:\/\/r\/([a-z-]+\.md)$/.exec(alarm.AlarmDescription)?.[1];
      expect(link && existsSync(join(RUNBOOK, link)), name).toBe(true);
    }
  });

  it('notify the alarm topic, also when a state has ended, and never when only the report of an event has', () => {
    const events = [...alarms].filter(([, alarm]) => alarm.OKActions === undefined).map(([name]) => name);
    expect(events.sort()).toEqual(
      [
        ...[
          'archive-fleet',
          'back-up-fleet',
          'begin-epoch',
          'build-report',
          'carry-out-request',
          'expire-backups',
          'finish-destructions',
          'fold-incrementals',
          'preflight',
          'keep-holds',
          'rebuild-catalog',
          'restore-tenant',
          'restore-tenants',
          'verify-audit',
          'verify-fleet',
        ].map(machine => `${machine}-failed`),
        ...['not-started', 'notices-undelivered', 'replication-failed-secondary', 'replication-failed-tertiary'],
        ...['restore-slow'],
      ]
        .map(name => `holdfast-${name}`)
        .sort(),
    );
    for (const [name, alarm] of alarms) {
      expect(plainText(alarm.AlarmActions)).toMatch(/Alarm/);
      if (events.includes(name)) continue;
      expect(alarm.OKActions).toEqual(alarm.AlarmActions);
    }
  });

  it('that report an event last for an hour, and their page says that they close by themselves', () => {
    for (const [name, alarm] of alarms) {
      if (alarm.OKActions !== undefined) continue;
      const periods = [alarm.Period, ...(alarm.Metrics ?? []).map((item: Loose) => item.MetricStat?.Period)];
      expect([name, Math.max(...periods.filter(Boolean))]).toEqual([name, 3600]);
      const page = / What to do: https:\/\/r\/([a-z-]+\.md)$/.exec(alarm.AlarmDescription)![1]!;
      const closes = readFileSync(join(RUNBOOK, page), 'utf8').split('## It closes when')[1]!;
      expect(closes.replaceAll(/\s+/g, ' '), name).toMatch(/by (itself|themselves) an hour after .*without a message/i);
    }
  });

  it('keep their state while a gauge is not reported: then nothing is known to be mended', () => {
    const gauges = [...alarms].filter(([, { MetricName }]) => /^Open/.test(MetricName ?? ''));
    expect(gauges.map(([name]) => name).sort()).toEqual(
      ['backup', 'integrity', 'restore'].map(kind => `holdfast-${kind}-failed`),
    );
    for (const [, alarm] of gauges) expect(alarm.TreatMissingData).toBe('ignore');
  });

  it('are all named by the page that they lead to', () => {
    for (const [name, alarm] of alarms) {
      const page = / What to do: https:\/\/r\/([a-z-]+)\.md$/.exec(alarm.AlarmDescription)![1]!;
      const short = name.replace('holdfast-', '').replace(/^(recovery-point)-standard$/, '$1-objective');
      const said = readFileSync(join(RUNBOOK, `${page}.md`), 'utf8');
      const machine = /^(?!backup|restore-failed|integrity)[a-z-]+-failed$/.test(short);
      expect(page === short || said.includes(`*${short}*`) || machine, `${page} ${short}`).toBe(true);
    }
  });
});

describe('the dashboard', () => {
  it('shows every metric for people, by tier where tiers differ', () => {
    const body = plainText(
      Object.values(template.findResources('AWS::CloudWatch::Dashboard'))[0]!.Properties.DashboardBody,
    );
    // Each of these is part of another metric, or covered by an alarm.
    const elsewhere = ['TenantsDone', 'FleetRunSeconds', 'IncrementalsWritten', 'VerificationSeconds', 'RestoresDone'];
    // Counts behind the gauges of open failures; and the alarm of the watch in the secondary region.
    elsewhere.push('BackupFailures', 'IntegrityFailures', 'RestoreFailures', 'PrimarySilentSeconds');
    // With an alarm of its own where there is a query.
    elsewhere.push('TenantPolicyProblems');
    // Likewise where there are drills.
    elsewhere.push('LateDrills', 'FailedDrills', 'SlowDrills');
    // Likewise where there is a public status page.
    elsewhere.push('StatusPostsAltered');
    // Likewise where a schedule makes archives.
    elsewhere.push('SecondsSinceArchive');
    // Likewise where there is a fail-over.
    elsewhere.push('RegionSuspected');
    const alarmed = [...alarms.values()].map(alarm => alarm.MetricName);
    const shown = (name: string) => body.includes(`"${name}"`) || alarmed.includes(name);
    expect(Object.keys(METRICS).filter(name => !shown(name) && !elsewhere.includes(name))).toEqual([]);
    for (const name of ['RecoveryPointAge', 'VerificationAge', 'SnapshotSeconds', 'RestoreTimePercent'])
      expect(body).toMatch(new RegExp(`"${name}","service","holdfast","tier","standard"`));
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

  it('let CloudWatch use their key: otherwise an encrypted topic drops alarms', () => {
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
