/**
 * Long work that was begun through the API, followed by whoever began it. Invariant: nobody sees the progress or the result
 * of work that somebody else began: a result can show more than the follower may see.
 */
import { unknownExecution } from '../executions.ts';
import { READ_EXECUTION } from '../facts/requests.ts';
import { type ApiCall, route } from '../route.ts';

const seeExecution = route(READ_EXECUTION, follow);

/** InputError `unknown-execution`. */
async function follow({ deps, principal, tenant, path }: ApiCall) {
  const found = deps.executions.get(tenant, path.execution!);
  if (found.startedBy === principal.name) return found;
  throw unknownExecution();
}

export const EXECUTION_ROUTES = [seeExecution];
