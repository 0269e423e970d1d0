/**
 * The functions of the request path beside restores: the entry, and one for each kind of action, which has the rights of
 * its kind and no other.
 */
import { Duration } from 'aws-cdk-lib';
import { grantUseCatalog } from './access.ts';
import { grantAppendAudit } from './access-audit.ts';
import {
  grantApprovePolicies,
  grantCarryOut,
  grantFreeTenant,
  grantHoldTenant,
  grantKeepRequests,
  grantPlaceHolds,
  grantReleaseHolds,
} from './access-governance.ts';
import { grantOpenTenantKeys, grantSealForTenant } from './access-keys.ts';
import { grantReadLog, grantReadTenant, grantWriteTenant } from './access-vault.ts';
import type { FunctionSet } from './function-set.ts';

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);

export function governanceFunctions(functions: FunctionSet) {
  const own = [grantUseCatalog, grantAppendAudit, grantKeepRequests];
  return {
    requestAction: functions.make('request-action', {
      description: 'Keeps requests for holds, releases and shorter retention',
      grants: [...own, grantCarryOut],
      forTenant: [grantReadTenant, grantOpenTenantKeys],
      timeout: Duration.minutes(5),
    }),
    placeHold: functions.make('place-hold', {
      description: 'Places an approved legal hold, and removes none',
      grants: [...own, grantReadLog, grantPlaceHolds],
      forTenant: [grantWriteTenant, grantSealForTenant, grantHoldTenant],
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
  };
}
