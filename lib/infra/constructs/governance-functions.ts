/**
 * The functions of the request path beside restores: the entry, and one for each kind of action, which has the rights of
 * its kind and no other.
 */
import { Duration } from 'aws-cdk-lib';
import { grantReachDatabase, grantSeeClusterBackups, grantUseCatalog } from './access.ts';
import { grantAppendAudit } from './access-audit.ts';
import {
  grantApprovePolicies,
  grantCancelDestructions,
  grantCarryOut,
  grantFreeTenant,
  grantHoldTenant,
  grantKeepRequests,
  grantPlaceHolds,
  grantReleaseHolds,
} from './access-governance.ts';
import {
  grantDestroyKeys,
  grantOpenTenantKeys,
  grantSealForTenant,
  grantSeeTenantKeys,
  grantSign,
} from './access-keys.ts';
import {
  grantAnnounceRemovals,
  grantClearTenant,
  grantKeepDestructions,
  grantReadLog,
  grantReadTenant,
  grantSeeEveryCopy,
  grantWriteTenant,
} from './access-vault.ts';
import type { FunctionSet } from './function-set.ts';

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);

const destroying = [grantKeepDestructions, grantSeeEveryCopy, grantDestroyKeys];

export function governanceFunctions(functions: FunctionSet) {
  const own = [grantUseCatalog, grantAppendAudit, grantKeepRequests];
  return {
    requestAction: functions.make('request-action', {
      description: 'Keeps requests for holds, releases, destruction, shorter retention and exports',
      grants: [
        ...[...own, grantCarryOut, grantSeeEveryCopy, grantSeeClusterBackups, grantCancelDestructions],
        // An export is planned as a restore is.
        grantReadLog,
      ],
      forTenant: [grantReadTenant, grantOpenTenantKeys, grantSeeTenantKeys],
      timeout: Duration.minutes(5),
    }),
    placeHold: functions.make('place-hold', {
      description: 'Places an approved legal hold, and removes none',
      grants: [...own, grantReadLog, grantPlaceHolds],
      forTenant: [grantWriteTenant, grantSealForTenant, grantHoldTenant, grantSeeTenantKeys],
      timeout: LONGEST,
    }),
    releaseHold: functions.make('release-hold', {
      description: 'Releases a legal hold that two people approved',
      grants: [...own, grantReadLog, grantReleaseHolds],
      forTenant: [grantWriteTenant, grantSealForTenant, grantHoldTenant, grantFreeTenant],
      timeout: LONGEST,
    }),
    changePolicy: functions.make('change-policy', {
      description: 'Stores the approval of a shorter retention',
      grants: [...own, grantApprovePolicies],
      forTenant: [grantReadTenant, grantOpenTenantKeys],
      timeout: Duration.minutes(5),
    }),
    destroyTenant: functions.make('destroy-tenant', {
      description: 'Begins the approved destruction of a tenant',
      grants: [...own, ...destroying],
      forTenant: [grantReadTenant, grantOpenTenantKeys],
      timeout: LONGEST,
    }),
    exportTenant: functions.make('export-tenant', {
      description: 'Writes the rows of an approved export into the vault, sealed',
      grants: [grantReachDatabase, ...own, grantReadLog],
      forTenant: [grantWriteTenant, grantSealForTenant],
      timeout: LONGEST,
    }),
  };
}

/** What looks after destructions: one destroys keys and deletes nothing, the other deletes and has no right over a key. */
export function destructionFunctions(functions: FunctionSet) {
  return {
    finishDestructions: functions.make('finish-destructions', {
      description: 'Ends, proves and certifies destructions, or brings keys back',
      grants: [grantUseCatalog, grantAppendAudit, ...destroying],
      forTenant: [grantReadTenant, grantOpenTenantKeys],
      timeout: LONGEST,
    }),
    clearDestroyed: functions.make('clear-destroyed', {
      description: 'Removes what is left of destroyed tenants',
      grants: [grantUseCatalog, grantSign, grantKeepDestructions, grantSeeEveryCopy, grantAnnounceRemovals],
      forTenant: [grantClearTenant, grantSeeTenantKeys],
      timeout: LONGEST,
    }),
  };
}
