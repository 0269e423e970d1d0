/** The functions that keep the audit trail provable: the daily anchor, and the weekly verification. */
import { Duration } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { grantAnchorAudit, grantAppendAudit, grantReadAudit } from './access-audit.ts';
import type { FunctionSet } from './function-set.ts';
import type { Schedules } from './schedules.ts';

/** Lambda's maximum. */
const LONGEST = Duration.minutes(15);

/** Returns the function that verifies, which a state machine calls until it is done. */
export function auditFunctions(functions: FunctionSet, schedules: Schedules): lambda.Function {
  const anchoring = 'Signs where every chain of the audit trail ends';
  const anchor = functions.make('anchor-audit', {
    ...{ description: anchoring, timeout: LONGEST },
    grants: [grantAnchorAudit],
  });
  schedules.callFunction('anchorAudit', anchor, anchoring);
  return functions.make('verify-audit', {
    description: 'Verifies every event and every anchor of the audit trail',
    timeout: LONGEST,
    grants: [grantReadAudit, grantAppendAudit],
  });
}
