/** Long work that a request began: whoever began it follows it here. */
import { InputError } from '../../domain/errors.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { route } from '../route.ts';

const seeExecution = route(
  {
    ...{ id: 'readExecution', method: 'get', path: '/tenants/{tenant}/executions/{id}', group: 'executions' },
    ...{ summary: 'Work that a request of the caller began', needs: 'operation', alsoSystem: true },
    answer: ExecutionShown,
  },
  async ({ deps, principal, tenant, path }) => {
    const found = deps.executions.get(tenant, path.id!);
    if (found.startedBy === principal.name) return found;
    throw new InputError('unknown-execution', 'No work of yours with this id is known.', {
      hint: 'Whoever began it can follow it.',
    });
  },
);

export const EXECUTION_ROUTES = [seeExecution];
