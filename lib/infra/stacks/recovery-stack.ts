/**
 * Recovery: the restore state machine, and the URLs at which people request and approve. In the primary region, and as a standby in the
 * secondary, where it works on that region's vault, replicas and database. Nobody can approve by starting or answering an
 * execution: decisions arrive through the function's URL, where IAM authenticates the caller, and the restore reads them
 * from the catalog. With a fail-over, its state machine too. Invariant: nothing here ships the log on a schedule or takes a
 * snapshot, so a standby never does.
 */
import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { groupTimeoutHours, restoreTimeoutHours } from '../../domain/approval-times.ts';
import { METRICS_NAMESPACE } from '../../domain/function-config.ts';
import type { InstallationFiles } from '../../domain/installation.ts';
import {
  grantAnswerTasks,
  grantIdempotency,
  grantKeepFailures,
  grantNotify,
  grantReachDatabase,
  grantReadCatalog,
  grantStampRequests,
  grantStartRestores,
  grantUseCatalog,
} from '../constructs/access.ts';
import { grantAppendAudit } from '../constructs/access-audit.ts';
import { grantSeeRegions, grantStartFailover } from '../constructs/access-failover.ts';
import { grantCarryOut, grantKeepRequests } from '../constructs/access-governance.ts';
import { grantOpenTenantKeys, grantSign, grantUseTenantKeys } from '../constructs/access-keys.ts';
import { grantAcknowledgeAlarms } from '../constructs/access-messages.ts';
import { grantReadDigestKey, grantReadLog, grantReadTenant, grantWriteTenant } from '../constructs/access-vault.ts';
import { clusterBackupWorkflow } from '../constructs/cluster-backup-functions.ts';
import { DestroyKeysRole } from '../constructs/destroy-keys-role.ts';
import { drillWorkflow } from '../constructs/drill-functions.ts';
import { failoverTo } from '../constructs/failover-functions.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import { destructionFunctions, governanceFunctions } from '../constructs/governance-functions.ts';
import { groupFunctions } from '../constructs/group-functions.ts';
import { InstallationDescription } from '../constructs/installation-description.ts';
import { People } from '../constructs/people.ts';
import { RestoreTask } from '../constructs/restore-task.ts';
import { statusEntry } from '../constructs/status-site.ts';
import type { VaultRoles } from '../constructs/vault-roles.ts';
import { HoldfastWorkflow } from '../constructs/workflow.ts';
import type { Deployment } from '../deployment.ts';
import { longRestoreFailures, type WorkRegion } from '../names.ts';
import { carryOutRequestDefinition } from '../workflows/carry-out-request.ts';
import { finishDestructionsDefinition } from '../workflows/finish-destructions.ts';
import { restoreTenantDefinition } from '../workflows/restore-tenant.ts';
import { restoreTenantsDefinition } from '../workflows/restore-tenants.ts';

export interface RecoveryStackProps extends StackProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** The files for the command line. */
  readonly files: InstallationFiles;
  readonly region: WorkRegion;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
}

const LONGEST = Duration.minutes(15);
const CATALOG = [grantUseCatalog, grantNotify];

