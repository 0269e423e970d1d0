/**
 * A state machine as Holdfast deploys it: named, traced, with every event logged without its data, and with a timeout
 * after which a run that hangs is failed.
 */
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { WORKFLOWS, type Workflow } from '../../domain/workflows.ts';
import type { Deployment } from '../deployment.ts';
import { workflowName } from '../names.ts';
import { accept } from './accepted.ts';

export interface HoldfastWorkflowProps {
  readonly deployment: Deployment;
  readonly workflow: Workflow;
  readonly timeout: Duration;
  readonly definition: (scope: Construct) => sfn.IChainable;
}

export class HoldfastWorkflow extends Construct {
  readonly stateMachine: sfn.StateMachine;
  readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: HoldfastWorkflowProps) {
    super(scope, id);
    const name = workflowName(props.deployment, props.workflow);
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      // This prefix keeps CloudWatch's resource policy from growing with every state machine.
      logGroupName: `/aws/vendedlogs/states/${name}`,
      retention: logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: name,
      comment: commentOf(props.workflow),
      definitionBody: sfn.DefinitionBody.fromChainable(props.definition(this)),
      timeout: props.timeout,
      tracingEnabled: true,
      logs: { destination: this.logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
    });
    accept(
      this,
      'AwsSolutions-IAM5',
      'Invokes the versions of its own functions, runs its own distributed map, and writes logs and traces, which support no resource-level permissions.',
    );
  }
}

/** Shown above the graph in the console: what the state machine does, and an example input. */
function commentOf(workflow: Workflow): string {
  const { does, example } = WORKFLOWS[workflow];
  return `${does} Input, for example: ${JSON.stringify(example)}`;
}
