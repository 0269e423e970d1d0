/** The plan of a preview, for who asks for exactly what it showed. */
import { ConflictError, InputError } from '../../domain/errors.ts';
import { samePerson } from '../../domain/person.ts';
import type { PlanDocument } from '../../domain/plan-file.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { readPreview } from '../restore/apply/read-preview.ts';
import { refuseConflicts } from '../restore/compare/refuse-conflicts.ts';

export interface SeenPreview {
  readonly principal: Principal;
  readonly tenant: TenantRef;
  /** Id of the preview. */
  readonly preview: string;
  /** Of the preview, as the person saw it. */
  readonly hash: string;
}

/** Exactly what the person saw, if it can be asked for. InputError `unknown-preview`, `preview-of-another`; ConflictError `other-preview`, `conflicts`. */
export async function seenPlan(
  deps: Parameters<typeof readPreview>[0],
  { principal, tenant, preview: id, hash }: SeenPreview,
): Promise<PlanDocument> {
  const plan = await readPreview(deps, tenant, id);
  if (plan.preview.hash !== hash)
    throw new ConflictError('other-preview', 'The preview has another hash than the one that was seen.', {
      hint: 'Open the preview again, and ask for what it shows now.',
    });
  if (!samePerson(plan.request.requestedBy, principal.name))
    throw new InputError(
      'preview-of-another',
      'Another person made this preview, and would be named as the requester.',
      { hint: 'Make a preview of your own, or let that person ask for the restore.' },
    );
  refuseConflicts(plan.preview);
  return plan;
}
