/**
 * Long work that was begun through the API, followed by whoever began it. Invariant: nobody sees the progress or the result
 * of work that somebody else began: a result can show more than the follower may see.
 */
import { InputError } from '../../domain/errors.ts';
import { READ_EXECUTION } from '../facts/requests.ts';
import { type ApiCall, route } from '../route.ts';

const seeExecution = route(READ_EXECUTION, follow);

/** InputError `unknown-execution`. */
async function follow({ deps, principal, tenant, path }: ApiCall) {
  const found = deps.executions.get(tenant, path.execution!);
  if (found.startedBy === principal.name) return found;
  throw new InputError('unknown-execution', 'No work with this id is known.', {
    hint: 'Whoever began it can follow it; what it did is in the records.',
  });
}

export const EXECUTION_ROUTES = [seeExecution];
