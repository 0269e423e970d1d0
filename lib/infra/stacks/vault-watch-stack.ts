/**
 * What only the account of the vault can see of itself, with a topic and recipients of its own: requests that endanger a
 * key, the size of the vault, and its replication. Only where the vault has an account of its own; in the secondary region
 * for a standby, as in the account of the database.
 */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { Alarms, vaultAlarms } from '../constructs/alarms.ts';
import { vaultGraphs } from '../constructs/dashboard.ts';
import { KeyWatch } from '../constructs/key-watch.ts';
import { noticesKey, noticesTopic } from '../constructs/notices.ts';
import type { Deployment } from '../deployment.ts';
import { globalName, type WorkRegion } from '../names.ts';

export interface VaultWatchStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
}

export class VaultWatchStack extends Stack {
  constructor(scope: Construct, id: string, props: VaultWatchStackProps) {
    super(scope, id, props);
    const { deployment, region } = props;
    const topic = noticesTopic(this, deployment, 'alarm', noticesKey(this, deployment));
    const alarms = new Alarms(this, 'Alarms', { deployment, specs: vaultAlarms(deployment, region), topic });
    new KeyWatch(this, 'KeyWatch', deployment, topic);
    const status = new cloudwatch.AlarmStatusWidget({
      ...{ title: 'Alarms of the vault', alarms: alarms.all, width: 24, height: 4 },
    });
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: globalName(deployment, region, 'vault'),
      defaultInterval: Duration.days(1),
      widgets: [[status], vaultGraphs(deployment, region)],
    });
  }
}
