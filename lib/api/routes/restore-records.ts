/** The signed records of restores that were done. */
import { allRestores, openRestoreRecord } from '../../operations/restore/apply/all-restores.ts';
import { RestoreOpened, RestorePage } from '../documents/governed-documents.ts';
import { cursorOf, PageAsked, sortOf } from '../paging.ts';
import { route } from '../route.ts';
import { idOf } from './tenant.ts';

const about = { group: 'recover', needs: { permission: 'readRecords', on: 'tenant' }, onAws: 'requests' } as const;

const listDone = route(
  {
    ...{ id: 'listRestores', method: 'get', path: '/tenants/{tenant}/restores', ...about },
    ...{ summary: 'Restores of the tenant, the newest first', query: PageAsked, answer: RestorePage },
  },
  async ({ deps, tenant, query: { cursor, limit } }) => {
    const of = { ref: tenant, tenantId: await idOf(deps, tenant) };
    const before = cursor === undefined ? undefined : sortOf(cursor);
    const { restores, more } = await allRestores(deps.storage, { tenant: of, limit, before });
    return { restores, next: more ? cursorOf(restores.at(-1)!.id) : null };
  },
);

const seeDone = route(
  {
    ...{ id: 'readRestore', method: 'get', path: '/tenants/{tenant}/restores/{restore}', ...about },
    ...{ summary: 'One restore: its signed record, with phases, proof and conflicts', answer: RestoreOpened },
  },
  async ({ deps, tenant, path }) => {
    const of = { ref: tenant, tenantId: await idOf(deps, tenant) };
    return openRestoreRecord(deps.storage, of, path.restore!);
  },
);

export const RESTORE_RECORD_ROUTES = [listDone, seeDone];
