/**
 * Tier and retention of tenants for the functions: of the deployment and, where a query is configured, of what it last
 * said. Without a query the catalog is not read.
 */
import type { FunctionConfig, TenantSettings } from '../domain/function-config.ts';
import type { Tier } from '../domain/objectives.ts';
import { decidePolicy, type StatedPolicies } from '../domain/tenant-policy.ts';
import { listPolicies, policyOf } from '../operations/catalog/tenant-policies.ts';
import type { Catalog } from '../ports.ts';
import type { AwsPorts } from './aws.ts';

export function openPolicies(
  catalog: Catalog,
  { tier, retention }: Pick<FunctionConfig, 'tier' | 'retention'>,
  tenants: TenantSettings,
): Pick<AwsPorts, 'policyOf' | 'allPolicies' | 'tierOf'> {
  const queried = tenants.query !== undefined;
  const stated: StatedPolicies = { tier, retention, tenants, queried };
  const last = new Map<string, Tier>();
  return {
    policyOf: async tenant => {
      const decided = decidePolicy(stated, tenant, queried ? await policyOf(catalog, tenant) : undefined);
      last.set(tenant, decided.tier);
      return decided;
    },
    allPolicies: async () => {
      const answered = queried ? await listPolicies(catalog) : undefined;
      return tenant => decidePolicy(stated, tenant, answered?.get(tenant));
    },
    tierOf: tenant => last.get(tenant) ?? decidePolicy(stated, tenant, undefined).tier,
  };
}
