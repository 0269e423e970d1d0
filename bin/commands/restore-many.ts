/** `restore --tenants FILE`: many tenants by one request, previewed, confirmed once, and continued after an interruption. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../../lib/domain/errors.ts';
import { newId } from '../../lib/domain/new-id.ts';
import { formatTarget, parseTarget } from '../../lib/domain/recovery-target.ts';
import {
  type GroupOutcome,
  parseRestoreGroup,
  parseTenantList,
  type RestoreGroup,
  remainingTenants,
  requestOfGroup,
} from '../../lib/domain/restore-group.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { replaceDurably } from '../../lib/local/durable-file.ts';
import type { Context } from '../../lib/operations/context.ts';
import { shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import { inParallel } from '../../lib/operations/in-parallel.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { tenantsWhere } from '../../lib/operations/model/tenants-where.ts';
import type { RestoreResult } from '../../lib/operations/restore/apply/apply-restore.ts';
import { previewGroup, restoreGroup } from '../../lib/operations/restore/apply/restore-group.ts';
import { PARTIAL_EXIT_CODE } from '../terminal/error-text.ts';
import { plural } from '../terminal/format.ts';
import { renderGroup } from '../terminal/group-text.ts';
import type { Session } from '../terminal/session.ts';
import { restoreRecorded, ruleForRestore } from './recorded-restore.ts';
import { contextHere, type SelectionOptions, selectionOf } from './restore-options.ts';

export interface ManyOptions extends SelectionOptions {
  readonly tenants?: string;
  readonly where?: string;
  readonly state?: string;
  readonly group?: string;
  readonly atOnce?: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Tenants at the same time: a restore has about two sessions in the database. */
const AT_ONCE = 2;

export async function restoreMany(session: Session, options: ManyOptions): Promise<void> {
  if (session.remote) {
    const { restoreManyThere } = await import('../aws/remote-group.ts');
    return restoreManyThere(session, session.remote, options);
  }
  if (options.group !== undefined)
    throw new InputError('usage', '--group names what an installation on AWS keeps.', {
      hint: 'On one machine a file does: --state FILE.',
    });
  await session.ready();
  const ctx = await contextHere(session);
  const file = options.state;
  const known = file === undefined ? undefined : await readState(file);
  if (known === undefined && options.tenants === undefined && options.where === undefined)
    throw new InputError('bad-group', `There is no file ${file}.`, {
      hint: 'Begin with --tenants FILE or --where, and --state FILE to be able to continue.',
    });
  const group = known ?? (await newGroup(session, ctx, options));
  if (group.installation !== ctx.installation)
    throw new InputError('bad-group', 'The file is of another installation.', {
      hint: 'Name its configuration with --config.',
    });
  let noted = Promise.resolve();
  const run = {
    atOnce: options.atOnce ?? AT_ONCE,
    note: (tenant: string, outcome: GroupOutcome) => {
      group.outcomes[tenant] = outcome;
      // One after the other: an earlier state must not replace a later one.
      if (file !== undefined) noted = noted.then(() => replaceDurably(file, JSON.stringify(group), 0o600));
      return noted;
    },
  };
  await refuseApprovals(session, ctx, group);
  await shipAndCloseGaps(ctx);
  await previewGroup(ctx, group, run);
  session.remark(renderGroup(group, session));
  if (options.dryRun) return reportGroup(session, group);
  const waiting = remainingTenants(group);
  if (waiting.length > 0)
    await session.confirm(
      `Restore ${plural(waiting.length, 'tenant')}, each in a transaction of its own?`,
      options.yes ?? false,
    );
  let stopped = false;
  session.onStop(() => {
    stopped = true;
    session.remark('Stopping after the restores under way. Continue with the same command and --state.');
  });
  const around = (request: RestoreRequest, restore: () => Promise<RestoreResult>) =>
    restoreRecorded(session, ctx, request, restore);
  await restoreGroup(ctx, group, { ...run, around, stopped: () => stopped });
  reportGroup(session, group);
}

/** On one machine, each tenant's plan is approved by itself. */
async function refuseApprovals(session: Session, ctx: Context, group: RestoreGroup): Promise<void> {
  if (session.deployed) return;
  for (const tenant of remainingTenants(group)) {
    if ((await ruleForRestore(session, ctx, requestOfGroup(group, tenant))) === undefined) continue;
    throw new InputError('usage', 'A restore of these tenants needs approvals, each for its own plan.', {
      hint: 'Restore one tenant at a time: `holdfast restore TENANT …`.',
    });
  }
}

export function reportGroup(session: Session, group: RestoreGroup): void {
  const left = remainingTenants(group);
  const { id, tenants, outcomes } = group;
  session.emit({ id, tenants: tenants.map(tenant => ({ tenant, ...outcomes[tenant] })), remaining: left.length }, () =>
    renderGroup(group, session),
  );
  if (Object.values(outcomes).some(({ state }) => state === 'failed')) session.exitWith(PARTIAL_EXIT_CODE);
}

async function newGroup(session: Session, ctx: Context, options: ManyOptions): Promise<RestoreGroup> {
  const request = await requestForMany(session, options);
  const tenants = await tenantsAsked(ctx, options);
  const group: RestoreGroup = {
    format: 'holdfast.restore-group/1',
    ...{ id: newId(ctx), createdAt: ctx.clock.now().toISOString(), installation: ctx.installation },
    ...{ request, tenants, outcomes: {} },
  };
  // A request that is not valid is refused before anything is staged.
  requestOfGroup(group, tenants[0]!);
  return group;
}

/** What is asked for each tenant. InputError `usage`, `bad-target`. */
export async function requestForMany(session: Session, options: ManyOptions): Promise<Record<string, unknown>> {
  if (options.to === undefined)
    throw new InputError('usage', 'No target is given.', {
      hint: 'Pass it with --to, for example --to "2 hours ago".',
    });
  const target = formatTarget(parseTarget(options.to, { now: session.now(), timeZone: session.zone() }));
  return { ...(await selectionOf(session, options)), target, mode: options.mode ?? 'exact', samples: 0 };
}

/** InputError `bad-group`, `bad-predicate`. */
async function tenantsAsked(ctx: Context, { tenants: file, where }: ManyOptions): Promise<string[]> {
  const typed = file === undefined ? undefined : await readTenants(file);
  const listed = typed && (await inParallel(8, typed, tenant => spellTenant(ctx, tenant)));
  if (where === undefined) return [...new Set(listed)];
  const matching = await tenantsWhere(ctx, where);
  const both = listed ? matching.filter(tenant => listed.includes(tenant)) : matching;
  if (both.length > 0) return both;
  throw new InputError('bad-group', 'No tenant matches.', { hint: 'Change --where, or the list.' });
}

export async function readTenants(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(cause => {
    throw new InputError('bad-group', `The list ${path} cannot be read (${cause.code}).`, {
      hint: 'Name a file with one tenant id a line.',
      cause,
    });
  });
  return parseTenantList(text);
}

async function readState(path: string): Promise<RestoreGroup | undefined> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return undefined;
    throw new InputError('bad-group', `The file ${path} cannot be read (${error.code}).`, {
      hint: 'Check its permissions.',
      cause: error,
    });
  });
  return text === undefined ? undefined : parseRestoreGroup(text);
}
