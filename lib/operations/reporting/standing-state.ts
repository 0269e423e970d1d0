/** How things stand now, for reports and the status page: counts, references, and what waits for people. */
import type { StandingState } from '../../domain/report/report.ts';
import { FINE_STATES, stateOf, TENANT_STATES } from '../catalog/tenant-state.ts';
import { fleetStatus } from '../catalog/timeline.ts';
import { openFailures } from '../fleet/open-failures.ts';
import { unreviewedGlass } from '../governance/break-glass.ts';
import { listRequests } from '../governance/list-requests.ts';
import { type HoldReadDeps, heldTenants, isUnderHold } from '../storage/standing-holds.ts';
import type { DayDeps } from './measure-days.ts';
import type { MeasuredLog } from './measure-log.ts';

const LISTED = 100;

/** `known`: the log, if the caller has read it. */
export async function standingState(deps: DayDeps, known?: MeasuredLog): Promise<StandingState> {
  const { tenants, log } = await fleetStatus(deps, known?.runs);
  const judged = tenants.map(each => ({ tenant: each.tenant, state: stateOf(each, log.newestAgeMs) }));
  const notSafe = judged.filter(({ state }) => !FINE_STATES.has(state));
  const requests = await listRequests(deps, { ended: 0 });
  return {
    tenants: Object.fromEntries(
      TENANT_STATES.map(state => [state, judged.filter(each => each.state === state).length]),
    ),
    ...{ notSafe: notSafe.slice(0, LISTED), notSafeTotal: notSafe.length },
    newestMoment: log.newest?.time ?? null,
    newestAgeSeconds: log.newestAgeMs === null ? null : log.newestAgeMs / 1000,
    openFailures: (await openFailures(deps)).map(({ kind, workflow, tenant, code, at }) => ({
      ...{ kind, workflow, tenant, code, at },
    })),
    heldTenants: await openlyHeld(deps),
    requestsWaiting: requests.filter(({ state }) => state === 'waiting').length,
    unreviewedBreakGlass: (await unreviewedGlass(deps)).length,
  };
}

/** Hidden holds are not counted: whoever reads a number may not know of them. */
export async function openlyHeld(deps: HoldReadDeps): Promise<number> {
  const open = await Promise.all((await heldTenants(deps)).map(ref => isUnderHold(deps, ref, false)));
  return open.filter(isOpen => isOpen).length;
}
