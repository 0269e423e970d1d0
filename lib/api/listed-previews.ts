/** A page of a tenant's previews for one reader. */
import { samePerson } from '../domain/person.ts';
import type { Principal } from '../domain/principal.ts';
import type { RestoreRequest } from '../domain/restore-request.ts';
import type { ListedPreview, PreviewList } from '../operations/restore/apply/list-previews.ts';
import { cursorOf } from './paging.ts';

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
