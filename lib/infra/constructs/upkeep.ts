/**
 * The work for years: archive-fleet makes copies that need no Holdfast; keep-holds for every legal hold and verify-audit for
 * the audit trail keep what was promised provable. Each is a state machine, because a fleet can take longer than one function.
 */
import { Duration } from 'aws-cdk-lib';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { archiveFleetDefinition } from '../workflows/archive-fleet.ts';
import { keepHoldsDefinition } from '../workflows/keep-holds.ts';
import type { OverFleetProps } from '../workflows/over-fleet.ts';
import { verifyAuditDefinition } from '../workflows/verify-audit.ts';
import { grantNotify, grantReachDatabase, grantUseCatalog } from './access.ts';
import { grantKeepHolds } from './access-governance.ts';
import { grantSealForTenant, grantSign } from './access-keys.ts';
import { grantReadProcessor } from './access-load.ts';
import { grantReadHolds, grantReadLog, grantWriteTenant } from './access-vault.ts';
import { auditFunctions } from './audit-functions.ts';
import type { FunctionSet } from './function-set.ts';
import type { Schedules } from './schedules.ts';
import { HoldfastWorkflow } from './workflow.ts';

interface UpkeepProps {
  readonly deployment: Deployment;
  readonly functions: FunctionSet;
  readonly schedules: Schedules;
  readonly fleet: Omit<OverFleetProps, 'workflow' | 'perTenant'>;
}

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);

export function upkeepWorkflows(
  scope: Construct,
  { deployment, functions, schedules, fleet }: UpkeepProps,
): Record<'archive' | 'keepHolds' | 'verifyAudit', IStateMachine> {
  const timeout = Duration.hours(48);
  const holds = new HoldfastWorkflow(scope, 'KeepHolds', {
    ...{ deployment, workflow: 'keep-holds', timeout },
    definition: place => keepHoldsDefinition(place, { ...fleet, ...holdFunctions(functions) }),
  });
  const archive = new HoldfastWorkflow(scope, 'ArchiveFleet', {
    ...{ deployment, workflow: 'archive-fleet', timeout },
    definition: place => archiveFleetDefinition(place, { ...fleet, archiveTenant: archiveFunction(functions) }),
  });
  const { recordFailure, finishFleet } = fleet;
  const verifyAudit = auditFunctions(functions, schedules);
  const audit = new HoldfastWorkflow(scope, 'VerifyAudit', {
    ...{ deployment, workflow: 'verify-audit', timeout },
    definition: place => verifyAuditDefinition(place, { verifyAudit, finishFleet, recordFailure }),
  });
  return { archive: archive.stateMachine, keepHolds: holds.stateMachine, verifyAudit: audit.stateMachine };
}

/** It reads back what it stores before it signs. */
function archiveFunction(functions: FunctionSet) {
  return functions.make('archive-tenant', {
    description: 'Archives one tenant: rows as files, sealed, read back, signed',
    grants: [grantReachDatabase, grantReadProcessor, grantReadLog, grantSign, grantUseCatalog, grantNotify],
    forTenant: [grantWriteTenant, grantSealForTenant],
    timeout: LONGEST,
  });
}

function holdFunctions(functions: FunctionSet) {
  return {
    planFleet: functions.make('plan-holds', {
      description: 'Lists the tenants on which a legal hold stands',
      grants: [grantReadHolds, grantUseCatalog],
      timeout: Duration.minutes(5),
    }),
    keepHolds: functions.make('keep-holds', {
      description: "Proves one tenant's legal holds, and holds what is not held",
      grants: [grantKeepHolds, grantReadLog, grantUseCatalog, grantSign, grantNotify],
      forTenant: [grantWriteTenant, grantSealForTenant],
      timeout: LONGEST,
    }),
  };
}
