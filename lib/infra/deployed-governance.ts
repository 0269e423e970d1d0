/** What the deployment says of people and approvals, as the functions read it beside their code: by reference, without ids. */
import { approvalRulesOf } from '../domain/approval-rule.ts';
import type { GovernanceSettings } from '../domain/governance-settings.ts';
import { tenantId, tenantRef } from '../domain/tenant.ts';
import type { Deployment } from './deployment.ts';
import { hasPeopleRoles, peopleRoleName, peopleRolesIn } from './names.ts';

export function deployedGovernance(
  deployment: Deployment,
  policies: GovernanceSettings['policies'],
): GovernanceSettings {
  const { installation, approvals, people } = deployment;
  const { link } = approvals;
  const rules = approvalRulesOf(approvals.actions, id => tenantRef(installation, tenantId(id)));
  const roles = people.roles && { ...rolesOfOwn(deployment), ...people.roles };
  return {
    actions: rules.actions,
    tenants: { ...rules.tenants },
    policies,
    ...(roles && { roles }),
    ...(link !== undefined && { approvalLink: link }),
  };
}

/** The roles that the recovery stacks make, in both regions. */
function rolesOfOwn(deployment: Deployment): NonNullable<GovernanceSettings['roles']> {
  if (!hasPeopleRoles(deployment)) return {};
  const roles = {
    ...{ operators: 'operator', approvers: 'approver', auditors: 'auditor' },
    'legal-officers': 'legal-officer',
  } as const;
  const named = (['primary', 'secondary'] as const).flatMap(region =>
    peopleRolesIn(region).map(name => [peopleRoleName(deployment, region, name), [roles[name]]]),
  );
  return Object.fromEntries(named);
}
