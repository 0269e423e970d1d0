/**
 * Takes over without a person, where the configuration allows it and the other region looks lost from here and from the
 * witness (domain/automatic-failover.ts). It is a request like a person's: planned, signed, audited, executed by the same
 * steps; the configuration stands for the approvals.
 *
 * Invariants: one request for one state of the regions; whatever people did since that state wins; a request that was
 * interrupted is continued by the next probe, before it froze the regions only while every condition still holds.
 */
import { AUTOMATIC, type AutomaticDecision, type AutomaticWait } from '../../domain/automatic-failover.ts';
import { HoldfastError } from '../../domain/errors.ts';
import { FailoverPlan } from '../../domain/failover.ts';
import type { GovernedRequest } from '../../domain/governed-request.ts';
import { newestState, type RegionState } from '../../domain/region-state.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { ActionKind } from '../governance/action-kind.ts';
import { executeRequest } from '../governance/execute-action.ts';
import { listRequests } from '../governance/list-requests.ts';
import { planIn, type RequestView, readRequest } from '../governance/read-request.ts';
import { type GovernanceDeps, requestAction } from '../governance/request-action.ts';
import { decideHere } from './decide-failover.ts';
import { failoverKind } from './failover-kind.ts';
import { doneSteps, type FailoverDeps, regionDeps } from './failover-steps.ts';
import { readPlaces } from './region-places.ts';
import { isOwnFreeze } from './take-region.ts';

/** `waits`: why nothing is done; `running`: another process is at it. */
export type AutomaticOutcome =
  | { readonly state: 'waits'; readonly because: AutomaticWait }
  | { readonly state: 'running' | 'done'; readonly request: string };

type AutomaticDeps = GovernanceDeps & FailoverDeps;
type Go = Extract<AutomaticDecision, { readonly wait: null }>;

const KINDS = [failoverKind as ActionKind];

/** After the probe. Throws what the request path and the steps of a fail-over throw: the next call goes on. */
export async function failOverAutomatically(deps: AutomaticDeps): Promise<AutomaticOutcome> {
  const decision = await decideHere(deps);
  const view = await requestFor(deps, decision);
  if (view === undefined) return { state: 'waits', because: decision.wait ?? 'nothing-to-take' };
  const { id } = view.request;
  try {
    await executeRequest(deps, KINDS, view, AUTOMATIC);
    return { state: 'done', request: id };
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'request-running') return { state: 'running', request: id };
    throw error;
  }
}

/** The request that is continued, or a new one. Undefined where there is nothing to do. */
async function requestFor(deps: AutomaticDeps, decision: AutomaticDecision): Promise<RequestView | undefined> {
  const newest = newestState(await readPlaces(regionDeps(deps)));
  if (decision.wait !== null && newest?.by !== AUTOMATIC.name && newest?.active !== deps.regions.region)
    return undefined;
  const open = await listRequests(deps, { tenant: SYSTEM, ended: 0 });
  for (const view of open.filter(({ request }) => request.requestedBy.name === AUTOMATIC.name))
    if (await goesOn(deps, view.request, decision, newest)) return view;
  return decision.wait === null ? ask(deps, decision) : undefined;
}

async function goesOn(
  deps: AutomaticDeps,
  request: GovernedRequest,
  decision: AutomaticDecision,
  newest: RegionState | undefined,
): Promise<boolean> {
  const { region, automatic: base } = FailoverPlan.parse(planIn(request).body);
  if (region !== deps.regions.region || base === undefined || newest === undefined) return false;
  if (decision.wait === null) return decision.base.state === base.state;
  const by = AUTOMATIC.name;
  if (isOwnFreeze({ by, base }, newest)) return true;
  if (newest.active !== region) return false;
  const isOwn = newest.by === by && newest.term === base.term + 2;
  return isOwn || (await doneSteps(deps, request.id)).some(({ step }) => step === 'activate');
}

/** It is kept and audited like every request; then people are told. */
async function ask(deps: AutomaticDeps, { from, base }: Go): Promise<RequestView> {
  const { region } = deps.regions;
  const asked = {
    ...{ principal: AUTOMATIC, action: 'fail-over' as const, tenant: SYSTEM },
    input: { planned: false, fenced: [], automatic: base },
    reason: `The database of ${from} answers neither ${region} nor the witness, and its log does not move.`,
    ticket: CONSENT,
  };
  const { id } = await requestAction({ ...deps, policyFor: () => CONSENTED }, KINDS, asked);
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'failover-automatic',
    message: `The region ${region} takes over from ${from} by itself. Until its database is promoted, holdfast failover run in ${from} stops it.`,
    details: { failover: id, region, from },
  });
  return readRequest(deps, SYSTEM, id);
}

/** In the audit trail: what stands for the approvals. */
const CONSENT = 'configuration: automatic';
/** After an hour another request is made. */
const CONSENTED = { approvals: 0, from: ['approver' as const], tenantAdministrator: 'no' as const, expiresHours: 1 };
