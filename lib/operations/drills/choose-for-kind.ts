/**
 * Which tenants each kind of drill restores where nobody names them. Invariant: whoever waits longest comes first, so that
 * every tenant comes round; only of a whole system that is too large a sample is drawn by chance.
 */
import { lastDrilled, sampled, waitingLongest } from '../../domain/drill-choice.ts';
import { TIERS } from '../../domain/objectives.ts';
import type { Deps } from '../../ports.ts';
import type { DrillRun } from './drill-run.ts';
import { chooseTenants, type PresentTenant } from './drill-tenants.ts';

const AT_ONCE = 3;

/** The tenants asked for, or those of its kind. InputError `no-tenants`, `unknown-tenant`. */
export function chooseForKind(run: DrillRun, deps: Pick<Deps, 'catalog'> = run.ctx): Promise<PresentTenant[]> {
  return chooseTenants(run, deps, present => choice(run, present));
}

function choice(run: DrillRun, present: readonly PresentTenant[]): PresentTenant[] {
  const { kind, count } = run.asked;
  if (kind === 'whole-system')
    return count === undefined ? [...present] : sampled(run.seed, present, count, ({ ref }) => ref);
  const last = lastDrilled(run.records);
  if (kind === 'single-tenant' || kind === 'region')
    return TIERS.flatMap(tier =>
      waitingLongest(
        present.filter(({ ref }) => run.plant.tierOf(ref) === tier),
        last,
        1,
      ),
    );
  return waitingLongest(present, last, kind === 'several-tenants' ? (count ?? AT_ONCE) : 1);
}
