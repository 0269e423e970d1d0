/**
 * How many people must approve an action, of which roles, and for how long they may take. One rule for each action, and
 * others for single tenants. Configured in holdfast.yaml and in the deployment.
 *
 * Invariant: the rule in force when something is requested is part of the signed request, and holds for it to the end.
 */
import * as z from 'zod';
import { GOVERNED_ACTIONS, type GovernedAction } from './governed-action.ts';
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

const ofEachAction = Object.fromEntries(
  GOVERNED_ACTIONS.map(action => [action, ApprovalRule.optional().describe(`Rule for the action \`${action}\`.`)]),
) as { [A in GovernedAction]: z.ZodOptional<typeof ApprovalRule> };

/** Rules by action. An action that is not named has the default. */
export const ActionRules = z.strictObject(ofEachAction);
export type ActionRules = z.infer<typeof ActionRules>;

export interface ApprovalRules {
  readonly actions: ActionRules;
  /** By tenant reference: they replace the rule of the action. */
  readonly tenants: Readonly<Record<string, ActionRules>>;
}

const NONE = ApprovalRule.parse({ approvals: 0 });
/** A hold is released by two people, neither of whom asked for it, wherever Holdfast runs. */
const DEFAULTS: Readonly<Partial<Record<GovernedAction, ApprovalRule>>> = {
  release: ApprovalRule.parse({ approvals: 2, from: ['approver'], expiresHours: 72 }),
};

/** The rule for an action on a tenant: of the tenant, else of the action, else the default. */
export function approvalRuleFor(rules: ApprovalRules, action: GovernedAction, tenant: TenantRef): ApprovalRule {
  return rules.tenants[tenant]?.[action] ?? rules.actions[action] ?? DEFAULTS[action] ?? NONE;
}
