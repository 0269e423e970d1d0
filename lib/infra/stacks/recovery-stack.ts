/**
 * Getting rows back, in the primary region: the restore state machine, and the address at which people approve. Nobody
 * approves by starting or answering an execution: decisions come through the function's URL, which knows by IAM who
 * calls, and the restore reads them from the catalog.
 */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  mayAnswerTasks,
  mayNotify,
  mayOpenTenantKeys,
  mayReachDatabase,
  mayReadVault,
  maySign,
  mayUseCatalog,
  mayUseTenantKeys,
  mayWriteVault,
} from '../constructs/access.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import { HoldfastWorkflow } from '../constructs/workflow.ts';
import type { Deployment } from '../deployment.ts';
import { functionName } from '../names.ts';
import { restoreTenant } from '../workflows/restore-tenant.ts';

export interface RecoveryStackProps extends StackProps {
  readonly deployment: Deployment;
  /** What bundleFunctions() made. */
  readonly codeDirectory: string;
}

const LONGEST = Duration.minutes(15);

export class RecoveryStack extends Stack {
  constructor(scope: Construct, id: string, props: RecoveryStackProps) {
    super(scope, id, props);
    const { deployment } = props;
    const functions = new FunctionSet(this, 'Functions', props);
    const catalog = [mayUseCatalog, mayNotify];
    const restore = [mayReachDatabase, mayWriteVault, mayUseTenantKeys, maySign, ...catalog];
    const large = { memoryMb: 1769, timeout: LONGEST };
    const stage = [mayReachDatabase, mayReadVault, mayOpenTenantKeys, ...catalog];
    const checkRestore = functions.make('check-restore', {
      description: 'Checks what a restore was asked for, or takes up a kept plan',
      may: stage,
    });
    const planRestore = functions.make('plan-restore', {
      description: 'Decides what a restore reads; makes its staging schema',
      may: stage,
      ...large,
    });
    const stageRestore = functions.make('stage-restore', {
      description: 'Rebuilds the state in the staging schema, piece by piece',
      may: stage,
      ...large,
    });
    const previewRestore = functions.make('preview-restore', {
      description: 'Compares a staged state with the live rows; keeps the plan',
      may: restore,
      ...large,
    });
    const handOverRestore = functions.make('hand-over-restore', {
      description: 'Hands a staged state over beside the live tables',
      may: restore,
      ...large,
    });
    const requestApproval = functions.make('request-approval', {
      description: 'Asks people to approve a restore',
      may: catalog,
    });
    const applyRestore = functions.make('apply-restore', {
      description: 'Applies an approved plan, proves and records it',
      may: restore,
      ...large,
    });
    const cleanStaging = functions.make('clean-staging', {
      description: 'Removes the staging schema of a failed restore',
      // Writes: a restore that committed without its record gets the record here.
      may: restore,
      timeout: LONGEST,
    });
    const recordFailure = functions.make('record-restore-failure', {
      handlerFile: 'record-failure',
      description: 'Counts a failed restore and tells people at once',
      may: [mayNotify],
    });
    new HoldfastWorkflow(this, 'RestoreTenant', {
      ...{ deployment, workflow: 'restore-tenant' },
      // Staging takes its calls, people take their time, and batches take theirs.
      timeout: Duration.hours(deployment.approvals.timeoutHours + 2 + 24),
      comment:
        'Restores rows of one tenant, after a preview and approval. Input: {"tenant": "…", "target": "2026-01-31T10:04:59Z", "requestedBy": "…"}, with "previewOnly": true to look first; or {"plan": "…", "tenant": "…", "requestedBy": "…"} to apply what was looked at',
      definition: place =>
        restoreTenant(place, {
          ...{ checkRestore, planRestore, stageRestore, previewRestore, handOverRestore },
          ...{ requestApproval, applyRestore, cleanStaging, recordFailure },
          approvalTimeout: Duration.hours(deployment.approvals.timeoutHours),
        }),
    });
    this.approvals(deployment, functions);
  }

  private approvals(deployment: Deployment, functions: FunctionSet): void {
    const approve = functions.make('approve', {
      description: 'Takes the decision of an approver',
      may: [mayUseCatalog, mayNotify, mayAnswerTasks],
    });
    const url = approve.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
    const policy = new iam.ManagedPolicy(this, 'Approver', {
      managedPolicyName: functionName(deployment, 'approver'),
      description: 'For the people who may approve restores: lets them call the approval URL and nothing else.',
      statements: [
        new iam.PolicyStatement({
          actions: ['lambda:InvokeFunctionUrl'],
          resources: [approve.functionArn],
          conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } },
        }),
        new iam.PolicyStatement({
          actions: ['lambda:InvokeFunction'],
          resources: [approve.functionArn],
          // Through the URL only: a direct call could say that it came from anyone.
          conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
        }),
      ],
    });
    new CfnOutput(this, 'ApprovalUrl', { value: url.url, description: 'Where approvers send their decision (SigV4).' });
    new CfnOutput(this, 'ApproverPolicy', { value: policy.managedPolicyArn, description: 'Attach to approvers.' });
  }
}
