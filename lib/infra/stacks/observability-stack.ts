/**
 * Who is told what, and the one page to keep open: topics with their recipients, every alarm, one dashboard; in the
 * secondary region those of the standby. Deployed before the functions that publish to the topics.
 */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { MeasureName } from '../../domain/function-measures.ts';
import { OBJECTIVES, type Tier, tiersInUse } from '../../domain/objectives.ts';
import { Alarms } from '../constructs/alarms.ts';
import { counted, executions, notStarted, ofFunction, replication, vaultBytes } from '../constructs/measures.ts';
import type { Deployment } from '../deployment.ts';
import { globalName, noticesKeyAlias, type RegionRole, topicName, type WorkRole } from '../names.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly role: WorkRole;
}

export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { deployment, role } = props;
    const key = new kms.Key(this, 'NoticesKey', {
      alias: noticesKeyAlias(deployment),
      description: 'Encrypts the notices of Holdfast on their way.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // An alarm cannot publish to a topic whose key it may not use.
    key.grantEncryptDecrypt(new iam.ServicePrincipal('cloudwatch.amazonaws.com'));
    const alarm = this.topic('Alarm', deployment, 'alarm', key);
    this.topic('Info', deployment, 'info', key);
    const alarms = new Alarms(this, 'Alarms', { deployment, role, topic: alarm });
    this.dashboard(deployment, role, alarms);
  }

  private topic(id: string, deployment: Deployment, severity: 'alarm' | 'info', masterKey: kms.IKey): sns.Topic {
    const topic = new sns.Topic(this, id, {
      topicName: topicName(deployment, severity),
      displayName: severity === 'alarm' ? 'Holdfast ALARM' : 'Holdfast',
      masterKey,
      enforceSSL: true,
    });
    topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com'));
    for (const email of deployment.alarms.emails) topic.addSubscription(new EmailSubscription(email));
    for (const webhook of deployment.alarms.webhooks) topic.addSubscription(new UrlSubscription(webhook));
    return topic;
  }

  private dashboard(deployment: Deployment, role: WorkRole, alarms: Alarms): void {
    const status = new cloudwatch.AlarmStatusWidget({
      title: role === 'primary' ? 'Are we safe right now?' : 'Standby: has a restore here failed?',
      alarms: alarms.all,
      width: 24,
      height: 4,
    });
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: globalName(deployment, role),
      defaultInterval: Duration.days(1),
      widgets: [[status], ...(role === 'primary' ? graphs(deployment) : standbyGraphs(deployment))],
    });
  }
}

function graph(title: string, left: cloudwatch.IMetric[], more: Partial<cloudwatch.GraphWidgetProps> = {}) {
  return new cloudwatch.GraphWidget({ title, left, width: 8, height: 6, ...more });
}

function graphs(deployment: Deployment): cloudwatch.IWidget[][] {
  const hour = Duration.hours(1);
  const day = Duration.days(1);
  const tiers = tiersInUse(deployment.tiers);
  const byTier = (name: MeasureName, period?: Duration) =>
    tiers.map(tier => counted(deployment, name, 'Maximum', period, tier).with({ label: tier }));
  return [
    [
      graph(
        'Age of the newest recoverable moment (s)',
        [counted(deployment, 'NewestRecoverableMomentAge', 'Maximum')],
        { leftAnnotations: [objective('critical')] },
      ),
      graph("The same, of each tier's worst tenant (s)", byTier('RecoveryPointAge'), {
        leftAnnotations: tiers.map(objective),
      }),
      graph('Log kept by the database for the slot (bytes)', [counted(deployment, 'SlotRetainedBytes', 'Maximum')], {
        right: [counted(deployment, 'SlotRetainedPercent', 'Maximum')],
      }),
    ],
    [
      graph('Tenants backed up', [counted(deployment, 'TenantsDone', 'Sum', hour)], {
        right: [counted(deployment, 'TenantsFailed', 'Sum', hour)],
      }),
      graph('Since the last backup, and the last verification, of the fleet (s)', [
        counted(deployment, 'SecondsSinceBackup', 'Maximum'),
        counted(deployment, 'SecondsSinceVerification', 'Maximum'),
      ]),
      graph("Since each tier's least recently verified tenant was (s)", byTier('VerificationAge', day)),
    ],
    [
      graph('Snapshots: read and stored (bytes)', [
        counted(deployment, 'SnapshotBytes', 'Sum', hour),
        counted(deployment, 'SnapshotStoredBytes', 'Sum', hour),
      ]),
      graph('Chunks of snapshots that were stored before (%)', [
        counted(deployment, 'SnapshotReusedPercent', 'Average', hour),
      ]),
      graph('Longest snapshot of each tier (s)', byTier('SnapshotSeconds', hour)),
    ],
    [
      restorePhases(deployment),
      graph("Restores: of the tier's recovery time objective (%)", byTier('RestoreTimePercent'), {
        leftAnnotations: [{ value: 100, label: 'objective', color: cloudwatch.Color.RED }],
      }),
      graph('Executions that ended well, and starts that were given up', [
        ...(['back-up-fleet', 'verify-fleet', 'restore-tenant'] as const).map(workflow =>
          executions(deployment, workflow, 'ExecutionsSucceeded'),
        ),
        notStarted(deployment),
      ]),
    ],
    [
      graph('Changes shipped', [counted(deployment, 'ChangesShipped', 'Sum')], {
        right: [ofFunction(deployment, 'ship-log', 'Duration')],
      }),
      graph('Log stored (bytes)', [counted(deployment, 'LogBytesStored', 'Sum', hour)]),
      graph('Freed by retention (bytes)', [counted(deployment, 'ExpiredBytes', 'Sum', day)]),
    ],
    [
      graph('Bytes in the vault', [vaultBytes(deployment)], {
        leftAnnotations: [{ value: deployment.storageBudgetGiB * 1024 ** 3, label: 'budget' }],
      }),
      graph('Replication lag (s)', [
        replication(deployment, 'secondary', 'ReplicationLatency'),
        replication(deployment, 'tertiary', 'ReplicationLatency'),
      ]),
      graph('Waiting for replication (bytes)', [
        replication(deployment, 'secondary', 'BytesPendingReplication'),
        replication(deployment, 'tertiary', 'BytesPendingReplication'),
      ]),
    ],
  ];
}

function objective(tier: Tier): cloudwatch.HorizontalAnnotation {
  return { value: OBJECTIVES[tier].recoveryPointSeconds, label: `objective: ${tier}`, color: cloudwatch.Color.RED };
}

function restorePhases(deployment: Deployment) {
  return graph(
    'Restores: each phase (s)',
    (['Plan', 'Stage', 'Diff', 'Apply', 'Prove'] as const).map(phase =>
      counted(deployment, `Restore${phase}Seconds`, 'Maximum'),
    ),
  );
}

function standbyGraphs(deployment: Deployment): cloudwatch.IWidget[][] {
  const waiting = (to: RegionRole) => replication(deployment, to, 'BytesPendingReplication', 'secondary');
  return [
    [
      graph('Executions', [
        executions(deployment, 'restore-tenant', 'ExecutionsSucceeded', 'secondary'),
        executions(deployment, 'restore-tenant', 'ExecutionsFailed', 'secondary'),
      ]),
      restorePhases(deployment),
      // Before going back to the primary this must be zero.
      graph('Waiting for the way back (bytes)', [waiting('primary'), waiting('tertiary')]),
    ],
  ];
}
