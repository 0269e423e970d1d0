/**
 * Executes an approved request without a person at the terminal: a step of the state machine carry-out-request. Invariant:
 * who executes is read from the signed documents of the request, never from what started the execution, so starting it
 * gives nobody a right: the requester where they may execute it, and otherwise who approved it last.
 */
import { ConflictError } from '../../domain/errors.ts';
import { decisionKey, RequestDecision, type RequestResult } from '../../domain/governed-request.ts';
import { permissionsOf } from '../../domain/permission.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { ActionKind } from './action-kind.ts';
import { alarmingInstead } from './break-glass.ts';
import { executeRequest } from './execute-action.ts';
import { type DocumentDeps, readGovernance } from './governance-document.ts';
import { kindOf } from './plan-action.ts';
import { type RequestView, readRequest } from './read-request.ts';
import type { GovernanceDeps } from './request-action.ts';

/** Undefined where the time was used up: the next call continues. InputError `unknown-action`; what `executeAction` throws. */
export async function carryOutRequest(
  deps: GovernanceDeps,
  kinds: readonly ActionKind[],
  { tenant, id }: { readonly tenant: TenantRef; readonly id: string },
): Promise<RequestResult | undefined> {
  const view = await readRequest(deps, tenant, id);
  // Also one that was executed is refused where it is not of the kind.
  kindOf(kinds, view.request.action);
  const principal = await executorOf(deps, view);
  try {
    return await executeRequest(view.request.brokeGlass ? alarmingInstead(deps) : deps, kinds, view, principal);
  } catch (error) {
    if (error instanceof ConflictError && error.code === 'request-unfinished') return undefined;
    throw error;
  }
}

/** For a kind whose time is used up. */
export function requestUnfinished(): ConflictError {
  return new ConflictError('request-unfinished', 'The time of one call was used up before the request was executed.', {
    hint: 'The next call continues it.',
  });
}

async function executorOf(deps: DocumentDeps, { request, approval }: RequestView): Promise<Principal> {
  const { tenant, id, action, requestedBy } = request;
  const { request: asking, execute } = permissionsOf(action);
  const last = approval.decisions.filter(({ agrees }) => agrees).at(-1);
  if (asking === execute || last === undefined) return requestedBy;
  for await (const key of deps.vault.keys(decisionKey(tenant, id, ''))) {
    const { by, agrees } = await readGovernance(deps, key, RequestDecision);
    if (agrees && by.name === last.by) return by;
  }
  return requestedBy;
}
