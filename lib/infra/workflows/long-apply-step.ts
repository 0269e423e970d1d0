/**
 * The step that applies a restore in a container: it waits for the answer of the container, which reports that it works. An
 * execution that is stopped is noticed by the container with its next report, and it ends itself (runtime/task-answer.ts).
 */
import { Duration } from 'aws-cdk-lib';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { HEARTBEAT_MINUTES, RESTORE_TASK_VARIABLES } from '../../domain/restore-task.ts';
import type { RestoreTask } from '../constructs/restore-task.ts';

export function longApplyStep(scope: Construct, task: RestoreTask): tasks.EcsRunTask {
  const from = {
    token: sfn.JsonPath.taskToken,
    tenant: sfn.JsonPath.stringAt('$.preview.tenant'),
    id: sfn.JsonPath.stringAt('$.preview.id'),
    planKey: sfn.JsonPath.stringAt('$.preview.planKey'),
    startedAt: sfn.JsonPath.stringAt('$.preview.startedAt'),
  };
  const members = Object.entries(RESTORE_TASK_VARIABLES) as [keyof typeof from, string][];
  return new PrivateRunTask(scope, 'Apply and prove in a container', {
    comment: 'The same as in a function, in one transaction that is too long for one. Never retried automatically',
    integrationPattern: sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
    // `exactOptionalPropertyTypes`: the class declares an optional member otherwise than its interface.
    cluster: task.cluster as ecs.ICluster,
    taskDefinition: task.definition,
    launchTarget: new tasks.EcsFargateLaunchTarget(),
    subnets: task.network.subnets,
    securityGroups: [task.network.securityGroup],
    containerOverrides: [
      {
        containerDefinition: task.container,
        environment: members.map(([member, name]) => ({ name, value: from[member] })),
      },
    ],
    taskTimeout: sfn.Timeout.duration(task.timeout),
    heartbeatTimeout: sfn.Timeout.duration(Duration.minutes(HEARTBEAT_MINUTES)),
    resultPath: '$.applied',
  });
}

/** Says that there is no public address: CDK leaves that to a default of ECS. */
class PrivateRunTask extends tasks.EcsRunTask {
  override toStateJson(): object {
    const state = super.toStateJson() as { Parameters?: { NetworkConfiguration?: NetworkConfiguration } };
    const network = state.Parameters?.NetworkConfiguration?.AwsvpcConfiguration;
    if (network === undefined) throw new Error('CDK renders the network of a container otherwise.');
    network.AssignPublicIp = 'DISABLED';
    return state;
  }
}

interface NetworkConfiguration {
  readonly AwsvpcConfiguration: { AssignPublicIp?: string };
}
