/**
 * What the audit trail says of a restore that an execution carries out: that it began, and how it ended. Invariants:
 * nothing is written to the database before the trail says that it begins; the requester is named only if IAM or a token vouched
 * for it.
 */
import type { AuditDraft } from '../../domain/audit-event.ts';
import { isUnverified } from '../../domain/caller.ts';
import { principalNamed } from '../../domain/caller-roles.ts';
import { HoldfastError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import { isPartial, RestoreItem, type RestoreRecord } from '../../domain/restore-record.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { restores } from '../catalog/catalog-index.ts';
import type { Aftermath } from '../restore/apply/clean-staging.ts';
import { type AuditDeps, appendEvent } from './audit-trail.ts';
import { noticingRestore } from './restore-notices.ts';

export interface ExecutedRestore {
  readonly tenant: TenantRef;
  /** Absent where only the state of an execution names somebody. */
  readonly requestedBy?: string;
  /** Id of the kept plan, or of the staging schema. */
  readonly request: string;
  /** Absent for a state that is handed over beside the live tables: it has no plan. */
  readonly planHash?: string;
  readonly approvedBy?: readonly string[];
}

/**
 * Does the work, with an event before and after it. Undefined from the work: batches are left to another call, which says
 * again that it begins. Throws what the work throws, after its event; StorageError `audit-unwritable`.
 */
export async function recordingRestore<T extends { readonly record: RestoreRecord } | undefined>(
  deps: AuditDeps,
  restore: ExecutedRestore,
  work: () => Promise<T>,
): Promise<T> {
  const { tenant, approvedBy = [] } = restore;
  const details = { approvedBy: approvedBy.join(', ') };
  await appendEvent(deps, tenant, draftOf(restore, { outcome: 'started', details }));
  // A state that is handed over beside the live tables has no plan, and changes no row that anybody sees.
  const told = () => noticingRestore(deps, { tenant, id: restore.request }, work);
  const result = await (restore.planHash === undefined ? work : told)().catch(async error => {
    await appendEvent(deps, tenant, draftOf(restore, { outcome: 'failed', code: codeOf(error) }));
    throw error;
  });
  if (result !== undefined) await appendEvent(deps, tenant, await doneDraft(deps, restore, result.record));
  return result;
}

/** Does what may refuse the restore before it begins; a refusal is recorded as denied, and thrown. */
export async function recordingRefusal<T>(
  deps: AuditDeps,
  restore: ExecutedRestore,
  work: () => Promise<T>,
): Promise<T> {
  return work().catch(async error => {
    await appendEvent(deps, restore.tenant, draftOf(restore, { outcome: 'denied', code: codeOf(error) }));
    throw error;
  });
}

/** After a failure: whether it was applied after all, as the database says. */
export async function recordAftermath(
  deps: AuditDeps,
  restore: ExecutedRestore,
  { applied, partial }: Aftermath,
): Promise<void> {
  if (!applied && !partial) return;
  const details = { partial, confirmedAfterwards: true };
  await appendEvent(deps, restore.tenant, draftOf(restore, { outcome: 'done', details }));
}

async function doneDraft(deps: AuditDeps, restore: ExecutedRestore, record: RestoreRecord): Promise<AuditDraft> {
  const { key, sha256 } = RestoreItem.parse(await restores.get(deps.catalog, restore.tenant, record.id));
  const { inserted, updated, deleted } = record.totals;
  return draftOf(restore, {
    outcome: 'done',
    ...(key !== undefined && sha256 !== undefined && { records: { [key]: sha256 } }),
    details: { restore: record.id, place: record.place, partial: isPartial(record), inserted, updated, deleted },
  });
}

function draftOf(
  { requestedBy, request, planHash }: ExecutedRestore,
  more: Pick<AuditDraft, 'outcome'> & Partial<AuditDraft>,
): AuditDraft {
  return {
    ...{ who: requesterOf(requestedBy), action: 'restore', request },
    ...(planHash !== undefined && { planHash }),
    ...more,
  };
}

/** A name that an execution only claims is not written down as a person's. */
function requesterOf(name: string | undefined): Principal {
  if (name !== undefined && !isUnverified(name)) return principalNamed(name);
  return { name: 'an execution of restore-tenant', proof: 'schedule', roles: [], tenants: [] };
}

function codeOf(error: unknown): string {
  return error instanceof HoldfastError ? error.code : 'unexpected';
}
