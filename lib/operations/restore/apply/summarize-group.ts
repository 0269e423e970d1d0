/** Last step of a restore of many tenants: counts the outcomes, and fails the run if a tenant's is not what it was to be. */
import { HoldfastError } from '../../../domain/errors.ts';
import { tenantId } from '../../../domain/tenant.ts';
import { type Context, refOf } from '../../context.ts';
import { groupMembers, groupOfRun, type MemberStep } from './kept-group.ts';

export interface GroupSummary {
  readonly group: string;
  readonly tenants: number;
  readonly previewed: number;
  readonly restored: number;
  readonly unchanged: number;
  /** Also those of which nothing was noted. */
  readonly failed: number;
}

/** HoldfastError `group-failed` where one failed: the others are as the summary in its details counts them. */
export async function summarizeGroup(
  ctx: Pick<Context, 'catalog' | 'installation'>,
  step: Omit<MemberStep, 'tenant'>,
): Promise<GroupSummary> {
  const group = await groupOfRun(ctx, step);
  const members = await groupMembers(ctx, group.id);
  const states = group.tenants.map(tenant => members.get(refOf(ctx, tenantId(tenant)))?.outcome?.state);
  const count = (state: string) => states.filter(each => each === state).length;
  const [previewed, restored, unchanged] = [count('previewed'), count('restored'), count('unchanged')];
  const tenants = states.length;
  const done = restored + unchanged + (step.previewOnly ? previewed : 0);
  const summary = { group: group.id, tenants, previewed, restored, unchanged, failed: tenants - done };
  if (summary.failed === 0) return summary;
  throw new HoldfastError('group-failed', `${summary.failed} of ${tenants} tenants failed; the others did not.`, {
    hint: 'holdfast restore --group NAME shows each of them, and goes on with those that failed.',
    details: { ...summary },
  });
}
