/**
 * Expiry of everything in one process: what the command line calls. It plans first, and can stop there; then it
 * executes that plan and nothing else. A deployment does the same per tenant (workflows/expire-backups.ts).
 */
import { CHECKPOINTS_PREFIX } from '../../domain/object-key.ts';
import type { RetentionDecision } from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { DecidedRetention } from '../../domain/tenant-policy.ts';
import type { Deps, StoredObject } from '../../ports.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { heldTenants } from '../storage/standing-holds.ts';
import { type CopyLogDeps, copyHeldLog } from './copy-held-log.ts';
import { expireLog, planLogExpiry } from './expire-log.ts';
import { expireTenant, forgetSegments, planTenantExpiry, type TenantExpiryPlan } from './expire-tenant.ts';
import { type ExpireDeps, type ExpiryResult, emptyResult, removeObject } from './remove-backup.ts';

type ExpireAllDeps = ExpireDeps & Pick<Deps, keyof CopyLogDeps>;

export interface ExpiryPlan {
  readonly at: string;
  readonly owners: readonly TenantExpiryPlan[];
  /** For the log that all tenants share. */
  readonly log: readonly RetentionDecision[];
}

/** Decides for every backup of every tenant, and for the log. `policyOf` can differ by tenant. */
export async function planExpiry(
  deps: Pick<ExpireDeps, 'catalog' | 'clock' | 'vault' | 'signer'>,
  policyOf: (tenant: TenantRef) => DecidedRetention,
): Promise<ExpiryPlan> {
  const owners: TenantExpiryPlan[] = [];
  for (const tenant of await tenants.list(deps.catalog)) {
    const owner = tenant.ref;
    owners.push(await planTenantExpiry(deps, owner, policyOf(owner)));
  }
  const needs = owners.map(owner => owner.logNeed);
  const log = await planLogExpiry(deps, policyOf, needs);
  return { at: deps.clock.now().toISOString(), owners, log };
}

/**
 * Executes a plan. Backups made after the plan are not in it, and stay. Tenants under legal hold get their copies of the
 * log before any of it is removed.
 */
export async function expireBackups(deps: ExpireAllDeps, plan: ExpiryPlan): Promise<ExpiryResult> {
  const result = emptyResult();
  for (const owner of plan.owners) await expireTenant(deps, owner, result);
  if (plan.log.some(decision => !decision.keep))
    for (const tenant of await heldTenants(deps)) await copyHeldLog(deps, tenant);
  await expireLog(deps, plan.log, result);
  for (const { owner } of plan.owners) await forgetSegments(deps, owner);
  await removeCheckpoints(deps, result);
  return result;
}

/** Runs of a snapshot that may still continue are younger. In a deployment a lifecycle rule of the bucket does this. */
const CHECKPOINT_DAYS = 3;

async function removeCheckpoints(deps: ExpireDeps, result: ExpiryResult): Promise<void> {
  const before = new Date(deps.clock.now().getTime() - CHECKPOINT_DAYS * 24 * 3600 * 1000);
  const old: StoredObject[] = [];
  for await (const object of deps.vault.list(CHECKPOINTS_PREFIX)) if (object.retainUntil < before) old.push(object);
  for (const { key, bytes } of old) {
    if (!(await removeObject(deps, key, result))) continue;
    result.removedObjects += 1;
    result.freedBytes += bytes;
  }
}
