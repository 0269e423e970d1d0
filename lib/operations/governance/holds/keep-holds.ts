/**
 * The weekly proof that what must be held is held: every object of every tenant under legal hold, in every region, and the
 * copies of its log. A difference is repaired at once, and is an alarm: somebody, or something, removed a hold. Then each
 * hold is certified again. A review date that has passed is a notice to the legal officers.
 */
import { HoldfastError } from '../../../domain/errors.ts';
import { newId } from '../../../domain/new-id.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { indexHolds } from '../../catalog/index-holds.ts';
import { copyHeldLog } from '../../retention/copy-held-log.ts';
import { heldTenants, type StandingHold, standingHolds } from '../../storage/standing-holds.ts';
import { NO_LIMIT, type TimeBudget } from '../../time-budget.ts';
import { certifyHold, type HoldDeps } from './place-hold.ts';
import { proveHolds } from './prove-holds.ts';

export interface VerifiedHolds {
  readonly tenant: TenantRef;
  readonly holds: readonly string[];
  readonly objects: number;
  /** Objects that were not held, and are now. */
  readonly repaired: number;
  /** The tenant's key had lost the mark that keeps it; it has it again. */
  readonly keyMarked: boolean;
  /** Holds with a record, or a release, that this installation did not sign. */
  readonly unsigned: readonly string[];
  /** Holds with a review date that has passed. */
  readonly reviewDue: readonly string[];
  /** Keys of the new certificates. */
  readonly certificates: readonly string[];
  /** The code of the error that stopped the proof of this tenant. */
  readonly failed?: string;
}

const NOTHING: Omit<VerifiedHolds, 'tenant'> = {
  ...{ objects: 0, repaired: 0, keyMarked: false },
  ...{ holds: [], unsigned: [], reviewDue: [], certificates: [] },
};

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
    return { tenant, ...NOTHING, failed: error.code };
  }
}

/** One tenant, in one call. Throws what `keepHolds` throws. */
export async function verifyTenantHolds(
  deps: HoldDeps & Pick<Deps, 'notifier'>,
  tenant: TenantRef,
): Promise<VerifiedHolds> {
  // Without a limit it is done.
  return (await keepHolds(deps, { tenant, run: newId(deps, deps.clock.now()) }))!;
}

/**
 * One tenant. Undefined where the time was used up: called again with the same `run`, it continues. Where no hold stands
 * any more, nothing is done. IntegrityError `hold-incomplete`; ConflictError `hold-not-standing`; what the log's objects throw.
 */
export async function keepHolds(
  deps: HoldDeps & Pick<Deps, 'notifier'>,
  { tenant, run }: { readonly tenant: TenantRef; readonly run: string },
  budget: TimeBudget = NO_LIMIT,
): Promise<VerifiedHolds | undefined> {
  const standing = await standingHolds(deps, tenant);
  await indexHolds(deps, tenant);
  if (standing.length === 0) return { tenant, ...NOTHING };
  if (!(await copyHeldLog(deps, tenant, budget)).done) return undefined;
  const proof = await proveHolds(deps, { tenant, run }, budget);
  if (!proof.done) return undefined;
  const keyMarked = (await deps.heldKeys?.mark(tenant)) ?? false;
  const unsigned = standing.filter(({ record, forgedRelease }) => record === undefined || forgedRelease);
  const found = { repaired: proof.repaired, keyMarked, unsigned: unsigned.map(({ hold }) => hold) };
  await alarmDifferences(deps, tenant, { ...found, first: proof.first });
  const certificates: string[] = [];
  for (const { hold } of standing) certificates.push((await certifyHold(deps, tenant, hold, proof.regions)).key);
  return {
    ...{ tenant, holds: standing.map(({ hold }) => hold), ...found, certificates },
    reviewDue: await reviewsDue(deps, tenant, standing),
    objects: proof.regions.reduce((sum, { objects }) => sum + objects, 0),
  };
}

/** How many things were not as they must be. */
export function holdProblems({ repaired, keyMarked, unsigned }: VerifiedHolds): number {
  return repaired + unsigned.length + (keyMarked ? 1 : 0);
}

interface Differences extends Pick<VerifiedHolds, 'repaired' | 'keyMarked' | 'unsigned'> {
  readonly first: string | undefined;
}

async function alarmDifferences(
  deps: Pick<Deps, 'notifier'>,
  tenant: TenantRef,
  { repaired, keyMarked, unsigned, first }: Differences,
): Promise<void> {
  if (unsigned.length > 0)
    await alarm(deps, tenant, 'A hold, or its release, was not signed by this installation; the hold stands.', {
      holds: unsigned,
    });
  if (repaired > 0)
    await alarm(deps, tenant, `${repaired} objects under legal hold were not held; they are now.`, {
      ...{ objects: repaired, first },
    });
  if (keyMarked)
    await alarm(deps, tenant, 'The key of a tenant under legal hold was not tagged as held; it is now.', {});
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
