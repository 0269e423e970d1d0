/**
 * What an installation on AWS knows of people and their approvals: a file beside the functions' code, since none of it fits
 * into an environment variable. It is deployed with the code, so that whoever can write to the vault or the catalog changes
 * nobody's roles and nobody's rules.
 */
import * as z from 'zod';
import { ApprovalLink } from './approval-notice.ts';
import { ApprovalRule } from './approval-rule.ts';
import { GovernedAction } from './governed-action.ts';
import { Role } from './principal.ts';

/** Name of the file beside the functions' code. */
export const GOVERNANCE_FILE = 'governance.json';

const RulesByAction = z.partialRecord(GovernedAction, ApprovalRule);

export const GovernanceSettings = z.strictObject({
  /**
   * Roles by the name of an IAM role, of a permission set of IAM Identity Center, or `user/NAME` for an IAM user. Absent:
   * whom IAM admits to a URL has the role that the URL is for.
   */
  roles: z.record(z.string(), z.array(Role)).exactOptional(),
  /** How many people must approve an action. */
  actions: RulesByAction,
  /** The same by tenant reference. */
  tenants: z.record(z.string(), RulesByAction),
  /** The installation's own Cedar policies: name and text of each file. */
  policies: z.array(z.strictObject({ name: z.string(), text: z.string() })),
  approvalLink: ApprovalLink.exactOptional(),
});
export type GovernanceSettings = z.infer<typeof GovernanceSettings>;

export const NO_GOVERNANCE: GovernanceSettings = { actions: {}, tenants: {}, policies: [] };
