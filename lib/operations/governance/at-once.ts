/**
 * Work that needs no approval: authorized and recorded like a request, without a document of its own. Invariant: nothing is
 * done before the event that says so is in the audit trail.
 */
import type { AuditDraft } from '../../domain/audit-event.ts';
import { HoldfastError } from '../../domain/errors.ts';
import { type Attempt, draftOf, type RecordDeps, recordingDenials, requirePermitted } from './audit.ts';

/** Facts about what was done, for the event. */
type Facts = Pick<AuditDraft, 'records' | 'details'>;

/** InputError `not-permitted`; StorageError `audit-unwritable`; and what the work throws. */
export async function doAtOnce<T>(
  deps: RecordDeps,
  attempt: Attempt,
  work: () => Promise<T>,
  factsOf: (done: T) => Promise<Facts>,
): Promise<T> {
  const policies = await recordingDenials(deps, attempt, () => requirePermitted(deps, attempt));
  await deps.record(attempt.tenant, draftOf(attempt, 'started', { policies }));
  const done = await work().catch(async error => {
    const code = error instanceof HoldfastError ? error.code : 'internal';
    // It failed in any case; whoever could not write the event was alarmed.
    await deps.record(attempt.tenant, draftOf(attempt, 'failed', { code })).catch(() => {});
    throw error;
  });
  await deps.record(attempt.tenant, draftOf(attempt, 'done', await factsOf(done)));
  return done;
}
