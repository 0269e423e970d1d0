/**
 * A restore of many tenants by the state machines: one execution previews them, another applies what was shown. The
 * installation keeps the group under its name: the same command goes on with it, from any machine.
 */
import { HoldfastError, InputError } from '../../lib/domain/errors.ts';
import { shownGroup } from '../../lib/domain/group-run.ts';
import { newId } from '../../lib/domain/new-id.ts';
import { type RestoreGroup, remainingTenants } from '../../lib/domain/restore-group.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { groupMembers, keptGroup } from '../../lib/operations/restore/apply/kept-group.ts';
import type { Deps } from '../../lib/ports.ts';
import { type ManyOptions, readTenants, reportGroup, requestForMany } from '../commands/restore-many.ts';
import { PARTIAL_EXIT_CODE } from '../terminal/error-text.ts';
import { plural } from '../terminal/format.ts';
import { renderGroup } from '../terminal/group-text.ts';
import type { Session } from '../terminal/session.ts';
import type { Remote } from './remote.ts';

interface KeptThere {
  readonly shown: RestoreGroup;
  /** The run under way, if there is one. */
  readonly running?: { readonly execution: string; readonly previewOnly: boolean };
  /** How many people each of those that are previewed waits for. */
  readonly approvals: number;
}

const HOOKS = { unit: 'tenants' };

export async function restoreManyThere(session: Session, remote: Remote, options: ManyOptions): Promise<void> {
  if (options.state !== undefined)
    throw new InputError('usage', '--state is for one machine: on AWS the installation keeps the group.', {
      hint: 'Name it with --group NAME; the same name continues.',
    });
  await session.ready();
  const deps = await session.deps();
  const id = options.group ?? newId(deps);
  const before = await lookUp(remote, deps, id);
  if (before === undefined && options.tenants === undefined && options.where === undefined)
    throw new InputError('bad-group', 'The installation keeps no group with this name.', {
      hint: 'Begin one with --tenants FILE or --where, and --to.',
    });
  session.remark(`Group ${id}. To look again, or to continue:  ${remote.command(`restore --group ${shellWord(id)}`)}`);
  const applying = before?.running?.previewOnly === false ? before.running.execution : undefined;
  if (applying !== undefined) {
    await toEnd(session, remote.follow(applying, HOOKS));
    return reportGroup(session, (await lookUp(remote, deps, id))!.shown);
  }
  if (before?.running) await toEnd(session, remote.follow(before.running.execution, HOOKS));
  else await toEnd(session, remote.run('restore-tenants', await previewing(session, id, before, options), HOOKS));
  const { shown, approvals } = (await lookUp(remote, deps, id))!;
  if (options.dryRun) return reportGroup(session, shown);
  const wanted = Object.values(shown.outcomes).filter(({ state }) => state === 'previewed').length;
  if (wanted === 0) return reportGroup(session, shown);
  session.remark(renderGroup(shown, session));
  await session.confirm(`Restore ${plural(wanted, 'tenant')}, each in a transaction of its own?`, options.yes ?? false);
  if (approvals > 0)
    session.remark(
      `${session.style.warn('!')} Each of them waits for ${plural(approvals, 'approval')} by other people. To list what waits:  ${remote.command('approve')}`,
      true,
    );
  await toEnd(session, remote.run('restore-tenants', { group: id }, HOOKS));
  reportGroup(session, (await lookUp(remote, deps, id))!.shown);
}

async function previewing(
  session: Session,
  group: string,
  before: KeptThere | undefined,
  options: ManyOptions,
): Promise<object> {
  if (before !== undefined) return { group, previewOnly: true };
  const { tenants: file, where, atOnce } = options;
  const { requestedBy: _, ...request } = await requestForMany(session, options);
  return {
    ...{ group, previewOnly: true, request },
    ...(file !== undefined && { tenants: await readTenants(file) }),
    ...(where !== undefined && { where }),
    ...(atOnce !== undefined && { atOnce }),
  };
}

/** That some failed is shown tenant by tenant; and by the exit code, also where the outcome of one could not be noted. */
async function toEnd(session: Session, run: Promise<unknown>): Promise<void> {
  await run.catch((error: unknown) => {
    if (!(error instanceof HoldfastError && error.code === 'group-failed')) throw error;
    session.exitWith(PARTIAL_EXIT_CODE);
  });
}

async function lookUp(remote: Remote, deps: Deps, id: string): Promise<KeptThere | undefined> {
  const kept = await keptGroup(deps, id);
  if (kept === undefined) return undefined;
  const { run } = kept.group;
  const members = await groupMembers(deps, id);
  const memberOf = (tenant: string) => members.get(refOf(deps, tenantId(tenant)));
  const shown = shownGroup(kept.group, tenant => memberOf(tenant)?.outcome);
  const waiting = remainingTenants(shown).map(tenant => memberOf(tenant)?.preview?.approvals ?? 0);
  const { executionRuns } = await import('../../lib/runtime/executions.ts');
  const { workflows } = await remote.installation();
  const running = (await executionRuns(workflows, run.execution)) ? run : undefined;
  return { shown, ...(running && { running }), approvals: Math.max(0, ...waiting) };
}
