/**
 * The functions that protect a region's database: the shipper, snapshots, incrementals and verification. In the primary region,
 * and in a secondary that can take over, where they do nothing until it is active.
 */
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { grantNotify, grantReachDatabase, grantStartBackups, grantTakeTurns, grantUseCatalog } from './access.ts';
import { grantKeepRegions, grantSeeRegions } from './access-failover.ts';
import { grantOpenTenantKeys, grantSealForTenant, grantSign, grantUseTenantKeys } from './access-keys.ts';
import { grantReadProcessor } from './access-load.ts';
import {
  grantNoteDepartures,
  grantReadLog,
  grantReadTenant,
  grantWriteTenant,
  grantWriteVault,
} from './access-vault.ts';
import type { FunctionSet } from './function-set.ts';
import type { Schedules } from './schedules.ts';

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);
const CATALOG = [grantUseCatalog, grantNotify];

export function shipperFunction(functions: FunctionSet, schedules: Schedules): lambda.Function {
  const ship = functions.make('ship-log', {
    description: 'Ships the change log, every minute',
    // Ships the log of all tenants in one run: a session could not be narrower.
    grants: [
      ...[grantReachDatabase, grantWriteVault, grantUseTenantKeys, grantSign, ...CATALOG, grantStartBackups],
      grantKeepRegions,
    ],
    timeout: LONGEST,
    reservedConcurrency: 1,
  });
  // The next minute ships what this one did not: nothing queues up behind a slow run.
  ship.configureAsyncInvoke({
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
    onFailure: new SqsDestination(schedules.notStarted),
  });
  return ship;
}

export function fleetFunctions(functions: FunctionSet) {
  return {
    planFleet: functions.make('plan-fleet', {
      description: 'Registers new tenants and divides the fleet into shards',
      grants: [grantReachDatabase, grantReadLog, grantNoteDepartures, grantSign, ...CATALOG],
      timeout: Duration.minutes(5),
    }),
    listShard: functions.make('list-shard', {
      description: 'Lists the tenant references of a shard',
      grants: [grantUseCatalog],
    }),
    summarizeShard: functions.make('summarize-shard', { description: 'Counts the results of a shard', grants: [] }),
    finishFleet: functions.make('finish-fleet', {
      description: 'Records the end of a fleet run',
      grants: [grantUseCatalog],
    }),
  };
}

export function snapshotFunctions(functions: FunctionSet) {
  return {
    planSnapshot: functions.make('plan-snapshot', {
      description: "Plans one tenant's snapshot",
      grants: [grantReachDatabase, grantReadProcessor, grantReadLog, ...CATALOG],
      forTenant: [grantWriteTenant, grantUseTenantKeys],
      timeout: LONGEST,
    }),
    readPart: functions.make('read-part', {
      description: 'Reads one part of a snapshot',
      grants: [grantReachDatabase, grantNotify, grantTakeTurns],
      forTenant: [grantWriteTenant, grantSealForTenant],
      timeout: LONGEST,
    }),
    commitSnapshot: functions.make('commit-snapshot', {
      description: 'Writes the manifest of a snapshot and adds it to the catalog',
      grants: [grantReachDatabase, grantReadLog, grantSign, ...CATALOG, grantSeeRegions],
      forTenant: [grantWriteTenant, grantSealForTenant],
      timeout: LONGEST,
    }),
  };
}

export function foldFunction(functions: FunctionSet): lambda.Function {
  return functions.make('fold-tenant', {
    description: "Folds one tenant's change log into an incremental",
    grants: [grantReachDatabase, grantReadProcessor, grantReadLog, grantSign, grantUseCatalog],
    forTenant: [grantWriteTenant, grantUseTenantKeys],
    timeout: LONGEST,
  });
}

export function verifyFunction(functions: FunctionSet): lambda.Function {
  return functions.make('verify-backup', {
    description: 'Restores one backup into scratch tables and compares it',
    grants: [grantReachDatabase, grantReadProcessor, grantReadLog, ...CATALOG],
    forTenant: [grantReadTenant, grantOpenTenantKeys],
    timeout: LONGEST,
  });
}
