/**
 * The public status page of one region: a function that makes it on a schedule, its site, and the alarm where it is not made.
 * In the secondary region it refers to nothing in the primary, so that the page outlives it. Stateless.
 */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as targets from 'aws-cdk-lib/aws-scheduler-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { accept } from '../constructs/accepted.ts';
import { grantMeasureState, grantPublishStatusPage } from '../constructs/access-reports.ts';
import { Alarms } from '../constructs/alarms.ts';
import type { AlarmSpec } from '../constructs/failure-alarms.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import { counted } from '../constructs/metrics.ts';
import { StatusSite } from '../constructs/status-site.ts';
import type { VaultRoles } from '../constructs/vault-roles.ts';
import type { Deployment } from '../deployment.ts';
import { alarmTopicArn, type WorkRegion } from '../names.ts';

export interface StatusPageStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly region: WorkRegion;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
}

const NAME = 'build-status-page';
/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);
/** A build that is late once is no trouble. */
const LATE_AFTER = 3;

export class StatusPageStack extends Stack {
  constructor(scope: Construct, id: string, props: StatusPageStackProps) {
    super(scope, id, props);
    const { deployment, region } = props;
    const every = Duration.minutes(deployment.statusPage!.everyMinutes);
    const { bucketName } = new StatusSite(this, 'Site', { deployment, region });
    const build = new FunctionSet(this, 'Functions', props).make(NAME, {
      description: 'Makes the public status page',
      grants: [grantMeasureState, grantPublishStatusPage],
      // It ends before the next one begins: no page is replaced by an older one.
      timeout: every.toMinutes() < LONGEST.toMinutes() ? every : LONGEST,
    });
    build.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: every });
    this.schedule(deployment, { build, bucketName, every });
    const topic = sns.Topic.fromTopicArn(this, 'Alarm', alarmTopicArn(deployment, region));
    new Alarms(this, 'Alarms', { deployment, specs: [lateness(deployment, every)], topic });
  }

  private schedule(
    deployment: Deployment,
    {
      build,
      bucketName,
      every,
    }: { readonly build: lambda.IFunction; readonly bucketName: string; readonly every: Duration },
  ): void {
    const role = new iam.Role(this, 'ScheduleRole', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
      description: `${deployment.name}: starts the function ${NAME}`,
    });
    const { title, components } = deployment.statusPage!;
    new scheduler.Schedule(this, 'Every', {
      scheduleName: `${deployment.name}-${NAME}`,
      description: 'Makes the public status page',
      schedule: scheduler.ScheduleExpression.rate(every),
      enabled: !deployment.schedules.paused,
      target: new targets.LambdaInvoke(build, {
        ...{ role, retryAttempts: 0 },
        input: scheduler.ScheduleTargetInput.fromObject({ bucket: bucketName, title, components }),
      }),
    });
    accept(role, 'AwsSolutions-IAM5', 'Invokes the versions of the one function in its ARN.');
  }
}

function lateness(deployment: Deployment, every: Duration): AlarmSpec {
  return {
    name: 'status-page-late',
    page: 'status-page-late',
    meaning: `The public status page of this region was not made for ${LATE_AFTER * every.toMinutes()} minutes, or posts on it do not verify.`,
    metric: counted(deployment, 'StatusPostsAltered', 'Maximum', every),
    above: 0,
    periods: LATE_AFTER,
    silenceIsTrouble: true,
  };
}
