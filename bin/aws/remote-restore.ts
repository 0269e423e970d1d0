/**
 * A restore that the state machine does: the preview comes back as the kept plan (counts and conflicts, no rows), a
 * person reads it, and exactly it is approved and applied.
 */
import { z } from 'zod';
import { InputError } from '../../lib/domain/errors.ts';
import { restorePlanKey } from '../../lib/domain/object-key.ts';
import type { PlanDocument } from '../../lib/domain/plan-file.ts';
import { blockingConflicts } from '../../lib/domain/preview.ts';
import { RestoreItem, RestoreRecord } from '../../lib/domain/restore-record.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { restores } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import { findApproval, waitingApprovals } from '../../lib/operations/restore/apply/restore-approval.ts';
import { undoRecorded } from '../../lib/operations/restore/apply/undo-restore.ts';
import { readKeptPlan } from '../../lib/operations/restore/compare/kept-plan.ts';
import { readPlanFile } from '../../lib/operations/restore/compare/restore-plan-file.ts';
import { findRestore } from '../../lib/operations/restore/target/find-restore.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import type { Deps } from '../../lib/ports.ts';
import { momentAgo, plural, printable } from '../terminal/format.ts';
import { renderPreview } from '../terminal/preview-text.ts';
import { reportRestore } from '../terminal/restore-text.ts';
import type { Session } from '../terminal/session.ts';
import { shellWord } from '../terminal/shell-word.ts';
import type { Remote } from './remote.ts';

/** What restore-tenant ends with where it was only to compare. */
const KeptPreview = z.object({
  tenant: TenantRef,
  id: z.string(),
  planKey: z.string(),
  hash: z.string(),
  requestedBy: z.string(),
});

export interface RemotePreview extends z.infer<typeof KeptPreview> {
  /** The signed plan as text: what `diff --out` keeps. */
  readonly text: string;
  readonly document: PlanDocument;
}

/** Plans, stages and compares on AWS; the staging schema stays until the plan is applied or its time is over. */
export async function remotePreview(session: Session, remote: Remote, request: RestoreRequest): Promise<RemotePreview> {
  const { output } = await remote.run('restore-tenant', { ...request, previewOnly: true });
  const kept = KeptPreview.parse(output);
  return { ...kept, ...(await openKept(await session.deps(), kept)) };
}

/** InputError `bad-plan`, `bad-plan-key`; IntegrityError. */
export async function openKept(
  deps: Deps,
  { tenant, planKey }: { readonly tenant: TenantRef; readonly planKey: string },
): Promise<{ text: string; document: PlanDocument }> {
  const text = await readKeptPlan(deps, { tenant, planKey });
  return { text, document: await readPlanFile(deps, text) };
}

/** Shows what it would change, asks, has it approved where that is wanted, applies exactly it. */
export async function remoteRestore(
  session: Session,
  remote: Remote,
  request: RestoreRequest,
  yes: boolean,
): Promise<void> {
  const ref = refOf(await session.deps(), tenantId(request.tenant));
  if (yes || request.sideBySide || request.asTenant !== undefined || request.batches !== undefined) {
    if (!request.sideBySide) await session.confirm(`Restore tenant ${printable(request.tenant)}?`, yes);
    const { output } = await remote.run('restore-tenant', request, waiting(session, remote, ref));
    return report(session, remote, output);
  }
  if (!session.interactive) await session.confirm('', false);
  const preview = await remotePreview(session, remote, request);
  showPreview(session, preview.document);
  if (blockingConflicts(preview.document.preview).length === 0) {
    const later = remote.command(`restore ${shellWord(request.tenant)} --preview ${preview.id}`);
    session.remark(session.style.dim(`Kept as ${preview.id}: to apply exactly this later  ${later}`));
    await session.confirm(question(preview.document), false);
  }
  await applyKept(session, remote, preview);
}

