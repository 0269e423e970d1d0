/**
 * Getting rows back: the restore state machine, and the address at which people approve. In the primary region, and as a
 * standby in the secondary, where it works on that region's vault, replicas and database. Nobody approves by starting or
 * answering an execution: decisions come through the function's URL, which knows by IAM who calls, and the restore reads
 * them from the catalog. Invariant: nothing here reads the log or takes a snapshot, so a standby never does.
 */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  mayAnswerTasks,
  mayNotify,
  mayReachDatabase,
  maySign,
  mayUseCatalog,
  mayUseTenantKeys,
  mayWriteVault,
} from '../constructs/access.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import { HoldfastWorkflow } from '../constructs/workflow.ts';
import type { Deployment } from '../deployment.ts';
import { globalName, type WorkRole } from '../names.ts';
import { restoreTenant } from '../workflows/restore-tenant.ts';

export interface RecoveryStackProps extends StackProps {
  readonly deployment: Deployment;
  /** What bundleFunctions() made. */
  readonly codeDirectory: string;
  readonly role: WorkRole;
}

const LONGEST = Duration.minutes(15);

export class RecoveryStack extends Stack {
  constructor(scope: Construct, id: string, props: RecoveryStackProps) {
    super(scope, id, props);
    const { deployment, role } = props;
    const functions = new FunctionSet(this, 'Functions', props);
    const catalog = [mayUseCatalog, mayNotify];
    const restore = [mayReachDatabase, mayWriteVault, mayUseTenantKeys, maySign, ...catalog];
    const large = { memoryMb: 1769, timeout: LONGEST };
    const previewRestore = functions.make('preview-restore', {
      description: 'Plans, stages and compares a restore; keeps its plan',
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
      timeout: Duration.hours(deployment.approvals.timeoutHours + 2),
      comment:
        'Restores rows of one tenant in place, after a preview and approval. Input: {"tenant": "…", "target": "2026-01-31T10:04:59Z", "requestedBy": "…"}',
      definition: place =>
        restoreTenant(place, {
          ...{ previewRestore, requestApproval, applyRestore, cleanStaging, recordFailure },
          approvalTimeout: Duration.hours(deployment.approvals.timeoutHours),
        }),
    });
    this.approvals(globalName(deployment, role, 'approver'), functions);
  }

  private approvals(managedPolicyName: string, functions: FunctionSet): void {
    const approve = functions.make('approve', {
      description: 'Takes the decision of an approver',
      may: [mayUseCatalog, mayNotify, mayAnswerTasks],
    });
    const url = approve.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
    const policy = new iam.ManagedPolicy(this, 'Approver', {
      managedPolicyName,
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
