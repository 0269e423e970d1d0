/** The functions of a restore of many tenants: they see what was restored and write who asked; they write no row. */
import { Duration } from 'aws-cdk-lib';
import {
  grantKeepGroups,
  grantReachDatabase,
  grantReadCatalog,
  grantSeeRestores,
  grantStampRequests,
} from './access.ts';
import { grantOpenTenantKeys } from './access-keys.ts';
import { grantReadTenant } from './access-vault.ts';
import type { FunctionSet } from './function-set.ts';

export function groupFunctions(functions: FunctionSet) {
  const groups = [grantReadCatalog, grantKeepGroups];
  const forTenant = [grantReadTenant, grantOpenTenantKeys];
  return {
    planGroup: functions.make('plan-group', {
      description: 'Plans a restore of many tenants',
      grants: [grantReachDatabase, ...groups, grantSeeRestores],
      timeout: Duration.minutes(15),
    }),
    beginMember: functions.make('begin-member', {
      description: 'Names and stamps the restore of one tenant of a group',
      grants: [...groups, grantStampRequests, grantSeeRestores],
      forTenant,
    }),
    noteMember: functions.make('note-member', {
      description: 'Notes what became of one tenant of a group',
      grants: groups,
      forTenant,
    }),
    summarizeGroup: functions.make('summarize-group', {
      description: 'Counts the outcomes of a restore of many tenants',
      grants: [grantReadCatalog],
    }),
  };
}
