/** What of the configuration matters to audits: for evidence bundles and reports. */

import type { EvidenceConfiguration } from '../../lib/domain/evidence/bundle.ts';
import { GOVERNED_ACTIONS } from '../../lib/domain/governed-action.ts';
import { periodsOf } from '../../lib/domain/policy-change.ts';
import { SYSTEM } from '../../lib/domain/tenant.ts';
import { deployedEvidence } from '../../lib/runtime/deployed-evidence.ts';
import type { Session } from './session.ts';

/** `recordDays`: how long signed documents about the installation are locked. */
export async function evidenceConfiguration(
  session: Session,
): Promise<{ configuration: EvidenceConfiguration; recordDays: number }> {
  if (session.deployed) {
    const { functions } = (await session.deployed()).description;
    return { configuration: deployedEvidence(functions), recordDays: functions.retention.recordDays };
  }
  const config = await session.config();
  const { policyOfConfig } = await import('../../lib/runtime/governance.ts');
  const ruleOf = policyOfConfig(config);
  const approvals = Object.fromEntries(GOVERNED_ACTIONS.map(action => [action, ruleOf(action, SYSTEM).approvals]));
  const roles: Record<string, number> = {};
  for (const role of (config.people ?? []).flatMap(person => person.roles)) roles[role] = (roles[role] ?? 0) + 1;
  return {
    configuration: {
      ...{
        place: 'one-machine',
        regions: [],
        keys: 'local',
        retention: periodsOf(config.settings.keep),
        approvals,
        roles,
      },
    },
    recordDays: config.settings.retentionDays.record,
  };
}
