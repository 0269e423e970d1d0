/**
 * Notification and monitoring: topics with their recipients, every alarm, and one dashboard; in the secondary region those
 * of the standby. Deployed before the functions that publish to the topics. With a vault account, what that account
 * measures is watched there (vault-watch-stack.ts).
 */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { Alarms, vaultAlarms, workAlarms } from '../constructs/alarms.ts';
import { dashboardGraphs } from '../constructs/dashboard.ts';
import { KeyWatch } from '../constructs/key-watch.ts';
import { MessageDelivery } from '../constructs/message-delivery.ts';
import { noticesKey, noticesTopic } from '../constructs/notices.ts';
import type { Deployment } from '../deployment.ts';
import { sendsMessages } from '../message-recipients.ts';
import { globalName, type WorkRegion } from '../names.ts';

export interface ObservabilityStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
}

export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, props: ObservabilityStackProps) {
    super(scope, id, props);
    const { deployment, region, codeDirectory } = props;
    const key = noticesKey(this, deployment);
    const topic = noticesTopic(this, deployment, 'alarm', key);
    const info = noticesTopic(this, deployment, 'info', key);
    if (region === 'primary' && sendsMessages(deployment.alarms))
      new MessageDelivery(this, 'Messages', { deployment, codeDirectory, topics: [topic, info] });
    const hasVault = deployment.vault === undefined;
    const specs = [...workAlarms(deployment, region), ...(hasVault ? vaultAlarms(deployment, region) : [])];
    const alarms = new Alarms(this, 'Alarms', { deployment, specs, topic });
    if (hasVault) new KeyWatch(this, 'KeyWatch', deployment, topic);
    this.dashboard(deployment, region, alarms);
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
