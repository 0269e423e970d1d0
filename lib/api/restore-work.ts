/**
 * Previews in numbers, and requests of restores, as work that is followed: the same for self-service and for programs that
 * ask on behalf of a person. Invariant: a request is of the difference that was seen, which is kept.
 */
import type * as z from 'zod';
import type { GovernedRequest } from '../domain/governed-request.ts';
import type { Principal } from '../domain/principal.ts';
import { parseRestoreRequest } from '../domain/restore-request.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { executeAction } from '../operations/governance/execute-action.ts';
import { readRequest } from '../operations/governance/read-request.ts';
import { requestKeptRestore } from '../operations/governance/request-kept-restore.ts';
import { dropPreview, keepPreview } from '../operations/restore/apply/kept-preview.ts';
import { whenBack } from '../operations/when-back.ts';
import type { ApiDeps } from './api-deps.ts';
import type { CountsAsked, RestoreWanted } from './documents/self-documents.ts';
import type { Execution } from './executions.ts';
import { countsOf, ownRequest } from './own-view.ts';
import { idOf } from './routes/tenant.ts';

interface Asked<B> {
  readonly deps: ApiDeps;
  readonly principal: Principal;
  readonly tenant: TenantRef;
  readonly body: B;
}

/** Its result: RestoreCounts. */
export async function startCounts(asked: Asked<z.output<typeof CountsAsked>>, target: string): Promise<Execution> {
  const { deps, principal, tenant, body } = asked;
  const id = await idOf(deps, tenant);
  const { mode } = body;
  const request = parseRestoreRequest({ tenant: id, target, mode, requestedBy: principal.name, samples: 0 });
  return deps.executions.start({ tenant, work: 'preview', startedBy: principal.name }, async progress => {
    const ctx = { ...(await deps.context()), progress };
    const { id: kept, preview } = await whenBack(() => keepPreview(ctx, request), progress);
    const differs = preview.totals.rows > 0;
    if (!differs) await dropPreview(ctx, tenant, kept);
    return countsOf({ preview, id: differs ? kept : null });
  });
}

/** Its result: the request; executed where its rule needs no approval. */
export function startRestore({ deps, principal, tenant, body }: Asked<z.output<typeof RestoreWanted>>): Execution {
  return deps.executions.start({ tenant, work: 'restore', startedBy: principal.name }, async progress => {
    const path = { ...(await deps.governance()), progress };
    const made = await requestKeptRestore(path, await deps.kinds(), { principal, tenant, ...body });
    return executedUnlessApproved(path, deps, principal, made);
  });
}

/** Executes it where nobody has to approve. */
export async function executedUnlessApproved(
  path: Awaited<ReturnType<ApiDeps['governance']>>,
  { kinds }: ApiDeps,
  principal: Principal,
  { id, tenant, rule }: GovernedRequest,
) {
  const applied = rule.approvals === 0;
  if (applied) await executeAction(path, await kinds(), { principal, tenant, id });
  return { kind: 'request', request: ownRequest(await readRequest(path, tenant, id), principal), applied };
}
