/** The action `hold` of the request path. */
import type { HoldCertificate } from '../../../domain/hold.ts';
import type { ActionKind } from '../action-kind.ts';
import { requestUnfinished } from '../carry-out-request.ts';
import { HoldInput, HoldPlan, placeHold, planHold } from './place-hold.ts';

export const holdKind: ActionKind<HoldInput, HoldPlan, HoldCertificate> = {
  action: 'hold',
  input: HoldInput,
  plan: HoldPlan,
  makePlan: async (deps, _tenant, input) => planHold(deps, input),
  describe: ({ from, reviewBy, hidden, regions }) => [
    from === null
      ? 'Keep everything that is stored of the tenant until the hold is released.'
      : `Keep what is stored of the tenant until the hold is released, so that every moment from ${from} stays recoverable.`,
    'Nothing of it expires from then on, and whatever is stored later is held too.',
    `Set the hold of every object in ${regions.length} region(s), and prove it.`,
    'Copy its part of the log; the log of other tenants is not kept.',
    ...(reviewBy === null ? [] : [`Review it by ${reviewBy}.`]),
    ...(hidden ? ['Nothing of it is shown to the tenant’s administrator.'] : []),
  ],
  async execute(deps, tenant, plan, responsible) {
    const placed = await placeHold(deps, tenant, plan, responsible, deps.budget);
    if (!placed.done) throw requestUnfinished();
    return { proof: placed.certificate, records: placed.records };
  },
};
