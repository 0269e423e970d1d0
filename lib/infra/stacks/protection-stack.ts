/**
 * Everything that runs on a schedule, in the primary region: the shipper, the state machines of fleet runs, retention and
 * the catalog, and their schedules. Stateless: it can be removed and deployed again at any time; its data is in the vault
 * stack.
 */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { grantNotify, grantReachDatabase, grantUseCatalog } from '../constructs/access.ts';
import { grantSeeRegions } from '../constructs/access-failover.ts';
import { grantOpenTenantKeys, grantSign, grantUseTenantKeys } from '../constructs/access-keys.ts';
import {
  grantAnnounceRemovals,
  grantCompareVaults,
  grantCopyKeys,
  grantExpireLog,
  grantExpireTenant,
  grantReadEnds,
  grantReadHolds,
  grantReadLog,
  grantReadPolicyApprovals,
  grantReadVault,
  grantRestoreKeys,
  grantWriteVault,
} from '../constructs/access-vault.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import { KeyReplication } from '../constructs/key-replication.ts';
import { PreflightRun } from '../constructs/preflight.ts';
import { shipperFunction } from '../constructs/protection-functions.ts';
import { protectionWorkflows } from '../constructs/protection-workflows.ts';
import { reportWorkflow } from '../constructs/report-runs.ts';
import { scheduleRuns } from '../constructs/scheduled-runs.ts';
import { Schedules } from '../constructs/schedules.ts';
import { upkeepWorkflows } from '../constructs/upkeep.ts';
import type { VaultRoles } from '../constructs/vault-roles.ts';
import { HoldfastWorkflow } from '../constructs/workflow.ts';
import type { Deployment } from '../deployment.ts';
import { replicaRegionsOf } from '../names.ts';
import { beginEpochDefinition } from '../workflows/begin-epoch.ts';
import { expireBackupsDefinition } from '../workflows/expire-backups.ts';
import { rebuildCatalogDefinition } from '../workflows/rebuild-catalog.ts';

export interface ProtectionStackProps extends StackProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
}

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);
const CATALOG = [grantUseCatalog, grantNotify];

export class ProtectionStack extends Stack {
  constructor(scope: Construct, id: string, props: ProtectionStackProps) {
    super(scope, id, props);
    const { deployment } = props;
    const functions = new FunctionSet(this, 'Functions', { ...props, region: 'primary' });
    const schedules = new Schedules(this, 'Schedules', deployment);
    const ship = shipperFunction(functions, schedules);
    const machines = this.workflows(deployment, functions, schedules);
    schedules.callFunction('ship', ship, 'Ships the change log');
    const others = replicaRegionsOf(deployment).length > 0;
    if (others) verifyReplicas(functions, schedules);
    if (deployment.keys.mode === 'pooled') copyKeys(functions, schedules);
    else if (others) new KeyReplication(this, 'KeyReplication', { deployment, functions, schedules });
    scheduleRuns(deployment, { functions, schedules, machines });
  }

  private workflows(deployment: Deployment, functions: FunctionSet, schedules: Schedules) {
    const { fleet, machines } = protectionWorkflows(this, deployment, functions);
    const { recordFailure } = fleet;
    const expire = new HoldfastWorkflow(this, 'ExpireBackups', {
      ...{ deployment, workflow: 'expire-backups', timeout: Duration.hours(24) },
      definition: place => expireBackupsDefinition(place, { ...fleet, ...expiryFunctions(functions) }),
    });
    const upkeep = upkeepWorkflows(this, { deployment, functions, schedules, fleet });
    new PreflightRun(this, 'Preflight', { deployment, functions, schedules, recordFailure });
    new HoldfastWorkflow(this, 'BeginEpoch', {
      ...{ deployment, workflow: 'begin-epoch', timeout: Duration.hours(1) },
      definition: place => beginEpochDefinition(place, { beginEpoch: epochFunction(functions), recordFailure }),
    });
    new HoldfastWorkflow(this, 'RebuildCatalog', {
      ...{ deployment, workflow: 'rebuild-catalog', timeout: Duration.hours(48) },
      definition: place =>
        rebuildCatalogDefinition(place, {
          ...{ ...rebuildFunctions(functions), recordFailure },
          concurrentTenants: deployment.fleet.concurrentTenants,
        }),
    });
    return {
      ...machines,
      expire: expire.stateMachine,
      report: reportWorkflow(this, { deployment, functions, steps: fleet }),
      ...upkeep,
    };
  }
}

/** It makes one run of the log, as the shipper does. */
function epochFunction(functions: FunctionSet): lambda.Function {
  return functions.make('begin-epoch', {
    description: 'Begins a source epoch on the server that a person confirmed',
    grants: [grantReachDatabase, grantWriteVault, grantUseTenantKeys, grantSign, ...CATALOG, grantSeeRegions],
    timeout: LONGEST,
  });
}

function verifyReplicas(functions: FunctionSet, schedules: Schedules): void {
  const description = 'Proves that the other regions have every object';
  const verify = functions.make('verify-replicas', {
    ...{ description, timeout: LONGEST },
    grants: [grantCompareVaults, grantUseCatalog],
  });
  schedules.callFunction('verifyReplicas', verify, description);
}

/** With dedicated keys there is nothing to copy: they never leave KMS. */
function copyKeys(functions: FunctionSet, schedules: Schedules): void {
  const copy = functions.make('copy-keys', {
    description: 'Copies the wrapped branch keys into the vault',
    grants: [grantCopyKeys, grantSign, grantUseCatalog],
    timeout: LONGEST,
  });
  schedules.callFunction('copyKeys', copy, 'Copies the wrapped branch keys into the vault');
  functions.make('restore-keys', {
    description: 'Rebuilds a lost table of branch keys from their copies',
    grants: [grantRestoreKeys],
    timeout: LONGEST,
  });
}

function expiryFunctions(functions: FunctionSet) {
  return {
    planFleet: functions.make('plan-expiry', {
      description: 'Divides all tenants of the catalog into shards',
      grants: [grantUseCatalog],
      timeout: Duration.minutes(5),
    }),
    expireTenant: functions.make('expire-tenant', {
      description: 'Locks the backups of a tenant that are kept and removes the others',
      grants: [
        ...[grantUseCatalog, grantAnnounceRemovals, grantReadPolicyApprovals, grantReadHolds, grantReadEnds, grantSign],
        grantSeeRegions,
      ],
      forTenant: [grantExpireTenant],
      timeout: LONGEST,
    }),
    expireLog: functions.make('expire-log', {
      description: 'Removes the log that no tenant needs any more',
      grants: [grantExpireLog, grantUseCatalog, grantAnnounceRemovals, grantSign, grantSeeRegions],
      timeout: LONGEST,
    }),
  };
}

function rebuildFunctions(functions: FunctionSet) {
  return {
    planRebuild: functions.make('plan-rebuild', {
      description: 'Divides the tenants of the vault into shards',
      grants: [grantReadVault, grantUseCatalog],
      timeout: LONGEST,
    }),
    rebuildCatalog: functions.make('rebuild-catalog', {
      description: "Rebuilds tenants' catalog items from their manifests",
      grants: [grantReadVault, grantOpenTenantKeys, grantUseCatalog],
      timeout: LONGEST,
    }),
    rebuildLog: functions.make('rebuild-log', {
      description: "Rebuilds the log's catalog items from its manifests",
      grants: [grantReadLog, grantUseCatalog],
      timeout: LONGEST,
    }),
    finishRebuild: functions.make('finish-rebuild', { description: 'Summarizes a rebuild', grants: [] }),
  };
}
