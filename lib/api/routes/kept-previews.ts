/** The previews of a tenant that were made before: to find again what can still be asked for. Numbers alone, no rows. */
import * as z from 'zod';
import { samePerson } from '../../domain/person.ts';
import type { Principal } from '../../domain/principal.ts';
import type { RestoreRequest } from '../../domain/restore-request.ts';
import { type ListedPreview, listPreviews } from '../../operations/restore/apply/list-previews.ts';
import { PreviewPage } from '../documents/preview-documents.ts';
import { cursorOf, PageAsked, sortOf } from '../paging.ts';
import { route } from '../route.ts';

const PreviewsWanted = PageAsked.extend({
  kept: z.enum(['true', 'false']).optional().describe('Only those whose rows are still in the database.'),
});

const listKept = route(
  {
    ...{ id: 'listPreviews', method: 'get', path: '/tenants/{tenant}/previews', group: 'recover' },
    summary: 'Previews of the tenant, the newest first',
    needs: { permission: 'previewRestore', on: 'tenant' },
    ...{ query: PreviewsWanted, answer: PreviewPage },
  },
  async ({ deps, tenant, principal, query: { cursor, limit, kept } }) => {
    const before = cursor === undefined ? undefined : sortOf(cursor);
    const governance = await deps.governance();
    const found = await listPreviews(governance, tenant, { limit, before, keptOnly: kept === 'true' });
    return {
      previews: found.previews.map(each => listedFor(principal, each)),
      unreadable: found.unreadable,
      next: found.more ? cursorOf(found.previews.at(-1)!.id) : null,
    };
  },
);

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

export const KEPT_PREVIEW_ROUTES = [listKept];