export class RecoveryStack extends Stack {
  constructor(scope: Construct, id: string, props: RecoveryStackProps) {
    super(scope, id, props);
    const { deployment, files, region } = props;
    const functions = new FunctionSet(this, 'Functions', props);
    const restore = { ...stagingFunctions(functions), ...applyingFunctions(functions) };
    const task = this.restoreTask(props, functions);
    const machine = new HoldfastWorkflow(this, 'RestoreTenant', {
      ...{ deployment, workflow: 'restore-tenant' },
      timeout: Duration.hours(restoreTimeoutHours(deployment.approvals.timeoutHours)),
      definition: place =>
        restoreTenantDefinition(place, {
          ...restore,
          ...(task && { task }),
          approvalTimeout: Duration.hours(deployment.approvals.timeoutHours),
        }),
    });
    if (task) countFailures(machine, deployment);
    const { recordFailure } = restore;
    new HoldfastWorkflow(this, 'RestoreTenants', {
      ...{ deployment, workflow: 'restore-tenants' },
      timeout: Duration.hours(groupTimeoutHours(deployment.approvals.timeoutHours)),
      definition: place =>
        restoreTenantsDefinition(place, {
          ...groupFunctions(functions),
          ...{ recordFailure, restoreTenant: machine.stateMachine },
        }),
    });
    if (region === 'primary' && deployment.drills)
      drillWorkflow(this, { deployment, functions, set: props, recordFailure });
    if (region === 'primary' && deployment.clusterBackups)
      clusterBackupWorkflow(this, deployment, functions, recordFailure);
    const { approve, requestRestore, acknowledge, investigate } = entries(functions);
    const requestAction = region === 'primary' ? this.requests(deployment, functions, recordFailure) : undefined;
    const requestFailover = deployment.failover && failoverTo(this, deployment, functions, recordFailure);
    const postStatus = deployment.statusPage && statusEntry(functions);
    const urls = {
      ...{ approvalUrl: urlOf(approve), requestUrl: urlOf(requestRestore), acknowledgeUrl: urlOf(acknowledge) },
      investigateUrl: urlOf(investigate),
      ...(requestAction && { actionUrl: urlOf(requestAction) }),
      ...(requestFailover && { failoverUrl: urlOf(requestFailover) }),
      ...(postStatus && { statusUrl: urlOf(postStatus) }),
    };
    const installation = new InstallationDescription(this, 'Installation', { deployment, region, files, ...urls });
    const people = new People(this, 'People', {
      ...{ deployment, region, vaultRoles: props.vaultRoles },
      ...{ approve, ...(requestAction && { requestAction }) },
      forOperators: [requestRestore, acknowledge, investigate, requestFailover, postStatus].filter(
        fn => fn !== undefined,
      ),
      installation,
    });
    this.outputs(urls, people);
    // In the account of the keys.
    if (region === 'primary' && props.vaultRoles === undefined) new DestroyKeysRole(this, 'DestroyKeys', deployment);
  }

  /** What people ask for beside restores, in the primary region. Returns the entry. */
  private requests(deployment: Deployment, functions: FunctionSet, recordFailure: lambda.IFunction): lambda.Function {
    const { requestAction, ...steps } = governanceFunctions(functions);
    const { finishDestructions, clearDestroyed } = destructionFunctions(functions);
    new HoldfastWorkflow(this, 'CarryOutRequest', {
      ...{ deployment, workflow: 'carry-out-request', timeout: Duration.hours(48) },
      definition: place => carryOutRequestDefinition(place, { ...steps, finishDestructions, recordFailure }),
    });
    new HoldfastWorkflow(this, 'FinishDestructions', {
      ...{ deployment, workflow: 'finish-destructions', timeout: Duration.hours(12) },
      definition: place => finishDestructionsDefinition(place, { finishDestructions, clearDestroyed, recordFailure }),
    });
    return requestAction;
  }

  private restoreTask(props: RecoveryStackProps, functions: FunctionSet): RestoreTask | undefined {
    const { deployment, region, codeDirectory, vaultRoles } = props;
    const { longRestores: settings } = deployment;
    if (settings === undefined) return undefined;
    const network = functions.databaseNetwork();
    return new RestoreTask(this, 'RestoreTask', {
      ...{ deployment, settings, region, network, codeDirectory, vaultRoles },
    });
  }

  private outputs(
    { approvalUrl, actionUrl }: { readonly approvalUrl: string; readonly actionUrl?: string },
    people: People,
  ): void {
    if (actionUrl !== undefined)
      new CfnOutput(this, 'ActionUrl', {
        value: actionUrl,
        description:
          'URL to which people send requests for holds, releases, destruction, shorter retention and exports (signed with SigV4).',
      });
    new CfnOutput(this, 'ApprovalUrl', {
      value: approvalUrl,
      description: 'URL to which approvers send their decision (signed with SigV4).',
    });
    for (const [name, policy] of Object.entries({
      Operator: people.operator,
      Workflows: people.workflows,
      Approver: people.approver,
      ...(people.legalOfficer && { LegalOfficer: people.legalOfficer }),
      Auditor: people.auditor,
      HandsOn: people.handsOn,
      Console: people.console,
    })) {
      new CfnOutput(this, `${name}Policy`, { value: policy.managedPolicyArn, description: `${policy.description}` });
    }
  }
}

