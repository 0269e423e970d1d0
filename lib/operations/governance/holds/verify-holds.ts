/**
 * The weekly proof that what must be held is held: every object of every tenant under legal hold, in every region, and the
 * copies of its log. A difference is repaired at once, and is an alarm: somebody, or something, removed a hold. Then each
 * hold is certified again. A review date that has passed is a notice to the legal officers.
 */
import { HoldfastError } from '../../../domain/errors.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { indexHolds } from '../../catalog/index-holds.ts';
import { copyHeldLog } from '../../retention/copy-held-log.ts';
import { heldTenants, type StandingHold, standingHolds } from '../../storage/standing-holds.ts';
import { NO_LIMIT, type TimeBudget } from '../../time-budget.ts';
import { certifyHold, type HoldDeps } from './place-hold.ts';
import { closeHolds, listHolds } from './walk-holds.ts';

export interface VerifiedHolds {
  readonly tenant: TenantRef;
  readonly holds: readonly string[];
  readonly objects: number;
  /** Objects that were not held, and are now. */
  readonly repaired: number;
  /** Holds with a record, or a release, that this installation did not sign. */
  readonly unsigned: readonly string[];
  /** Holds with a review date that has passed. */
  readonly reviewDue: readonly string[];
  /** Keys of the new certificates. */
  readonly certificates: readonly string[];
  /** The code of the error that stopped the proof of this tenant. */
  readonly failed?: string;
}

export interface VerifiedAll {
  readonly tenants: readonly VerifiedHolds[];
  readonly done: boolean;
  /** The last tenant: where the next call continues. */
  readonly after: TenantRef | null;
}

/** All tenants after `after`, at least one. One that fails is reported and does not stop the others. */
export async function verifyHolds(
  deps: HoldDeps & Pick<Deps, 'notifier'>,
  after: TenantRef | null = null,
  budget: TimeBudget = NO_LIMIT,
): Promise<VerifiedAll> {
  const tenants: VerifiedHolds[] = [];
  let last = after;
  for (const tenant of await heldTenants(deps)) {
    if (after !== null && tenant <= after) continue;
    if (tenants.length > 0 && budget.isUsed()) return { tenants, done: false, after: last };
    tenants.push(await verifyOrReport(deps, tenant));
    last = tenant;
  }
  return { tenants, done: true, after: last };
}

async function verifyOrReport(deps: HoldDeps & Pick<Deps, 'notifier'>, tenant: TenantRef): Promise<VerifiedHolds> {
  try {
    return await verifyTenantHolds(deps, tenant);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    await alarm(deps, tenant, `The legal hold of a tenant could not be proved (${error.code}).`, { error: error.code });
    const nothing = { objects: 0, repaired: 0, holds: [], unsigned: [], reviewDue: [], certificates: [] };
    return { tenant, ...nothing, failed: error.code };
  }
}

/** One tenant. IntegrityError `hold-incomplete`; what the log's objects throw. */
export async function verifyTenantHolds(
  deps: HoldDeps & Pick<Deps, 'notifier'>,
  tenant: TenantRef,
): Promise<VerifiedHolds> {
  const standing = await standingHolds(deps, tenant);
  await indexHolds(deps, tenant);
  const unsigned = standing.filter(({ record, forgedRelease }) => record === undefined || forgedRelease);
  if (unsigned.length > 0)
    await alarm(deps, tenant, 'A hold, or its release, was not signed by this installation; the hold stands.', {
      holds: unsigned.map(({ hold }) => hold),
    });
  await copyHeldLog(deps, tenant);
  const found = await listHolds(deps, tenant);
  const repaired = await closeHolds(deps, found);
  if (repaired > 0) {
    const details = { objects: repaired, first: found.flatMap(({ open }) => open)[0] };
    await alarm(deps, tenant, `${repaired} objects under legal hold were not held; they are now.`, details);
  }
  const certificates: string[] = [];
  for (const { hold } of standing) certificates.push((await certifyHold(deps, tenant, hold)).key);
  const reviewDue = await reviewsDue(deps, tenant, standing);
  return {
    ...{ tenant, holds: standing.map(({ hold }) => hold), repaired, reviewDue, certificates },
    objects: found.reduce((sum, { objects }) => sum + objects, 0),
    unsigned: unsigned.map(({ hold }) => hold),
  };
}

async function reviewsDue(
  deps: HoldDeps & Pick<Deps, 'notifier'>,
  tenant: TenantRef,
  standing: readonly StandingHold[],
): Promise<string[]> {
  const now = deps.clock.now();
  const due = standing.filter(({ record }) => record?.reviewBy && new Date(record.reviewBy) <= now);
  const holds = due.map(({ hold }) => hold);
  if (due.length > 0)
    await deps.notifier.notify({
      ...{ severity: 'alarm', code: 'hold-review-due', message: 'The review date of a legal hold has passed.' },
      details: { tenant, holds },
    });
  return holds;
}

async function alarm(
  { notifier }: Pick<Deps, 'notifier'>,
  tenant: TenantRef,
  message: string,
  details: Record<string, unknown>,
): Promise<void> {
  await notifier.notify({ severity: 'alarm', code: 'hold-broken', message, details: { tenant, ...details } });
}
