/** The previews of a tenant that were made before: to find again what can still be asked for. Numbers alone, no rows. */
import { listPreviews } from '../../operations/restore/apply/list-previews.ts';
import { LIST_PREVIEWS } from '../facts/previews.ts';
import { listedPage } from '../listed-previews.ts';
import { sortOf } from '../paging.ts';
import { route } from '../route.ts';

const listKept = route(LIST_PREVIEWS, async ({ deps, tenant, principal, query: { cursor, limit, kept } }) => {
  const before = cursor === undefined ? undefined : sortOf(cursor);
  const governance = await deps.governance();
  return listedPage(principal, await listPreviews(governance, tenant, { limit, before, keptOnly: kept === 'true' }));
});

export const KEPT_PREVIEW_ROUTES = [listKept];