/** The step fails as well where no container ran that could have said why. */
function countFailures({ logGroup }: HoldfastWorkflow, deployment: Deployment): void {
  const failed = ['TaskFailed', 'TaskTimedOut', 'TaskStartFailed', 'TaskSubmitFailed'].map(
    type => `$.type = "${type}"`,
  );
  logGroup.addMetricFilter('LongRestoreFailures', {
    filterPattern: logs.FilterPattern.literal(`{ ($.details.resourceType = "ecs") && (${failed.join(' || ')}) }`),
    metricNamespace: METRICS_NAMESPACE,
    metricName: longRestoreFailures(deployment),
    metricValue: '1',
  });
}

/** Admits only callers that IAM authenticated. */
function urlOf(fn: lambda.Function): string {
  return fn.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM }).url;
}

/** What people call through URLs. */
function entries(functions: FunctionSet) {
  const approve = functions.make('approve', {
    description: 'Receives the decision of an approver',
    grants: [
      ...[grantUseCatalog, grantAnswerTasks, grantAppendAudit, grantKeepRequests, grantCarryOut],
      grantStartFailover,
    ],
  });
  const requestRestore = functions.make('request-restore', {
    description: 'Starts a restore in the name of its caller',
    grants: [grantStampRequests, grantStartRestores, grantAppendAudit],
  });
  const acknowledge = functions.make('acknowledge-failure', {
    description: 'Closes a failure that a person has dealt with',
    grants: [grantKeepFailures, grantAppendAudit, grantAcknowledgeAlarms],
  });
  const investigate = functions.make('investigate', {
    description: 'Answers questions about the log of a tenant, without rows',
    grants: [grantReadLog, grantReadCatalog, grantAppendAudit],
    forTenant: [grantReadDigestKey, grantOpenTenantKeys],
    timeout: Duration.minutes(5),
  });
  return { approve, requestRestore, acknowledge, investigate };
}

/** They read backups and write only staging schemas. */
function stagingFunctions(functions: FunctionSet) {
  const stage = {
    grants: [grantReachDatabase, grantReadLog, ...CATALOG],
    forTenant: [grantReadTenant, grantOpenTenantKeys],
  };
  return {
    checkRestore: functions.make('check-restore', {
      description: 'Checks a restore request, or resumes a kept plan',
      ...stage,
    }),
    planRestore: functions.make('plan-restore', {
      description: 'Plans what a restore reads; creates its staging schema',
      ...stage,
      timeout: LONGEST,
    }),
    stageRestore: functions.make('stage-restore', {
      description: 'Rebuilds the state in the staging schema, in steps',
      ...stage,
      timeout: LONGEST,
    }),
  };
}

/** They write plans, live rows and records. */
function applyingFunctions(functions: FunctionSet) {
  const restore = {
    grants: [grantReachDatabase, grantSign, ...CATALOG],
    forTenant: [grantWriteTenant, grantUseTenantKeys],
  };
  /** What writes rows, or hands them over, says so in the audit trail. */
  const audited = { ...restore, grants: [...restore.grants, grantAppendAudit, grantSeeRegions] };
  return {
    previewRestore: functions.make('preview-restore', {
      description: 'Compares a staged state with the live rows; keeps the plan',
      ...restore,
      // An undo and a revert are compared with a second state, which is planned and staged here.
      grants: [...restore.grants, grantReadLog],
      timeout: LONGEST,
    }),
    handOverRestore: functions.make('hand-over-restore', {
      description: 'Hands over a staged state beside the live tables',
      ...audited,
      timeout: LONGEST,
    }),
    requestApproval: functions.make('request-approval', {
      description: 'Asks people to approve a restore',
      grants: CATALOG,
    }),
    applyRestore: functions.make('apply-restore', {
      description: 'Applies an approved plan, proves and records it',
      ...audited,
      timeout: LONGEST,
    }),
    cleanStaging: functions.make('clean-staging', {
      description: 'Removes the staging schema of a failed restore',
      // Writes: if a restore committed without its record, this function writes the record.
      ...audited,
      timeout: LONGEST,
    }),
    recordFailure: functions.make('record-restore-failure', {
      handlerFile: 'record-failure',
      description: 'Counts a failed restore and notifies at once',
      grants: [grantNotify, grantIdempotency, grantKeepFailures],
    }),
  };
}
