/** `restore` and `undo`: show the difference, ask, apply exactly it, prove it. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { approvalsNeeded } from '../../lib/domain/approval.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { restorePlanKey } from '../../lib/domain/object-key.ts';
import { blockingConflicts, type Preview } from '../../lib/domain/preview.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import { applyPlan, applyRestore } from '../../lib/operations/restore/apply/apply-restore.ts';
import { type ApprovedRestoreOptions, applyWhenApproved } from '../../lib/operations/restore/apply/approved-restore.ts';
import type { RestoreResult } from '../../lib/operations/restore/apply/compare-and-apply.ts';
import { undoRequest } from '../../lib/operations/restore/apply/undo-restore.ts';
import { preparePlan, previewRestore } from '../../lib/operations/restore/compare/preview-restore.ts';
import { openPlanFile } from '../../lib/operations/restore/compare/restore-plan-file.ts';
import { createMissingTables } from '../../lib/operations/restore/stage/create-missing.ts';
import { findRestore } from '../../lib/operations/restore/target/find-restore.ts';
import { refuseOptions } from '../aws/remote-fleet.ts';
import { remoteRestore, remoteRestoreKept, remoteUndo, restoreKeptFile } from '../aws/remote-restore.ts';
import { momentAgo, plural, printable } from '../terminal/format.ts';
import { renderPreview } from '../terminal/preview-text.ts';
import { reportRestore as report } from '../terminal/restore-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import {
  addSelection,
  append,
  mapping,
  type PlaceOptions,
  requestOf,
  type SelectionOptions,
  TARGET_HELP,
  whole,
} from './restore-options.ts';

import { remoteOf } from './start.ts';

interface RestoreOptions extends SelectionOptions, PlaceOptions {
  readonly plan?: string;
  readonly preview?: string;
  readonly createMissing?: boolean;
  readonly owner?: string;
  readonly yes?: boolean;
  readonly approvedBy?: string[];
}

export function registerRestore(program: Command): void {
  addSelection(
    program
      .command('restore')
      .description('bring a tenant, or some of its rows, back to a moment')
      .argument('[tenant]', 'tenant id'),
  )
    .option('--plan <file>', 'apply exactly the difference that `diff --out` kept; refused if its rows changed since')
    .option('--preview <id>', 'on AWS: apply exactly the difference that `diff` kept there')
    .option('--side-by-side', 'hand over the state as a schema beside the live tables')
    .option('--into <url>', 'restore into another database (its password: HOLDFAST_INTO_PASSWORD, or …_FILE)')
    .option('--as <tenant>', 'restore as a new tenant, with new keys')
    .option(
      '--map <rule>',
      'with --as: TABLE.COLUMN={}-{tenant}, other values for a unique column (may be repeated)',
      mapping,
    )
    .option(
      '--create-missing',
      'first make tables again that no longer exist, from the schema that the backup recorded',
    )
    .option('--owner <role>', 'with --create-missing: who is to own them')
    .option('--batches <rows>', 'commit every so many rows instead of once (can be seen half done)', whole)
    .option('--approved-by <name>', 'kept in the record (may be repeated)', append)
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `\nExamples:\n  $ holdfast restore 17 --to '10 minutes ago'\n  $ holdfast restore 17 --to 2026-03-01T10:04:59Z --table public.invoices --keys 4711,4712\n  $ holdfast restore 17 --to before-import --table public.users --rows "role = 'admin'" --mode missing-only\n  $ holdfast restore 17 --to latest --into postgres://scratch/db\n  $ holdfast restore --plan plan.json\n${TARGET_HELP}`,
    )
    .action(inSession(restore));
  program
    .command('undo')
    .description('take a restore in place back')
    .argument('<restore>', 'id of the restore')
    .option('--exact', 'the tables as they were just before it: what was written since goes too')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast undo 0mb2c4f1a-3f8a2c1d\n\nIt takes back what that restore wrote and keeps what came later: rows that were changed since stay as they are, and are counted. With --exact the same tables become what they were just before that restore.',
    )
    .action(inSession(undo));
}

async function restore(session: Session, tenant: string | undefined, options: RestoreOptions): Promise<void> {
  if ((options.plan === undefined) === (tenant === undefined)) {
    throw new InputError('usage', 'Name a tenant with --to, or a plan with --plan.', {
      hint: 'See `holdfast restore --help`.',
    });
  }
  if (options.plan !== undefined) return restorePlan(session, options.plan, options);
  if (options.preview !== undefined) return restorePreview(session, tenant!, options.preview, options.yes ?? false);
  const request = await requestOf(session, tenant!, options);
  if (session.remote) {
    refuseOptions({
      ...{ '--into': options.into, '--approved-by': options.approvedBy },
      '--create-missing': options.createMissing,
    });
    return remoteRestore(session, session.remote, request, options.yes ?? false);
  }
  const ctx = await session.context();
  if (options.createMissing) await createMissing(session, ctx, request, options);
  report(session, await applyAsked(session, ctx, request, options.yes ?? false));
}

async function createMissing(session: Session, ctx: Context, request: RestoreRequest, options: RestoreOptions) {
  await session.confirm('Create missing tables of the tenant in the live database?', options.yes ?? false);
  const { created, unknown } = await createMissingTables(ctx, request, options.owner);
  if (created.length > 0) session.remark(`Created ${created.map(table => printable(table)).join(', ')}.`);
  for (const text of unknown) session.remark(`  ${printable(text, 400)}`);
}

async function undo(session: Session, id: string, options: { yes?: boolean; exact?: boolean }): Promise<void> {
  if (session.remote) return remoteUndo(session, session.remote, id, options);
  const ctx = await session.context();
  const { tenant } = await findRestore(ctx, id);
  // The log says where the restore committed: it must have been shipped past it.
  await shipAndCloseGaps(ctx);
  const request = await undoRequest(ctx, tenantId(tenant), id, {
    requestedBy: await session.user(),
    exact: options.exact ?? false,
  });
  report(session, await applyAsked(session, ctx, request, options.yes ?? false));
}

async function restorePlan(session: Session, path: string, options: RestoreOptions): Promise<void> {
  const text = await readFile(path, 'utf8').catch(cause => {
    throw new InputError('no-plan', `The plan ${path} cannot be read (${cause.code}).`, {
      hint: 'Make one with `holdfast diff … --out FILE`.',
      cause,
    });
  });
  if (session.remote) return restoreKeptFile(session, session.remote, text, options.yes ?? false);
  const ctx = await session.context();
  if (!options.yes) {
    const { document } = await openPlanFile(ctx, text);
    show(session, document.preview);
    await session.confirm(question(document.preview), false);
  }
  const { request, preview } = (await openPlanFile(ctx, text)).document;
  const approvals = await approvalsWanted(session, request);
  if (approvals === undefined) return report(session, await applyPlan(ctx, text, options.approvedBy ?? []));
  report(session, await applyWhenApproved(ctx, request, text, preview.hash, approvals));
}

/** InputError `usage` where there is no installation on AWS that could have kept it. */
async function restorePreview(session: Session, tenant: string, id: string, yes: boolean): Promise<void> {
  const remote = remoteOf(session);
  const ref = refOf(await session.deps(), tenantId(tenant));
  await remoteRestoreKept(session, remote, { tenant: ref, id, planKey: restorePlanKey(ref, id) }, yes);
}

