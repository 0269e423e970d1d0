/**
 * Which change of retention a person asks for: the configured periods that wait for an approval, or others to simulate.
 * Invariant: the configuration stays the truth; nothing here changes a period.
 */
import { periodsOf } from '../../domain/policy-change.ts';
import type { RetentionPolicy } from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { DecidedRetention } from '../../domain/tenant-policy.ts';
import { type PolicyDeps, policyInForce } from '../retention/policy-in-force.ts';
import type { ChangedPolicy } from '../retention/simulate-policy.ts';
import type { PolicyChangeInput } from './change-policy.ts';

/** Those of the tenants whose configured periods are shorter than in force. IntegrityError as policyInForce. */
export async function waitingChanges(
  deps: PolicyDeps,
  tenants: readonly TenantRef[],
  retentionOf: (tenant: TenantRef) => DecidedRetention,
): Promise<PolicyChangeInput['changes']> {
  const changes: PolicyChangeInput['changes'] = [];
  for (const tenant of tenants) {
    const { waiting, configured } = await policyInForce(deps, tenant, retentionOf(tenant));
    if (waiting.length > 0) changes.push({ tenant, policy: configured });
  }
  return changes;
}

/** From the periods in force to those configured, with those that were asked for. IntegrityError as policyInForce. */
export async function comparedPolicy(
  deps: PolicyDeps,
  tenant: TenantRef,
  configured: DecidedRetention,
  asked: Partial<RetentionPolicy>,
): Promise<ChangedPolicy> {
  const { last } = await policyInForce(deps, tenant, configured);
  const periods = periodsOf(configured);
  return { tenant, before: last?.policy ?? periods, after: { ...periods, ...asked } };
}
