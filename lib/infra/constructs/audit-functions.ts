/** The functions that keep the audit trail provable: the daily anchor, and the weekly verification. */
import { Duration } from 'aws-cdk-lib';
import { grantAnchorAudit, grantAppendAudit, grantReadAudit } from './access-audit.ts';
import type { FunctionSet } from './function-set.ts';
import type { Schedules } from './schedules.ts';

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);

export function auditFunctions(functions: FunctionSet, schedules: Schedules): void {
  const anchoring = 'Signs where every chain of the audit trail ends';
  const anchor = functions.make('anchor-audit', {
    ...{ description: anchoring, timeout: LONGEST },
    grants: [grantAnchorAudit],
  });
  schedules.callFunction('anchorAudit', anchor, anchoring);
  const verifying = 'Verifies every event and every anchor of the audit trail';
  const verify = functions.make('verify-audit', {
    ...{ description: verifying, timeout: LONGEST },
    grants: [grantReadAudit, grantAppendAudit],
  });
  schedules.callFunction('verifyAudit', verify, verifying);
}