/** Undefined where nobody need agree: on this machine who runs the command decides. */
async function approvalsWanted(session: Session, request: RestoreRequest): Promise<ApprovedRestoreOptions | undefined> {
  if (!session.deployed) return undefined;
  const { approvals: policy, approvalHours: hours } = (await session.deployed()).description.functions;
  const needed = approvalsNeeded(policy, request);
  if (needed === 0) return undefined;
  const stop = new AbortController();
  session.onStop(() =>
    stop.abort(
      new InputError('not-waiting', 'Nobody waits for the approval any more; nothing was written.', {
        hint: 'Start the restore again.',
      }),
    ),
  );
  return {
    ...{ needed, hours, signal: stop.signal },
    onAsked: async (id, until) =>
      session.remark(
        `${session.style.warn('!')} Restore ${id} waits for ${plural(needed, 'approval')}, until ${momentAgo(until, session.zone(), session.now())}: \`holdfast approve\` there.`,
      ),
  };
}

/**
 * In place: what is applied is what was shown. Asked for with --yes there is nobody to show it to first, and what the
 * application changes meanwhile is compared anew.
 */
async function applyAsked(
  session: Session,
  ctx: Context,
  request: RestoreRequest,
  yes: boolean,
): Promise<RestoreResult> {
  const elsewhere = request.sideBySide || request.into !== undefined || request.asTenant !== undefined;
  if (elsewhere) {
    if (request.asTenant !== undefined && (await approvalsWanted(session, request))) {
      throw new InputError('usage', 'A restore as a new tenant has to be approved, and is not done here.', {
        hint: 'Leave --here out: the state machine previews it, waits for the approval and applies it.',
      });
    }
    if (!request.sideBySide)
      await session.confirm(
        `Restore tenant ${printable(request.tenant)} ${request.into === undefined ? `as tenant ${printable(request.asTenant!)}` : 'into the other database'}?`,
        yes,
      );
    return applyRestore(ctx, request);
  }
  const approvals = await approvalsWanted(session, request);
  if (approvals) return applyApproved(session, ctx, request, yes, approvals);
  if (yes) return applyRestore(ctx, request);
  if (!session.interactive) await session.confirm('', false);
  if (request.batches !== undefined) {
    const preview = await previewRestore(ctx, request);
    show(session, preview);
    await session.confirm(question(preview), false);
    return applyRestore(ctx, request);
  }
  const { preview, file } = await preparePlan(ctx, request);
  try {
    show(session, preview);
    if (blockingConflicts(preview).length === 0) await session.confirm(question(preview), false);
  } catch (error) {
    await (await openPlanFile(ctx, file)).drop();
    throw error;
  }
  return applyPlan(ctx, file);
}

/** On this machine for an installation on AWS: the rules of approval are the installation's. */
async function applyApproved(
  session: Session,
  ctx: Context,
  request: RestoreRequest,
  yes: boolean,
  approvals: ApprovedRestoreOptions,
): Promise<RestoreResult> {
  if (request.batches !== undefined) {
    throw new InputError('usage', 'What is approved is one difference, applied in one transaction.', {
      hint: 'Leave --batches out.',
    });
  }
  if (!yes && !session.interactive) await session.confirm('', false);
  const { preview, file } = await preparePlan(ctx, request);
  try {
    show(session, preview);
    if (blockingConflicts(preview).length === 0) await session.confirm(question(preview), yes);
    return await applyWhenApproved(ctx, request, file, preview.hash, approvals);
  } catch (error) {
    await (await openPlanFile(ctx, file).catch(() => undefined))?.drop();
    throw error;
  }
}

function question({ totals, request }: Preview): string {
  return `Change ${totals.rows.toLocaleString('en-US')} rows of tenant ${printable(request.tenant)}?`;
}

function show(session: Session, preview: Preview): void {
  session.remark(renderPreview(preview, { style: session.style, now: session.now(), zone: session.zone() }));
}
