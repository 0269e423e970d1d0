/** The action `fail-over` of the request path: asked for and executed in the region that takes over. */
import { ConflictError, InputError } from '../../domain/errors.ts';
import { FailoverInput, FailoverPlan, type FailoverRecord } from '../../domain/failover.ts';
import type { Regions } from '../../region-ports.ts';
import type { ActionDeps, ActionKind } from '../governance/action-kind.ts';
import type { FailoverDeps } from './failover-steps.ts';
import { describeFailover, type PlanDeps, planFailover } from './plan-failover.ts';
import { runFailover } from './run-failover.ts';

export const failoverKind: ActionKind<FailoverInput, FailoverPlan, FailoverRecord> = {
  action: 'fail-over',
  input: FailoverInput,
  plan: FailoverPlan,
  // What would be lost changes by the second; the region, the fence and whether it is planned do not.
  keepsPlan: true,
  makePlan: async (deps, _tenant, input) => planFailover(planDeps(deps), input),
  describe: describeFailover,
  async execute(deps, _tenant, plan, responsible) {
    const regional = failoverDeps(deps);
    if (plan.region !== regional.regions.region) throw otherRegion(plan.region);
    const { record, records } = await runFailover(regional, responsible.request, plan, responsible);
    return { proof: record, records };
  },
};

/** InputError `no-regions`. */
export function failoverDeps(deps: ActionDeps): FailoverDeps {
  const { source } = deps;
  if (source !== undefined) return { ...planDeps(deps), source };
  throw oneRegion();
}

function planDeps(deps: ActionDeps): PlanDeps {
  return { ...deps, regions: presentRegions(deps) };
}

/** InputError `no-regions`. */
export function presentRegions({ regions }: Pick<ActionDeps, 'regions'>): Regions {
  if (regions !== undefined) return regions;
  throw oneRegion();
}

function oneRegion(): InputError {
  return new InputError('no-regions', 'This installation has one region.', {
    hint: 'Name the other one: `regions` in the configuration, on AWS `failover` in the deployment (docs/failover.md).',
  });
}

function otherRegion(region: string): ConflictError {
  return new ConflictError('region-elsewhere', `The fail-over to ${region} is executed there.`, {
    hint: `Run the same command on a machine of the region ${region}.`,
  });
}