/** Applies a preview that was kept, by the id that `diff` told. */
export async function remoteRestoreKept(
  session: Session,
  remote: Remote,
  kept: { readonly tenant: TenantRef; readonly id: string; readonly planKey: string },
  yes: boolean,
): Promise<void> {
  const { document } = await openKept(await session.deps(), kept);
  if (!yes) {
    showPreview(session, document);
    await session.confirm(question(document), false);
  }
  await applyKept(session, remote, kept);
}

/** A restore to just before that one. */
export async function remoteUndo(
  session: Session,
  remote: Remote,
  id: string,
  { yes = false, exact = false }: { readonly yes?: boolean; readonly exact?: boolean },
): Promise<void> {
  const deps = await session.deps();
  const { tenant } = await findRestore(deps, id);
  const request = await undoRecorded(deps, tenantId(tenant), id, { requestedBy: await session.user(), exact });
  await remoteRestore(session, remote, request, yes);
}

/** A plan that `diff --out` kept: found again in the vault by what it says. InputError `no-plan`. */
export async function restoreKeptFile(session: Session, remote: Remote, text: string, yes: boolean): Promise<void> {
  const deps = await session.deps();
  const { staging, preview } = await readPlanFile(deps, text);
  const tenant = staging.tenantRef;
  const prefix = restorePlanKey(tenant, '');
  for await (const { key: planKey } of deps.vault.list(prefix)) {
    const { document } = await openKept(deps, { tenant, planKey });
    if (document.preview.hash !== preview.hash || document.staging.schema !== staging.schema) continue;
    return remoteRestoreKept(session, remote, { tenant, planKey, id: planKey.slice(prefix.length) }, yes);
  }
  throw new InputError('no-plan', 'The installation has not kept this plan.', {
    hint: 'Make it there: holdfast --profile PROFILE diff … --out FILE.',
  });
}

async function applyKept(
  session: Session,
  remote: Remote,
  { tenant, planKey, id }: { readonly tenant: TenantRef; readonly planKey: string; readonly id: string },
): Promise<void> {
  const input = { tenant, plan: planKey, requestedBy: await session.user() };
  const { output } = await remote.run('restore-tenant', input, waiting(session, remote, tenant, id));
  await report(session, remote, output);
}

function question({ request, preview }: PlanDocument): string {
  return `Change ${preview.totals.rows.toLocaleString('en-US')} rows of tenant ${printable(request.tenant)}?`;
}

export function showPreview(session: Session, { preview }: PlanDocument): void {
  session.remark(renderPreview(preview, { style: session.style, now: session.now(), zone: session.zone() }));
}

/** Says who is waited for, and what they type. */
function waiting(session: Session, remote: Remote, tenant: TenantRef, id?: string) {
  return {
    async onApproval() {
      const deps = await session.deps();
      const approval =
        id === undefined ? (await waitingApprovals(deps, tenant)).at(-1) : await findApproval(deps, tenant, id);
      if (approval === undefined) return false;
      const { style } = session;
      session.remark(
        `${style.warn('!')} Waits for ${plural(approval.needed, 'approval')} by others than ${approval.requestedBy}, until ${momentAgo(approval.until, session.zone(), session.now())}. An approver types\n    ${style.bold(remote.command(`approve ${tenant} ${approval.id}`))}`,
      );
      return true;
    },
  };
}

const Applied = z.looseObject({ tenant: TenantRef, restore: z.string() });

/** Shows the signed record of what the execution did. */
async function report(session: Session, remote: Remote, output: unknown): Promise<void> {
  const { tenant, restore } = Applied.parse(output);
  const deps = await session.deps();
  const item = RestoreItem.parse(await restores.get(deps.catalog, tenant, restore));
  if (item.key === undefined) {
    throw new InputError('no-record', `The restore ${restore} has no record yet.`, {
      hint: '`holdfast timeline TENANT` shows it; the next restore of the tenant completes the record.',
    });
  }
  const expect = {
    ...{ tenant, kind: 'restore-record' as const },
    ...(item.sha256 && { sha256: item.sha256 }),
  };
  const { body } = await readManifest(deps, item.key, RestoreRecord, expect);
  reportRestore(session, { record: body, preview: null }, remote.command);
}
