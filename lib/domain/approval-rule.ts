/**
 * How many people must approve an action, of which roles, and for how long they may take. One rule for each action, and
 * others for single tenants. Configured in holdfast.yaml and in the deployment.
 *
 * Invariant: the rule in force when something is requested is part of the signed request, and holds for it to the end.
 */
import * as z from 'zod';
import { GovernedAction } from './governed-action.ts';
import { Role } from './principal.ts';
import type { TenantRef } from './tenant.ts';

export const TENANT_ADMINISTRATOR_RULES = ['no', 'may', 'must'] as const;

export const MAX_EXPIRY_HOURS = 24 * 90;

export const ApprovalRule = z.strictObject({
  approvals: z
    .number()
    .int()
    .min(0)
    .max(9)
    .describe('How many people other than the requester must approve. 0: whoever is allowed to request it decides.'),
  from: z.array(Role).min(1).default(['approver']).describe('Roles whose approval counts.'),
  tenantAdministrator: z
    .enum(TENANT_ADMINISTRATOR_RULES)
    .default('no')
    .describe('Whether the tenant’s own administrator is one of the approvers: `no`, `may` or `must`.'),
  expiresHours: z
    .number()
    .positive()
    .max(MAX_EXPIRY_HOURS)
    .default(24)
    .describe('Hours after which a request that was not executed expires.'),
});
export type ApprovalRule = z.infer<typeof ApprovalRule>;

/** As holdfast.yaml has them: for an action on all tenants, or on some. */
export const ConfiguredApproval = ApprovalRule.extend({
  action: GovernedAction.describe('The action that the rule is for.'),
  tenants: z
    .array(z.string().min(1))
    .exactOptional()
    .describe('Ids of tenants that the rule is for. Default: all others.'),
});
type ConfiguredApproval = z.infer<typeof ConfiguredApproval>;

export interface ApprovalRules {
  readonly actions: Readonly<Partial<Record<GovernedAction, ApprovalRule>>>;
  /** By tenant reference: they replace the rule of the action. */
  readonly tenants: Readonly<Record<string, ApprovalRules['actions']>>;
}

/** By action and tenant; of two rules for the same, the stricter one. */
export function approvalRulesOf(
  configured: readonly ConfiguredApproval[],
  refOfId: (tenantId: string) => TenantRef,
): ApprovalRules {
  const actions: Partial<Record<GovernedAction, ApprovalRule>> = {};
  const tenants: Record<string, Partial<Record<GovernedAction, ApprovalRule>>> = {};
  for (const { action, tenants: ids, ...rule } of configured) {
    const places = ids === undefined ? [actions] : ids.map(id => (tenants[refOfId(id)] ??= {}));
    for (const place of places) {
      const before = place[action];
      if (before === undefined || before.approvals < rule.approvals) place[action] = rule;
    }
  }
  return { actions, tenants };
}

const NONE = ApprovalRule.parse({ approvals: 0 });
/** A hold is released by two people, neither of whom asked for it, wherever Holdfast runs. */
const DEFAULTS: Readonly<Partial<Record<GovernedAction, ApprovalRule>>> = {
  release: ApprovalRule.parse({ approvals: 2, from: ['approver'], expiresHours: 72 }),
  // Nobody leaves a region alone; without time to ask there is break glass.
  'fail-over': ApprovalRule.parse({ approvals: 1, from: ['approver'] }),
};

/** The rule for an action on a tenant: of the tenant, else of the action, else the default. */
export function approvalRuleFor(rules: ApprovalRules, action: GovernedAction, tenant: TenantRef): ApprovalRule {
  return rules.tenants[tenant]?.[action] ?? rules.actions[action] ?? DEFAULTS[action] ?? NONE;
}
