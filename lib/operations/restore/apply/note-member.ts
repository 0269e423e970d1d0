/**
 * What became of a tenant of a group: read from its kept preview or its signed record, or from the error of its execution.
 * Written to the catalog, so that the group is shown and goes on from there.
 */
import * as z from 'zod';
import type { GroupMember } from '../../../domain/group-run.ts';
import type { GroupOutcome } from '../../../domain/restore-group.ts';
import { failureOfExecution } from '../../../domain/workflow-failure.ts';
import type { Context } from '../../context.ts';
import { groupMember, groupOfRun, keepMember, type MemberStep } from './kept-group.ts';
import { outcomeRecorded } from './recorded-outcome.ts';

export interface EndedMember extends MemberStep {
  /** Output of restore-tenant. */
  readonly output?: unknown;
  /** As Step Functions passes it to a Catch. */
  readonly error?: { readonly Error: string; readonly Cause?: string | undefined } | undefined;
}

const Count = z.number().int().nonnegative();
/** The reference to a preview, as restore-tenant returns it. */
const Previewed = z.object({
  planKey: z.string(),
  approvals: Count,
  keptUntil: z.string(),
  counts: z.object({ inserts: Count, updates: Count, deletes: Count, conflicts: Count }),
  conflicts: z.array(z.object({ blocking: z.boolean() })),
  blocked: z.boolean(),
});

export async function noteMember(ctx: Omit<Context, 'source'>, ended: EndedMember): Promise<GroupOutcome> {
  const { tenant, run, previewOnly, output, error } = ended;
  const group = await groupOfRun(ctx, ended);
  const before = await groupMember(ctx, group.id, tenant);
  const known = {
    ...{ format: 'holdfast.group-member/1' as const, tenant, run },
    ...(before?.execution !== undefined && { execution: before.execution }),
  };
  const note = async (outcome: GroupOutcome, preview?: GroupMember['preview']) => {
    await keepMember(ctx, group.id, { ...known, outcome, ...(preview && { preview }) });
    return outcome;
  };
  const done = await outcomeRecorded(ctx, group, tenant);
  if (done !== undefined) return note(done);
  if (error !== undefined) return note(failedBy(error));
  if (!previewOnly) return note(UNRECORDED);
  const { planKey, approvals, keptUntil, counts, conflicts, blocked } = Previewed.parse(output);
  const { conflicts: all, ...totals } = counts;
  if (Object.values(counts).every(count => count === 0)) return note({ state: 'unchanged' });
  // The reference names the first conflicts only, but says whether any blocks.
  const blocking = Math.max(conflicts.filter(each => each.blocking).length, blocked ? 1 : 0);
  return note({ state: 'previewed', totals, conflicts: all, blocking }, { planKey, approvals, keptUntil });
}

const UNRECORDED: GroupOutcome = {
  ...{ state: 'failed', code: 'no-record' },
  message: 'The restore has no record yet; the next run of the group looks again.',
};

function failedBy(error: NonNullable<EndedMember['error']>): GroupOutcome {
  const { code, message } = failureOfExecution(error);
  return { state: 'failed', code, message };
}
