/**
 * Before a tenant of a group is previewed or restored: says which execution of restore-tenant does it, and with which
 * input, stamped in the name of whoever requested the run. Invariant: a tenant that the group has restored is not restored
 * again, also where the answer of that restore was lost.
 */
import { isUnverified } from '../../../domain/caller.ts';
import { type GroupMember, type KeptGroup, memberExecution, memberOf } from '../../../domain/group-run.ts';
import { requestOfGroup } from '../../../domain/restore-group.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Context } from '../../context.ts';
import { goesOn, groupMember, groupOfRun, keepMember, type MemberStep } from './kept-group.ts';
import { outcomeRecorded } from './recorded-outcome.ts';
import { stampRequest } from './request-restore.ts';

export type BegunMember =
  | { readonly start: false }
  | { readonly start: true; readonly name: string; readonly input: Readonly<Record<string, unknown>> };

type MemberContext = Omit<Context, 'source'>;

/**
 * ConflictError `group-running` where another run of the group has begun since, or where what an earlier run started for
 * this tenant still runs. `isRunning`: of an execution of restore-tenant, by its name.
 */
export async function beginMember(
  ctx: MemberContext,
  step: MemberStep,
  isRunning: (name: string) => Promise<boolean>,
): Promise<BegunMember> {
  const { previewOnly, tenant, run } = step;
  const group = await groupOfRun(ctx, step);
  const done = await outcomeRecorded(ctx, group, tenant);
  if (done !== undefined) {
    await keepMember(ctx, group.id, { format: 'holdfast.group-member/1', tenant, run, outcome: done });
    return { start: false };
  }
  const before = await groupMember(ctx, group.id, tenant);
  const name = memberExecution(run, tenant);
  const earlier = before?.execution;
  if (earlier !== undefined && earlier !== name && (await isRunning(earlier))) throw goesOn(earlier);
  const asked = previewOnly ? previewOf(group, tenant) : appliedOf(group, before, tenant);
  if (asked === undefined) return { start: false };
  const { preview, outcome } = before ?? {};
  await keepMember(ctx, group.id, {
    ...{ format: 'holdfast.group-member/1', tenant, run, execution: name },
    ...(!previewOnly && preview && { preview }),
    ...(!previewOnly && outcome && { outcome }),
  });
  const { requestedBy } = group.run;
  // Without a stamp the requester stays unproved: such an execution previews, and applies nothing that needs approval.
  if (isUnverified(requestedBy)) return { start: true, name, input: { ...asked, requestedBy } };
  return { start: true, name, input: await stampRequest(ctx, { tenant, id: name, input: asked, requestedBy }) };
}

function previewOf(group: KeptGroup, tenant: TenantRef): Record<string, unknown> {
  const { requestedBy: _, ...request } = requestOfGroup(group, memberOf(group, tenant));
  return { ...request, previewOnly: true };
}

/** The plan that its preview kept; undefined where there is none. */
function appliedOf(group: KeptGroup, member: GroupMember | undefined, tenant: TenantRef) {
  if (member?.preview === undefined) return undefined;
  const { reason } = requestOfGroup(group, memberOf(group, tenant));
  return { plan: member.preview.planKey, tenant, reason };
}
