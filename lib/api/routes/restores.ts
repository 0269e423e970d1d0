/** Restores, asked for from a preview. */
import { readRequest } from '../../operations/governance/read-request.ts';
import { requestKeptRestore } from '../../operations/governance/request-kept-restore.ts';
import { REQUEST_RESTORE } from '../facts/restores.ts';
import { openedRequest } from '../request-pages.ts';
import { route } from '../route.ts';

const askForRestore = route(REQUEST_RESTORE, async ({ deps, tenant, principal, body }) => {
  const governance = await deps.governance();
  const { id } = await requestKeptRestore(governance, await deps.kinds(), { principal, tenant, ...body });
  return openedRequest(deps, principal, await readRequest(governance, tenant, id));
});

export const RESTORE_ROUTES = [askForRestore];
