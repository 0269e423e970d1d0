/**
 * A restore by the state machine: the preview is the kept plan (counts and conflicts, no rows); a person reads it, and
 * exactly this plan is approved and applied.
 */
import * as z from 'zod';
import { destinationKind } from '../../lib/domain/destination.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { restorePlanKey } from '../../lib/domain/object-key.ts';
import type { PlanDocument } from '../../lib/domain/plan-file.ts';
import { RestoreItem, RestoreRecord } from '../../lib/domain/restore-record.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { restores } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import type { RestoreResult } from '../../lib/operations/restore/apply/apply-restore.ts';
import { findApproval, waitingApprovals } from '../../lib/operations/restore/apply/kept-approvals.ts';
import { undoRecorded } from '../../lib/operations/restore/apply/undo-restore.ts';
import { readKeptPlan } from '../../lib/operations/restore/compare/kept-plan.ts';
import { readPlanFile } from '../../lib/operations/restore/compare/restore-plan-file.ts';
import { findRestore } from '../../lib/operations/restore/target/find-restore.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import type { Deps } from '../../lib/ports.ts';
import type { RestoreRunner, ShownRestore } from '../commands/restore-runner.ts';
import { momentAgo, plural } from '../terminal/format.ts';
import type { Session } from '../terminal/session.ts';
import type { Remote } from './remote.ts';
import { refuseOptions } from './remote-fleet.ts';

/** Output of restore-tenant for a preview. */
const KeptPreview = z.object({
  tenant: TenantRef,
  id: z.string(),
  planKey: z.string(),
  hash: z.string(),
  requestedBy: z.string(),
});

type Kept = z.infer<typeof KeptPreview>;

export function remoteRunner(session: Session, remote: Remote): RestoreRunner {
  return {
    async prepare(_request, { into, approvedBy, createMissing }) {
      refuseOptions({ '--into': into, '--approved-by': approvedBy, '--create-missing': createMissing });
    },
    async preview(request) {
      const { id, planKey, tenant } = await keep(remote, request);
      const { text, document } = await openKept(await session.deps(), { tenant, planKey });
      return { preview: document.preview, file: text, id };
    },
    // Side by side there is nothing to compare; a new tenant and batches are reviewed by their approvers.
    showsFirst: async (request, yes) =>
      !yes && destinationKind(request) === 'in-place' && request.batches === undefined,
    async show(request) {
      const kept = await keep(remote, request);
      const command = remote.command(`restore ${shellWord(request.tenant)} --preview ${kept.id}`);
      return { ...(await shownOf(session, remote, kept)), later: { id: kept.id, command } };
    },
    async restore(request) {
      const ref = refOf(await session.deps(), tenantId(request.tenant));
      const { output } = await remote.run('restore-tenant', request, waiting(session, remote, ref));
      return recordOf(session, output);
    },
    async resume(kept) {
      if ('file' in kept) return shownOf(session, remote, await findKept(await session.deps(), kept.file));
      const tenant = refOf(await session.deps(), tenantId(kept.tenant));
      return shownOf(session, remote, { tenant, id: kept.id, planKey: restorePlanKey(tenant, kept.id) });
    },
    async undoing(restore, exact) {
      const deps = await session.deps();
      const { tenant } = await findRestore(deps, restore);
      return undoRecorded(deps, tenantId(tenant), restore, { requestedBy: await session.user(), exact });
    },
    command: words => remote.command(words),
  };
}

/** Plans, stages and compares on AWS; the staging schema stays until the plan is applied or expires. */
async function keep(remote: Remote, request: RestoreRequest): Promise<Kept> {
  const { output } = await remote.run('restore-tenant', { ...request, previewOnly: true });
  return KeptPreview.parse(output);
}

/** InputError `bad-plan`, `bad-plan-key`; IntegrityError. */
export async function openKept(
  deps: Deps,
  { tenant, planKey }: { readonly tenant: TenantRef; readonly planKey: string },
): Promise<{ text: string; document: PlanDocument }> {
  const text = await readKeptPlan(deps, { tenant, planKey });
  return { text, document: await readPlanFile(deps, text) };
}

async function shownOf(
  session: Session,
  remote: Remote,
  { tenant, planKey, id }: Pick<Kept, 'tenant' | 'planKey' | 'id'>,
): Promise<ShownRestore> {
  const { document } = await openKept(await session.deps(), { tenant, planKey });
  const apply = async () => {
    const input = { tenant, plan: planKey, requestedBy: await session.user() };
    const { output } = await remote.run('restore-tenant', input, waiting(session, remote, tenant, id));
    return recordOf(session, output);
  };
  return { preview: document.preview, apply, drop: async () => {} };
}

/** A plan that `diff --out` saved: found in the vault by its content. InputError `no-plan`. */
async function findKept(deps: Deps, text: string): Promise<Pick<Kept, 'tenant' | 'planKey' | 'id'>> {
  const { staging, preview } = await readPlanFile(deps, text);
  const tenant = staging.tenantRef;
  const prefix = restorePlanKey(tenant, '');
  for await (const { key: planKey } of deps.vault.list(prefix)) {
    const { document } = await openKept(deps, { tenant, planKey });
    if (document.preview.hash === preview.hash && document.staging.schema === staging.schema)
      return { tenant, planKey, id: planKey.slice(prefix.length) };
  }
  throw new InputError('no-plan', 'The installation does not hold this plan.', {
    hint: 'Make it on the installation: `holdfast --profile PROFILE diff … --out FILE`.',
  });
}

/** Shows who has to approve, and the command for it. */
function waiting(session: Session, remote: Remote, tenant: TenantRef, id?: string) {
  return {
    async onApproval() {
      const deps = await session.deps();
      const approval =
        id === undefined ? (await waitingApprovals(deps, tenant)).at(-1) : await findApproval(deps, tenant, id);
      if (approval === undefined) return false;
      const { style } = session;
      session.remark(
        `${style.warn('!')} Waiting for ${plural(approval.needed, 'approval')} by people other than ${approval.requestedBy}, until ${momentAgo(approval.until, session.zone(), session.now())}. To approve:\n    ${style.bold(remote.command(`approve ${tenant} ${approval.id}`))}`,
        true,
      );
      return true;
    },
  };
}

const Applied = z.looseObject({ tenant: TenantRef, restore: z.string() });

/** The signed record of the execution's restore. InputError `no-record`. */
async function recordOf(session: Session, output: unknown): Promise<RestoreResult> {
  const { tenant, restore } = Applied.parse(output);
  const deps = await session.deps();
  const item = RestoreItem.parse(await restores.get(deps.catalog, tenant, restore));
  if (item.key === undefined) {
    throw new InputError('no-record', `The restore ${restore} has no record yet.`, {
      hint: '`holdfast timeline TENANT` shows the restore; the next restore of the tenant completes its record.',
    });
  }
  const expect = {
    ...{ tenant, kind: 'restore-record' as const },
    ...(item.sha256 && { sha256: item.sha256 }),
  };
  const { body } = await readManifest(deps, item.key, RestoreRecord, expect);
  return { record: body, preview: null };
}
