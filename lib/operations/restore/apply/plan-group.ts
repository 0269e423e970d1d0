/**
 * First step of a restore of many tenants: makes the group, or goes on with the one that there is, and says which of its
 * tenants are to be previewed or restored. Invariant: one run of a group at a time.
 */
import { InputError } from '../../../domain/errors.ts';
import {
  type GroupInput,
  type GroupMember,
  type KeptGroup,
  newGroup,
  parseGroupInput,
} from '../../../domain/group-run.ts';
import { SYSTEM, type TenantRef, tenantId } from '../../../domain/tenant.ts';
import { type Context, refOf } from '../../context.ts';
import { inParallel } from '../../in-parallel.ts';
import { spellTenant } from '../../model/spell-tenant.ts';
import { tenantsWhere } from '../../model/tenants-where.ts';
import { goesOn, groupMembers, keepGroup, keptGroup } from './kept-group.ts';
import { stampedRequester } from './request-restore.ts';

export interface StartedGroup {
  readonly input: unknown;
  /** ARN. */
  readonly execution: string;
  readonly startedAt: Date;
}

export interface PlannedGroup {
  readonly group: string;
  /** ARN of this execution. */
  readonly run: string;
  readonly previewOnly: boolean;
  readonly members: readonly TenantRef[];
  readonly atOnce: number;
}

/** A preview that is kept for less is made again. */
const LEFT_MS = 3600 * 1000;

/** InputError `bad-group`, `bad-request`, `bad-predicate`; ConflictError `group-running`. */
export async function planGroup(
  ctx: Context,
  { input: asked, execution, startedAt }: StartedGroup,
  isRunning: (execution: string) => Promise<boolean>,
): Promise<PlannedGroup> {
  const input = parseGroupInput(asked);
  const name = execution.slice(execution.lastIndexOf(':') + 1);
  const requestedBy = await stampedRequester(ctx, SYSTEM, { name, startedAt }, asked as { requestedBy?: unknown });
  const { previewOnly } = input;
  const run = { execution, requestedBy, previewOnly };
  const kept = await keptGroup(ctx, input.group);
  if (kept !== undefined && kept.group.run.execution !== execution && (await isRunning(kept.group.run.execution)))
    throw goesOn(kept.group.run.execution);
  const group = kept ? { ...kept.group, run } : await begun(ctx, input, run);
  await keepGroup(ctx, group, kept?.revision);
  const known = await groupMembers(ctx, group.id);
  const all = [...new Set(group.tenants.map(tenant => refOf(ctx, tenantId(tenant))))];
  const later = new Date(ctx.clock.now().getTime() + LEFT_MS);
  const members = all.filter(ref => isWanted(known.get(ref), previewOnly, later));
  // Waiting for people needs no session of the database, and must not keep others from being asked.
  const waits = !previewOnly && members.some(ref => (known.get(ref)?.preview?.approvals ?? 0) > 0);
  const atOnce = Math.max(1, waits ? members.length : group.atOnce);
  return { group: group.id, run: execution, previewOnly, members, atOnce };
}

function isWanted(member: GroupMember | undefined, previewOnly: boolean, later: Date): boolean {
  const state = member?.outcome?.state;
  if (state === 'restored' || state === 'unchanged') return false;
  const isPreviewed = state === 'previewed' && member?.preview !== undefined;
  if (!previewOnly) return isPreviewed;
  return !(isPreviewed && new Date(member!.preview!.keptUntil) > later);
}

async function begun(ctx: Context, input: GroupInput, run: KeptGroup['run']): Promise<KeptGroup> {
  if (!run.previewOnly)
    throw new InputError(
      'bad-group',
      'There is no group with this name, and a group is previewed before it is restored.',
      {
        hint: 'Start with "previewOnly": true, then start again with the same group and without it.',
      },
    );
  const { installation } = ctx;
  const createdAt = ctx.clock.now().toISOString();
  return newGroup(input, { createdAt, installation, run, tenants: await tenantsOf(ctx, input) });
}

/** Those that are listed and match, where both is asked. InputError `bad-group`, `bad-predicate`. */
async function tenantsOf(ctx: Context, { tenants, where }: GroupInput): Promise<string[]> {
  if (tenants === undefined && where === undefined)
    throw new InputError('bad-group', 'A new group needs its tenants.', { hint: 'Give "tenants", "where", or both.' });
  const listed = tenants && new Set<string>(await inParallel(8, tenants, tenant => spellTenant(ctx, tenant)));
  if (where === undefined) return [...listed!];
  const matching: string[] = await tenantsWhere(ctx, where);
  return listed === undefined ? matching : matching.filter(tenant => listed.has(tenant));
}
