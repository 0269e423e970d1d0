/**
 * Stored approvals, from the request (request-approval.ts) to the decision (approve.ts) and the check before rows are
 * written. In the catalog, under a revision condition, so that two approvers at the same moment both count and no
 * person counts twice. Rules: domain/approval.ts.
 */
import { Approval, requireApproved } from '../../../domain/approval.ts';
import { ConflictError } from '../../../domain/errors.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';

export type ApprovalDeps = Pick<Deps, 'catalog' | 'clock'>;

const partitionOf = (tenant: TenantRef) => `tenant#${tenant}#approvals`;

/** A plan that was refused stays refused. ConflictError `approval-refused`. */
export async function requireNotRefused(deps: ApprovalDeps, tenant: TenantRef, id: string): Promise<void> {
  if ((await keptApproval(deps, tenant, id))?.value.state !== 'refused') return;
  throw new ConflictError('approval-refused', 'This plan was refused.', {
    hint: 'Nothing was written. Ask who refused it, then make a new preview.',
  });
}

/** Who approved exactly this plan. ConflictError `not-approved` unless enough did. */
export async function approversOf(
  deps: ApprovalDeps,
  plan: { tenant: TenantRef; id: string; planKey: string },
  needed: number,
): Promise<string[]> {
  const approval = needed === 0 ? undefined : await keptApproval(deps, plan.tenant, plan.id);
  return requireApproved(approval?.value, plan.planKey, needed);
}

/** Pending approvals for this tenant, oldest first. */
export async function waitingApprovals(deps: ApprovalDeps, tenant: TenantRef): Promise<Approval[]> {
  const found: Approval[] = [];
  for await (const { value } of deps.catalog.query(partitionOf(tenant))) found.push(Approval.parse(value));
  const now = deps.clock.now();
  return found.filter(each => each.state === 'waiting' && new Date(each.until) > now);
}

/** Undefined where no approval was requested. */
export async function findApproval(deps: ApprovalDeps, tenant: TenantRef, id: string): Promise<Approval | undefined> {
  return (await keptApproval(deps, tenant, id))?.value;
}

/** With the revision that a write must name. */
export async function keptApproval(deps: ApprovalDeps, tenant: TenantRef, id: string) {
  const item = await deps.catalog.get(partitionOf(tenant), id);
  return item && { value: Approval.parse(item.value), revision: item.revision };
}

/** StorageError `lost-race` where it was written since. */
export function keepApproval(
  { catalog }: ApprovalDeps,
  approval: Approval,
  revision: number | undefined,
): Promise<void> {
  const put = { partition: partitionOf(approval.tenant), sort: approval.id, value: approval };
  return catalog.write([{ put, onlyIf: revision === undefined ? 'absent' : { revision } }]);
}
