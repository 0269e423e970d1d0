/**
 * Which retention of a tenant is in force: its own history of signed documents says it, not the configuration alone. Only
 * expiry adds to the history; who may expire cannot approve: approvals lie under a prefix that expiry can only read.
 *
 * Invariant, fail closed: a history or an approval that does not verify stops the expiry of the tenant; a period that is
 * shorter than the one in force needs an approval of exactly this change, and each approval counts once.
 */
import { HoldfastError, IntegrityError, StorageError } from '../../domain/errors.ts';
import { policyApprovalPrefix, retentionPolicyKey, retentionPolicyPrefix } from '../../domain/object-key.ts';
import {
  coversChange,
  decidePeriods,
  PolicyApproval,
  PolicyInForce,
  periodsOf,
  RETENTION_FIELDS,
  type RetentionField,
} from '../../domain/policy-change.ts';
import type { RetentionPolicy } from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps, StoredObject } from '../../ports.ts';
import { putSigned, readSigned } from '../storage/signed-document.ts';

export type PolicyDeps = Pick<Deps, 'vault' | 'signer' | 'clock'>;

export interface AppliedPolicy {
  readonly policy: RetentionPolicy;
  /** As configured: shorter in the periods that wait. */
  readonly configured: RetentionPolicy;
  /** Periods that are configured shorter than in force, and wait for an approved change. */
  readonly waiting: readonly RetentionField[];
  /** The policy in force until now; undefined where none was recorded yet. */
  readonly last?: PolicyInForce;
  /** What an expiry adds to the history. */
  readonly record?: PolicyInForce;
  /** Key of the last document, whose lock is to be extended. */
  readonly extend?: string;
}

/** What applies now. Changes nothing. IntegrityError `object-altered`, `policy-history-broken`. */
export async function policyInForce(
  deps: PolicyDeps,
  tenant: TenantRef,
  configured: RetentionPolicy,
): Promise<AppliedPolicy> {
  const known = await lastPolicy(deps, tenant);
  const last = known?.document;
  const approval = last && (await approvalOf(deps, last, configured));
  const { policy, because, waiting } = decidePeriods(last, configured, approval !== undefined);
  const record: PolicyInForce | undefined = because && {
    ...{ format: 'holdfast.retention-policy/1', tenant, sequence: (last?.sequence ?? 0) + 1 },
    ...{ at: deps.clock.now().toISOString(), policy, because },
    ...(because === 'approved' && { approval: approval!.key }),
  };
  const ends = known && known.stored.retainUntil.getTime() - deps.clock.now().getTime() < longestMs(policy) / 2;
  return {
    ...{ policy, configured: periodsOf(configured), waiting },
    ...(last && { last }),
    ...(record ? { record } : ends && { extend: known.stored.key }),
  };
}

/** All policies of the tenant, oldest first, each with its vault key. IntegrityError as policyInForce. */
export async function policyHistory(
  deps: PolicyDeps,
  tenant: TenantRef,
): Promise<{ readonly stored: StoredObject; readonly document: PolicyInForce }[]> {
  const found: { stored: StoredObject; document: PolicyInForce }[] = [];
  for await (const stored of deps.vault.list(retentionPolicyPrefix(tenant))) {
    found.push({ stored, document: await readPolicy(deps, tenant, stored.key, found.length + 1) });
  }
  return found;
}

/** Adds to the history what the plan says, or keeps the last document locked. StorageError `lost-race`. */
export async function keepPolicy(deps: PolicyDeps, tenant: TenantRef, applied: AppliedPolicy): Promise<void> {
  const { record, extend } = applied;
  // For as long as it can keep a backup.
  const retainUntil = new Date(deps.clock.now().getTime() + longestMs(applied.policy));
  if (extend !== undefined) await deps.vault.extendRetention(extend, retainUntil);
  if (record === undefined) return;
  try {
    await putSigned(deps, retentionPolicyKey(tenant, record.sequence), record, { retainUntil });
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'object-exists') throw error;
    throw new StorageError('lost-race', 'Another expiry of this tenant recorded its policy in the meantime.', {
      hint: 'Run it again.',
      cause: error,
    });
  }
}

async function lastPolicy(deps: PolicyDeps, tenant: TenantRef) {
  let last: string | undefined;
  let sequence = 0;
  for await (const key of deps.vault.keys(retentionPolicyPrefix(tenant))) {
    last = key;
    sequence += 1;
  }
  if (last === undefined) return undefined;
  const document = await readPolicy(deps, tenant, last, sequence);
  const stored = await deps.vault.head(last);
  return stored && { document, stored };
}

/** The place and the count agree: no document before it is missing. */
async function readPolicy(deps: PolicyDeps, tenant: TenantRef, key: string, sequence: number): Promise<PolicyInForce> {
  const document = await readSigned(deps, key, PolicyInForce);
  if (document.sequence === sequence && document.tenant === tenant && key === retentionPolicyKey(tenant, sequence))
    return document;
  throw new IntegrityError('policy-history-broken', `The history of the retention of ${tenant} is not complete.`, {
    hint: 'Nothing of this tenant expires meanwhile. Bring the missing document back from a replica; find out who removed it.',
    details: { tenant, object: key },
  });
}

async function approvalOf(deps: PolicyDeps, last: PolicyInForce, configured: RetentionPolicy) {
  if (RETENTION_FIELDS.every(field => configured[field] >= last.policy[field])) return undefined;
  for await (const key of deps.vault.keys(policyApprovalPrefix(last.tenant, last.sequence))) {
    const approval = await readSigned(deps, key, PolicyApproval);
    if (coversChange(approval, last, configured)) return { key, approval };
  }
  return undefined;
}

const DAY_MS = 24 * 3600 * 1000;

function longestMs(policy: RetentionPolicy): number {
  return Math.max(...RETENTION_FIELDS.map(field => policy[field])) * DAY_MS;
}
