/**
 * Stored approvals, from the request (request-approval.ts) to the decision (approve.ts) and the check before rows are
 * written. In the catalog, under a revision condition, so that two approvers at the same moment both count and no
 * person counts twice. Rules: domain/approval.ts.
 */
import * as z from 'zod';
import { Approval, requireApproved, WAITING_PARTITION } from '../../../domain/approval.ts';
import { ConflictError } from '../../../domain/errors.ts';
import { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { inParallel } from '../../in-parallel.ts';

export type ApprovalDeps = Pick<Deps, 'catalog' | 'clock'>;

const AT_ONCE = 16;

const partitionOf = (tenant: TenantRef) => `tenant#${tenant}#approvals`;
const placeOf = ({ tenant, id }: Pick<Approval, 'tenant' | 'id'>) => ({
  ...{ partition: WAITING_PARTITION, sort: `${tenant}#${id}` },
});
const Waiting = z.object({ tenant: TenantRef, id: z.string() });

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

/** Every approval that was asked for on this tenant, decided or not, oldest first. */
export async function approvalsOf({ catalog }: Pick<ApprovalDeps, 'catalog'>, tenant: TenantRef): Promise<Approval[]> {
  const found: Approval[] = [];
  for await (const { value } of catalog.query(partitionOf(tenant))) found.push(Approval.parse(value));
  return found;
}

/** Those that wait. */
export async function waitingApprovals(deps: ApprovalDeps, tenant: TenantRef): Promise<Approval[]> {
  return (await approvalsOf(deps, tenant)).filter(each => isWaiting(deps, each));
}

/** Of all tenants, oldest first. Removes from the index what no longer waits. */
export async function waitingEverywhere(deps: ApprovalDeps): Promise<Approval[]> {
  const named: z.infer<typeof Waiting>[] = [];
  for await (const { value } of deps.catalog.query(WAITING_PARTITION)) named.push(Waiting.parse(value));
  const found = await inParallel(AT_ONCE, named, async ({ tenant, id }) => {
    const approval = await findApproval(deps, tenant, id);
    if (approval !== undefined && isWaiting(deps, approval)) return [approval];
    await deps.catalog.write([{ remove: placeOf({ tenant, id }) }]);
    return [];
  });
  return found.flat().sort((a, b) => (a.askedAt < b.askedAt ? -1 : 1));
}

function isWaiting({ clock }: Pick<ApprovalDeps, 'clock'>, { state, until }: Approval): boolean {
  return state === 'waiting' && new Date(until) > clock.now();
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
  const { tenant, id, state } = approval;
  const put = { partition: partitionOf(tenant), sort: id, value: approval };
  const place = placeOf(approval);
  return catalog.write([
    { put, onlyIf: revision === undefined ? 'absent' : { revision } },
    state === 'waiting' ? { put: { ...place, value: { tenant, id } } } : { remove: place },
  ]);
}
