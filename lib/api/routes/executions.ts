/**
 * Long work that was begun through the API, followed by whoever began it. Invariant: nobody sees the progress or the result
 * of work that somebody else began: a result can show more than the follower may see.
 */
import { InputError } from '../../domain/errors.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { READ_EXECUTION } from '../facts/requests.ts';
import { type ApiCall, route } from '../route.ts';

const facts = { method: 'get', group: 'executions', needs: 'operation', answer: ExecutionShown } as const;

const seeExecution = route(
  { ...facts, id: 'readSystemExecution', path: '/executions/{execution}', summary: 'Work of the installation' },
  follow,
);

const seeTenantExecution = route(READ_EXECUTION, follow);

/** InputError `unknown-execution`. */
async function follow({ deps, principal, tenant, path }: ApiCall) {
  const found = deps.executions.get(tenant, path.execution!);
  if (found.startedBy === principal.name) return found;
  throw new InputError('unknown-execution', 'No work with this id is known.', {
    hint: 'Whoever began it can follow it; what it did is in the records.',
  });
}

export const EXECUTION_ROUTES = [seeExecution, seeTenantExecution];
