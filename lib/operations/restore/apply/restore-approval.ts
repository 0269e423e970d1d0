/**
 * Approvals as they are kept: asked for, decided, checked before rows are written. In the catalog, under a revision
 * condition, so that two approvers at the same moment both count and nobody counts twice. Rules: domain/approval.ts.
 */
import { Approval, type Asking, askAgain, type Decision, decide, requireApproved } from '../../../domain/approval.ts';
import { askedUntil } from '../../../domain/approval-times.ts';
import { ConflictError, HoldfastError, InputError } from '../../../domain/errors.ts';
import { requirePerson } from '../../../domain/person.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';

type ApprovalDeps = Pick<Deps, 'catalog' | 'clock'>;

/** Two approvers at the same moment: the one who lost the race decides on what the other left. */
const MAX_ATTEMPTS = 5;

const partitionOf = (tenant: TenantRef) => `tenant#${tenant}#approvals`;

export interface ApprovalRequest extends Asking {
  readonly id: string;
  readonly tenant: TenantRef;
  /** How long people may take. */
  readonly approvalHours: number;
}

/** Asking again for the same plan renews the token and the time: see askAgain. InputError `requester-unnamed`, `identity-unclear`, `own-approval`. */
export async function askApproval(deps: ApprovalDeps, request: ApprovalRequest): Promise<Approval> {
  requireRequester(request.requestedBy);
  const { tenant, approvalHours, ...rest } = request;
  if (rest.takenUpBy !== undefined) requireRequester(rest.takenUpBy);
  const now = deps.clock.now();
  const before = await stored(deps, tenant, request.id);
  const approval = Approval.parse({
    format: 'holdfast.approval/1',
    ...{ state: 'waiting', decisions: [], askedAt: now.toISOString() },
    ...(before ? askAgain(before.value, rest, now) : rest),
    tenant,
    until: askedUntil(approvalHours, now).toISOString(),
  });
  await write(deps, approval, before?.revision);
  return approval;
}

/** Who asks must say so: nobody could tell otherwise whether an approver is somebody else. */
export function requireRequester(requestedBy: string): void {
  if (requestedBy.trim() !== '' && requestedBy !== 'unknown') {
    requirePerson(requestedBy);
    return;
  }
  throw new InputError('requester-unnamed', 'The restore needs approval, and nobody is named as asking for it.', {
    hint: 'Put your name or ARN into requestedBy.',
  });
}

/** Records a decision and returns what it came to. InputError `unknown-approval`, `own-request`; ConflictError. */
export async function decideApproval(
  deps: ApprovalDeps,
  tenant: TenantRef,
  id: string,
  decision: Omit<Decision, 'at'>,
): Promise<Approval> {
  for (let attempt = 1; ; attempt++) {
    const before = await stored(deps, tenant, id);
    if (!before) {
      throw new InputError('unknown-approval', 'No restore under this id waits for approval.', {
        hint: 'Take tenant and id from the notification.',
      });
    }
    const after = decide(before.value, { ...decision, at: deps.clock.now() });
    if (after === before.value) return after;
    try {
      await write(deps, after, before.revision);
      return after;
    } catch (error) {
      const raced = error instanceof HoldfastError && error.code === 'lost-race';
      if (!raced || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** A plan that was refused stays refused. ConflictError `approval-refused`. */
export async function requireNotRefused(deps: ApprovalDeps, tenant: TenantRef, id: string): Promise<void> {
  if ((await stored(deps, tenant, id))?.value.state !== 'refused') return;
  throw new ConflictError('approval-refused', 'This plan was refused.', {
    hint: 'Nothing was written. Ask who refused it, then make a new preview.',
  });
}

/** Who agreed to exactly this plan. ConflictError `not-approved` unless enough did. */
export async function approversOf(
  deps: ApprovalDeps,
  plan: { tenant: TenantRef; id: string; planKey: string },
  needed: number,
): Promise<string[]> {
  const approval = needed === 0 ? undefined : await stored(deps, plan.tenant, plan.id);
  return requireApproved(approval?.value, plan.planKey, needed);
}

/** What waits for a decision on this tenant's rows, oldest first. */
export async function waitingApprovals(deps: ApprovalDeps, tenant: TenantRef): Promise<Approval[]> {
  const found: Approval[] = [];
  for await (const { value } of deps.catalog.query(partitionOf(tenant))) found.push(Approval.parse(value));
  const now = deps.clock.now();
  return found.filter(each => each.state === 'waiting' && new Date(each.until) > now);
}

/** Undefined where nobody was asked. */
export async function findApproval(deps: ApprovalDeps, tenant: TenantRef, id: string): Promise<Approval | undefined> {
  return (await stored(deps, tenant, id))?.value;
}

async function stored(deps: ApprovalDeps, tenant: TenantRef, id: string) {
  const item = await deps.catalog.get(partitionOf(tenant), id);
  return item && { value: Approval.parse(item.value), revision: item.revision };
}

function write({ catalog }: ApprovalDeps, approval: Approval, revision: number | undefined): Promise<void> {
  const put = { partition: partitionOf(approval.tenant), sort: approval.id, value: approval };
  return catalog.write([{ put, onlyIf: revision === undefined ? 'absent' : { revision } }]);
}
