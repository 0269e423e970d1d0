/** Restores: asked for from a preview, and the signed records of those that were done. */
import * as z from 'zod';
import { readRequest } from '../../operations/governance/read-request.ts';
import { requestKeptRestore } from '../../operations/governance/request-kept-restore.ts';
import { allRestores, openRestoreRecord } from '../../operations/restore/apply/all-restores.ts';
import { RequestOpened, RestoreOpened, RestorePage } from '../documents/governed-documents.ts';
import { cursorOf, PageAsked, sortOf } from '../paging.ts';
import { openedRequest } from '../request-pages.ts';
import { route } from '../route.ts';
import { idOf } from './tenant.ts';

const group = 'recover';
const READS = { permission: 'readRecords', on: 'tenant' } as const;

const askForRestore = route(
  {
    ...{ id: 'requestRestore', method: 'post', path: '/tenants/{tenant}/restores', group },
    summary: 'Ask for the restore that a preview shows: it waits for approvals, or can be executed at once',
    needs: { permission: 'restore', on: 'tenant' },
    body: z.strictObject({
      preview: z.string().max(100),
      hash: z.string().max(100).describe('Of the preview, as the person saw it.'),
      reason: z.string().trim().min(1).max(2000),
      ticket: z.string().max(200).optional(),
    }),
    answer: RequestOpened,
  },
  async ({ deps, tenant, principal, body }) => {
    const governance = await deps.governance();
    const { id } = await requestKeptRestore(governance, await deps.kinds(), { principal, tenant, ...body });
    return openedRequest(deps, principal, await readRequest(governance, tenant, id));
  },
);

const listDone = route(
  {
    ...{ id: 'listRestores', method: 'get', path: '/tenants/{tenant}/restores', group, needs: READS },
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
    ...{ id: 'readRestore', method: 'get', path: '/tenants/{tenant}/restores/{restore}', group, needs: READS },
    ...{ summary: 'One restore: its signed record, with phases, proof and conflicts', answer: RestoreOpened },
  },
  async ({ deps, tenant, path }) => {
    const of = { ref: tenant, tenantId: await idOf(deps, tenant) };
    return openRestoreRecord(deps.storage, of, path.restore!);
  },
);

export const RESTORE_ROUTES = [askForRestore, listDone, seeDone];
