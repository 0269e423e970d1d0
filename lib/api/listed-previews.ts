/** A tenant's previews for one reader: one of them, and page by page. */
import { samePerson } from '../domain/person.ts';
import { withoutSamples } from '../domain/preview.ts';
import type { Principal } from '../domain/principal.ts';
import type { RestoreRequest } from '../domain/restore-request.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { ListedPreview, PreviewList } from '../operations/restore/apply/list-previews.ts';
import type { ApiDeps } from './api-deps.ts';
import { cursorOf } from './paging.ts';
import { sameCommand } from './same-command.ts';

/** `keptUntil` as of previewKeptUntil; `approvals`: needed for its restore. */
interface OnePreview extends ListedPreview {
  readonly tenant: TenantRef;
  readonly approvals: number;
}

export async function openedPreview(
  deps: Pick<ApiDeps, 'labels' | 'command'>,
  principal: Principal,
  { id, tenant, plan, keptUntil, approvals }: OnePreview,
) {
  const { request, createdAt } = plan;
  const label = (await deps.labels()).get(request.tenant);
  return {
    ...{ id, tenant, tenantId: request.tenant, ...(label !== undefined && { label }) },
    ...{ createdAt, isKept: keptUntil !== undefined, keptUntil: keptUntil ?? null },
    ...{ command: deps.command(sameCommand(request)), approvals },
    isOwn: samePerson(request.requestedBy, principal.name),
    preview: withoutSamples(plan.preview),
  };
}

export function listedPage(principal: Principal, { previews, unreadable, more }: PreviewList) {
  return {
    previews: previews.map(each => listedFor(principal, each)),
    unreadable,
    next: more ? cursorOf(previews.at(-1)!.id) : null,
  };
}

function listedFor(principal: Principal, { id, plan, keptUntil }: ListedPreview) {
  const { request, targetTime, totals } = plan.preview;
  return {
    ...{ id, createdAt: plan.createdAt, requestedBy: request.requestedBy },
    isOwn: samePerson(request.requestedBy, principal.name),
    ...{ isKept: keptUntil !== undefined, keptUntil: keptUntil ?? null },
    ...{ mode: request.mode, undoes: request.undoes ?? null, takesBack: takenBack(request) },
    ...{ target: request.target, targetTime, totals },
  };
}

function takenBack({ reverts }: RestoreRequest): number | 'all' | null {
  return reverts === undefined ? null : (reverts.only?.length ?? 'all');
}
