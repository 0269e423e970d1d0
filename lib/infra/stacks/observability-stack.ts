/**
 * Notification and monitoring: topics with their recipients, every alarm, and one dashboard; in the secondary region those
 * of the standby. Deployed before the functions that publish to the topics.
 */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { Alarms } from '../constructs/alarms.ts';
import { dashboardGraphs } from '../constructs/dashboard.ts';
import { KeyWatch } from '../constructs/key-watch.ts';
import { subscribePeople } from '../constructs/subscriptions.ts';
import type { Deployment } from '../deployment.ts';
import { globalName, noticesKeyAlias, topicName, type WorkRegion } from '../names.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
}

export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { deployment, region } = props;
    const key = new kms.Key(this, 'NoticesKey', {
      alias: noticesKeyAlias(deployment),
      description: 'Encrypts the notices of Holdfast in transit.',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // An alarm or a rule cannot publish to a topic without permission to use the topic's key.
    for (const service of ['cloudwatch', 'events'])
      key.grantEncryptDecrypt(new iam.ServicePrincipal(`${service}.amazonaws.com`));
    const alarm = this.topic('Alarm', deployment, 'alarm', key);
    this.topic('Info', deployment, 'info', key);
    const alarms = new Alarms(this, 'Alarms', { deployment, region, topic: alarm });
    new KeyWatch(this, 'KeyWatch', deployment, alarm);
    this.dashboard(deployment, region, alarms);
  }

  private topic(id: string, deployment: Deployment, severity: 'alarm' | 'info', masterKey: kms.IKey): sns.Topic {
    const topic = new sns.Topic(this, id, {
      topicName: topicName(deployment, severity),
      displayName: severity === 'alarm' ? 'Holdfast ALARM' : 'Holdfast',
      masterKey,
      enforceSSL: true,
    });
    topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com'));
    subscribePeople(topic, deployment);
    return topic;
  }

  private dashboard(deployment: Deployment, region: WorkRegion, alarms: Alarms): void {
    const status = new cloudwatch.AlarmStatusWidget({
      title: region === 'primary' ? 'Alarms' : 'Standby: alarms',
      alarms: alarms.all,
      width: 24,
      height: 4,
    });
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: globalName(deployment, region),
      defaultInterval: Duration.days(1),
      widgets: [[status], ...dashboardGraphs(deployment, region)],
    });
  }
}
