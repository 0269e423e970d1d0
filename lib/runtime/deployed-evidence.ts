/** What of the configuration of an installation on AWS matters to audits: for evidence bundles and reports. */
import type { EvidenceConfiguration } from '../domain/evidence/bundle.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import { periodsOf } from '../domain/policy-change.ts';

export function deployedEvidence({
  region,
  otherVaults,
  keys,
  retention,
  approvals,
}: Pick<FunctionConfig, 'region' | 'otherVaults' | 'keys' | 'retention' | 'approvals'>): EvidenceConfiguration {
  return {
    ...{ place: 'aws', regions: [region, ...otherVaults.map(other => other.region)], keys: keys.mode },
    ...{ retention: periodsOf(retention), approvals: { restore: approvals.inPlace }, roles: {} },
  };
}
