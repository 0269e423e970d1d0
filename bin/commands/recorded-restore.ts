/**
 * A restore on this machine as the request path sees it: permitted for exactly its tenant, recorded, and requested where the
 * configuration wants approvals. Invariant: what is applied after an approval is the plan that was approved.
 */
import type { ApprovalRule } from '../../lib/domain/approval-rule.ts';
import { destinationOf } from '../../lib/domain/destination.ts';
import { newId } from '../../lib/domain/new-id.ts';
import type { Permission } from '../../lib/domain/permission.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { type TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { doAtOnce } from '../../lib/operations/governance/at-once.ts';
import { recordingDenials, requirePermitted } from '../../lib/operations/governance/audit.ts';
import { noticingRestore } from '../../lib/operations/governance/restore-notices.ts';
import type { RestoreResult } from '../../lib/operations/restore/apply/apply-restore.ts';
import { listRestores } from '../../lib/operations/restore/apply/read-record.ts';
import { keepPlan } from '../../lib/operations/restore/compare/kept-plan.ts';
import type { Session } from '../terminal/session.ts';
import { runGoverned } from './governed-command.ts';

/** The rule of the configuration for a restore that changes live rows; undefined where none needs to approve. */
export async function ruleForRestore(
  session: Session,
  ctx: Context,
  request: RestoreRequest,
): Promise<ApprovalRule | undefined> {
  const { kind } = destinationOf(request);
  if (kind === 'side-by-side' || kind === 'database') return undefined;
  const { policyFor } = await session.governance();
  const rule = policyFor('restore', refOf(ctx, tenantId(request.tenant)));
  return rule.approvals > 0 ? rule : undefined;
}

/** Restores what needs no approval. InputError `not-permitted`; and what the work throws. */
export async function restoreRecorded(
  session: Session,
  ctx: Context,
  request: RestoreRequest,
  work: () => Promise<RestoreResult>,
): Promise<RestoreResult> {
  // On AWS, IAM decides.
  if (session.deployed) return work();
  const tenant = refOf(ctx, tenantId(request.tenant));
  const principal = await session.principal();
  const deps = await session.recording();
  for (const other of alsoNeeded(ctx, request, tenant)) {
    const attempt = { principal, ...other };
    await recordingDenials(deps, attempt, () => requirePermitted(deps, attempt));
  }
  const isLive = destinationOf(request).kind === 'in-place';
  const told = () => noticingRestore(ctx, { tenant, id: newId(ctx), tellsFailure: true }, work);
  return doAtOnce(deps, { principal, permission: 'restore', tenant }, isLive ? told : work, async ({ record }) => {
    const item = (await listRestores(ctx, tenant)).find(({ id }) => id === record.id);
    return {
      ...(item?.key !== undefined && item.sha256 !== undefined && { records: { [item.key]: item.sha256 } }),
      details: { restore: record.id, place: record.place, ...record.totals },
    };
  });
}

/** Whoever writes the rows elsewhere needs a permission for that place too. */
function alsoNeeded(
  ctx: Context,
  request: RestoreRequest,
  tenant: TenantRef,
): { permission: Permission; tenant: TenantRef }[] {
  const destination = destinationOf(request);
  if (destination.kind === 'tenant') return [{ permission: 'restore', tenant: refOf(ctx, destination.tenant) }];
  return destination.kind === 'database' ? [{ permission: 'export', tenant }] : [];
}

/** Keeps the plan and asks for its approval. `file`: a signed plan (preparePlan). */
export async function requestRestore(
  session: Session,
  ctx: Context,
  request: RestoreRequest,
  file: string,
): Promise<undefined> {
  const tenant = refOf(ctx, tenantId(request.tenant));
  const planKey = await keepPlan(ctx, tenant, newId(ctx), file);
  const asked = { action: 'restore', tenant, input: { planKey }, reason: request.reason } as const;
  await runGoverned(session, { ...asked, yes: true, breakGlass: false });
  return undefined;
}
