/** The part of the deployment's schema about people: who counts as one, with which roles, and what needs whose approval. */
import * as z from 'zod';
import { ApprovalLink } from '../domain/approval-notice.ts';
import { ConfiguredApproval } from '../domain/approval-rule.ts';
import { Role } from '../domain/principal.ts';

export const ApprovalSettings = z.strictObject({
  restoreInPlace: z
    .number()
    .int()
    .min(0)
    .max(2)
    .default(2)
    .describe(
      'People other than the requester who must approve before live rows are overwritten or deleted, or become a new tenant. 0: none.',
    ),
  restoreMissingOnly: z
    .number()
    .int()
    .min(0)
    .max(2)
    .default(1)
    .describe('The same for mode `missing-only`: deleted rows return, existing rows are not touched.'),
  timeoutHours: z
    .number()
    .int()
    .min(1)
    .max(24 * 365)
    .default(24)
    .describe('No answer within this time is a refusal.'),
  link: ApprovalLink.optional(),
  actions: z
    .array(ConfiguredApproval)
    .default([
      { action: 'hold', approvals: 1, from: ['approver'], tenantAdministrator: 'no', expiresHours: 24 },
      { action: 'destroy', approvals: 2, from: ['approver'], tenantAdministrator: 'no', expiresHours: 72 },
      { action: 'change-policy', approvals: 1, from: ['approver'], tenantAdministrator: 'no', expiresHours: 72 },
      { action: 'export', approvals: 1, from: ['approver'], tenantAdministrator: 'no', expiresHours: 72 },
    ])
    .describe(
      'Approvals of holds, releases, destructions, shorter retention and exports, for all tenants or for some. A release always needs two. Restores: the settings above.',
    ),
});

export const PeopleSettings = z.strictObject({
  signInAccounts: z
    .array(z.string().regex(/^\d{12}$/, 'must be the 12-digit id of an AWS account'))
    .default([])
    .describe(
      'Accounts whose IAM users may assume the roles `NAME-operators`, `NAME-approvers`, `NAME-legal-officers` and `NAME-auditors` of the recovery stack, with MFA and under their own name. With neither this nor `signInRoles`: no such roles, as with IAM Identity Center.',
    ),
  signInRoles: z
    .array(z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/\S+$/, 'must be the ARN of a role'))
    .default([])
    .describe(
      'Roles of an identity provider that sets the source identity of each session: such sessions may assume the same roles under that name. Nobody else may set a source identity in them.',
    ),
  pinnedRoles: z
    .array(z.string().regex(/^[\w+=,.@-]{1,64}$/, 'must be the name of a role, without its path'))
    .max(20, 'must be at most 20 names: every function has them in its environment')
    .default([])
    .describe(
      'Names of further roles whose trust policy pins the session name to a person. Only these, the roles above, IAM users and IAM Identity Center request and approve restores.',
    ),
  roles: z
    .record(
      z.string().regex(/^[\w+=,.@/-]{1,80}$/, 'must be the name of a role, a permission set, or user/NAME'),
      z.array(Role),
    )
    .optional()
    .describe(
      'Roles of Holdfast (docs/roles.md) by the name of an IAM role, of a permission set of IAM Identity Center, or `user/NAME`. Default: whom IAM admits to a URL has the role that the URL is for. Once it is set, nobody has a role that it does not give; `NAME-operators`, `NAME-approvers`, `NAME-legal-officers` and `NAME-auditors` keep theirs.',
    ),
});
