/**
 * The state machine of drills and its functions. What restores a tenant has a session for that tenant; in the drill of a lost
 * region it is another function, which has the rights of the other region and none of the first.
 */
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { drillsRegion } from '../drill-settings.ts';
import { runDrillDefinition } from '../workflows/run-drill.ts';
import { grantNotify, grantReadCatalog, grantUseCatalog } from './access.ts';
import { grantAppendAudit } from './access-audit.ts';
import { grantKeepDrills, grantReachScratch, grantReadDrills } from './access-drills.ts';
import { grantOpenTenantKeys, grantSign } from './access-keys.ts';
import { grantReadLog, grantReadTenant } from './access-vault.ts';
import { FunctionSet, type FunctionSetProps } from './function-set.ts';
import { HoldfastWorkflow } from './workflow.ts';

interface DrillWorkflowProps {
  readonly deployment: Deployment;
  readonly functions: FunctionSet;
  /** For the functions of the other region: they run here. */
  readonly set: FunctionSetProps;
  readonly recordFailure: lambda.IFunction;
}

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);
/** Scratch databases of drills that began a day ago are removed. */
const DRILL_TIMEOUT = Duration.hours(20);

export function drillWorkflow(
  scope: Construct,
  { deployment, functions, set, recordFailure }: DrillWorkflowProps,
): void {
  const region = drillsRegion(deployment) ? regionFunction(scope, functions, set) : undefined;
  new HoldfastWorkflow(scope, 'RunDrill', {
    ...{ deployment, workflow: 'run-drill', timeout: DRILL_TIMEOUT },
    definition: place =>
      runDrillDefinition(place, { ...drillFunctions(functions), regionDrillTenant: region, recordFailure }),
  });
}

function drillFunctions(functions: FunctionSet) {
  return {
    planDrill: functions.make('plan-drill', {
      description: 'Decides which drill is due, and reports what is late',
      grants: [grantReachScratch, grantReadDrills, grantReadCatalog],
      timeout: Duration.minutes(5),
    }),
    beginRound: functions.make('begin-round', {
      description: 'Makes the scratch database of a drill, and chooses its tenants',
      grants: [grantReachScratch, grantReadDrills, grantReadCatalog],
      timeout: LONGEST,
    }),
    drillTenant: functions.make('drill-tenant', {
      description: 'Restores a tenant into the scratch database, and proves it',
      grants: [grantReachScratch, grantReadLog, grantUseCatalog, grantNotify],
      forTenant: [grantReadTenant, grantOpenTenantKeys],
      timeout: LONGEST,
    }),
    endDrill: functions.make('end-drill', {
      description: 'Removes the scratch database of a drill, and signs its record',
      grants: [grantReachScratch, grantKeepDrills, grantSign, grantAppendAudit, grantUseCatalog, grantNotify],
      timeout: LONGEST,
    }),
  };
}

/** In the network of the source, with the stores of the secondary region and no right to anything of the primary. */
function regionFunction(scope: Construct, functions: FunctionSet, set: FunctionSetProps): lambda.Function {
  const there = new FunctionSet(scope, 'RegionFunctions', {
    ...{ ...set, region: 'secondary', otherVaults: [], network: () => functions.databaseNetwork() },
  });
  return there.make('region-drill-tenant', {
    handlerFile: 'drill-tenant',
    description: 'Restores a tenant from the other region alone, and proves it',
    grants: [grantReachScratch, grantReadLog, grantReadCatalog],
    forTenant: [grantReadTenant, grantOpenTenantKeys],
    timeout: LONGEST,
  });
}
