/** The action `release` of the request path. */
import type { ReleaseCertificate } from '../../../domain/hold.ts';
import type { ActionKind } from '../action-kind.ts';
import { requestUnfinished } from '../carry-out-request.ts';
import { planRelease, ReleaseInput, ReleasePlan, releaseHold } from './release-hold.ts';

export const releaseKind: ActionKind<ReleaseInput, ReleasePlan, ReleaseCertificate> = {
  action: 'release',
  input: ReleaseInput,
  plan: ReleasePlan,
  makePlan: planRelease,
  describe: ({ hold, others }) => [
    `Release the hold ${hold}.`,
    ...(others.length > 0
      ? [`Every object stays held for ${others.length} other hold(s).`]
      : ['Remove the hold of every object: each expires when its lock and its retention have ended.']),
    ...(others.length > 0 ? [] : ['Erasures that the hold deferred take effect.']),
  ],
  async execute(deps, tenant, plan, responsible) {
    const released = await releaseHold(deps, tenant, plan, responsible, deps.budget);
    if (!released.done) throw requestUnfinished();
    return { proof: released.certificate, records: released.records };
  },
};
