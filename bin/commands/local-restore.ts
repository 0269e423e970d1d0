/** Restores on this machine: for the local installation, or (`--direct`) for one on AWS, whose approval policy applies. */
import { approvalsNeeded } from '../../lib/domain/approval.ts';
import { destinationKind } from '../../lib/domain/destination.ts';
import { InputError } from '../../lib/domain/errors.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import type { Context } from '../../lib/operations/context.ts';
import { shippedUndo } from '../../lib/operations/fleet/shipped-request.ts';
import { applyPlan, type RestoreResult } from '../../lib/operations/restore/apply/apply-restore.ts';
import { type ApprovedRestoreOptions, applyWhenApproved } from '../../lib/operations/restore/apply/approved-restore.ts';
import { holdRestore, preparePlan, previewTenant, runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { openPlanFile } from '../../lib/operations/restore/compare/restore-plan-file.ts';
import { scopeOf } from '../../lib/operations/restore/plan/restore-scope.ts';
import { createMissingTables } from '../../lib/operations/restore/stage/create-missing.ts';
import { findRestore } from '../../lib/operations/restore/target/find-restore.ts';
import { whenBack } from '../../lib/operations/when-back.ts';
import { momentAgo, plural, printable } from '../terminal/format.ts';
import type { Session } from '../terminal/session.ts';
import { requestRestore, restoreRecorded, ruleForRestore } from './recorded-restore.ts';
import type { KeptRestore, PrepareOptions, RestoreRunner, ShownRestore } from './restore-runner.ts';

export async function localRunner(session: Session): Promise<RestoreRunner> {
  const ctx = await session.context();
  return {
    prepare: (request, options) => createMissing(session, ctx, request, options),
    preview: (request, keep) =>
      keep
        ? preparePlan(ctx, request)
        : whenBack(async () => ({ preview: await previewTenant(ctx, request) }), ctx.progress),
    showsFirst: (request, yes) => showsFirst(session, request, yes),
    show: request => show(session, ctx, request),
    restore: request => restoreRecorded(session, ctx, request, () => runRestore(ctx, request)),
    resume: kept => resume(session, ctx, kept),
    undoing: async (restore, exact) => {
      const { tenant } = await findRestore(ctx, restore);
      return shippedUndo(ctx, tenantId(tenant), restore, { requestedBy: await session.user(), exact });
    },
    command: words => `holdfast ${words}`,
  };
}

async function createMissing(
  session: Session,
  ctx: Context,
  request: RestoreRequest,
  { createMissing: asked, owner, yes = false }: PrepareOptions,
): Promise<void> {
  if (!asked) return;
  await session.confirm('Create missing tables of the tenant in the live database?', yes);
  const { created, unknown } = await createMissingTables(ctx, scopeOf(request), owner);
  if (created.length > 0) session.remark(`Created ${created.map(table => printable(table)).join(', ')}.`);
  for (const text of unknown) session.remark(`  ${printable(text, 400)}`);
}

/** With --yes nothing is shown first, and rows that the application changes at the same time are compared again. */
async function showsFirst(session: Session, request: RestoreRequest, yes: boolean): Promise<boolean> {
  const place = destinationKind(request);
  if (place === 'side-by-side' || place === 'database') return false;
  if (!(await needsApproval(session, request))) return place === 'in-place' && !yes;
  if (place === 'tenant')
    throw new InputError('usage', 'A restore as a new tenant requires approval, which this machine cannot wait for.', {
      hint: 'On AWS, leave --direct out: the state machine previews the restore, waits for approval and applies it. On one machine, restore side by side.',
    });
  if (request.batches !== undefined)
    throw new InputError('usage', 'An approval covers one difference, applied in one transaction.', {
      hint: 'Leave --batches out.',
    });
  return true;
}

async function needsApproval(session: Session, request: RestoreRequest): Promise<boolean> {
  if (session.deployed) return (await requiredApprovals(session, request)) !== undefined;
  return (await ruleForRestore(session, await session.context(), request)) !== undefined;
}

async function show(session: Session, ctx: Context, request: RestoreRequest): Promise<ShownRestore> {
  const approvals = await requiredApprovals(session, request);
  if (approvals) return showForApproval(ctx, request, file => applyWhenApproved(ctx, file, approvals));
  if (await needsApproval(session, request))
    return showForApproval(ctx, request, file => requestRestore(session, ctx, request, file));
  const recorded = (work: () => Promise<RestoreResult>) => restoreRecorded(session, ctx, request, work);
  if (request.batches === undefined) {
    const held = await holdRestore(ctx, request);
    return { ...held, apply: () => recorded(held.apply) };
  }
  // In batches, rows that have changed since are compared again.
  const preview = await previewTenant(ctx, request);
  return { preview, apply: () => recorded(() => runRestore(ctx, request)), drop: async () => {} };
}

/** The plan stays in the vault, its staged state in the database, until it has enough approvals. */
async function showForApproval(
  ctx: Context,
  request: RestoreRequest,
  approve: (file: string) => Promise<RestoreResult | undefined>,
): Promise<ShownRestore> {
  const { preview, file } = await preparePlan(ctx, request);
  const drop = async () => (await openPlanFile(ctx, file).catch(() => undefined))?.drop();
  const apply = () =>
    approve(file).catch(async error => {
      await drop();
      throw error;
    });
  return { preview, apply, drop };
}

/** A plan file does not change until it is applied. */
async function resume(session: Session, ctx: Context, kept: KeptRestore): Promise<ShownRestore> {
  if ('id' in kept)
    throw new InputError('usage', 'Previews are kept by installations on AWS; this machine uses plan files.', {
      hint: 'Name a file with --plan, or the installation with --profile.',
    });
  const { file, approvedBy } = kept;
  const { request, preview } = (await openPlanFile(ctx, file)).document;
  const apply = async () => {
    const approvals = await requiredApprovals(session, request);
    if (approvals) return applyWhenApproved(ctx, file, approvals);
    if (await needsApproval(session, request)) return requestRestore(session, ctx, request, file);
    return restoreRecorded(session, ctx, request, () => applyPlan(ctx, file, approvedBy));
  };
  return { preview, apply, drop: async () => {} };
}

/** For an installation on AWS; undefined where no approval is required, and for this machine's (recorded-restore.ts). */
async function requiredApprovals(
  session: Session,
  request: RestoreRequest,
): Promise<ApprovedRestoreOptions | undefined> {
  if (!session.deployed) return undefined;
  const { approvals: policy, approvalHours } = (await session.deployed()).description.functions;
  const needed = approvalsNeeded(policy, request);
  if (needed === 0) return undefined;
  const stop = new AbortController();
  session.onStop(() =>
    stop.abort(
      new InputError('not-waiting', 'Stopped waiting for the approval; nothing was written.', {
        hint: 'Start the restore again.',
      }),
    ),
  );
  return {
    ...{ needed, approvalHours, signal: stop.signal },
    onAsked: async (id, until) =>
      session.remark(
        `${session.style.warn('!')} Restore ${id} requires ${plural(needed, 'approval')}, until ${momentAgo(until, session.zone(), session.now())}. To approve: \`holdfast --profile PROFILE approve TENANT\`.`,
      ),
  };
}
