/**
 * Which legal holds stand on a tenant, from the signed records in the vault: the catalog has an index of them, but an
 * edited or older catalog never lifts a hold.
 *
 * Invariant, fail closed: whatever is stored among the records is a hold that stands, unless a release of it verifies. So
 * stands one whose record does not verify, whose release does not verify, or whose key is not that of a record.
 */
import type * as z from 'zod';
import { ConflictError, type HoldfastError, IntegrityError } from '../../domain/errors.ts';
import { GOVERNANCE_PREFIX, governancePrefix } from '../../domain/governance-key.ts';
import { HoldRecord, holdRecordKey, holdRecordOf, holdRecordsPrefix, ReleaseRecord } from '../../domain/hold.ts';
import { AUDITORS, parseTenantRef, SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { readSigned } from './signed-document.ts';

export interface StandingHold {
  readonly hold: string;
  /** Undefined where the record does not verify: nobody knows what it says, and it stands. */
  readonly record: HoldRecord | undefined;
  /** There is a release that this installation did not sign for this hold. */
  readonly forgedRelease: boolean;
}

export type HoldReadDeps = Pick<Deps, 'vault' | 'signer'>;

/** Costs one listing of a small prefix, and two requests per hold. Throws what the vault throws. */
export async function standingHolds(deps: HoldReadDeps, tenant: TenantRef): Promise<StandingHold[]> {
  if (tenant === SYSTEM || tenant === AUDITORS) return [];
  const placed = new Set<string>();
  const released = new Set<string>();
  for await (const key of deps.vault.keys(holdRecordsPrefix(tenant))) {
    const { hold, record } = holdRecordOf(key);
    // Also by its release alone: what it released must be known not to stand.
    placed.add(hold);
    if (record === 'release') released.add(hold);
  }
  const standing: StandingHold[] = [];
  for (const hold of placed) {
    const hasRelease = released.has(hold);
    if (hasRelease && (await readRelease(deps, tenant, hold))) continue;
    standing.push({ hold, record: await readHold(deps, tenant, hold), forgedRelease: hasRelease });
  }
  return standing;
}

/** Whether a hold stands; without `seesHidden`, whether one does that everybody may know of. */
export async function isUnderHold(deps: HoldReadDeps, tenant: TenantRef, seesHidden = true): Promise<boolean> {
  return (await standingHolds(deps, tenant)).some(({ record }) => seesHidden || record?.hidden === false);
}

/** The record of a hold, standing or released; undefined if there is none that verifies. */
export function readHold(deps: HoldReadDeps, tenant: TenantRef, hold: string): Promise<HoldRecord | undefined> {
  return ifSigned(deps, holdRecordKey(tenant, hold, 'hold'), { tenant, hold }, HoldRecord);
}

/** Undefined if there is none that verifies. */
export function readRelease(deps: HoldReadDeps, tenant: TenantRef, hold: string): Promise<ReleaseRecord | undefined> {
  return ifSigned(deps, holdRecordKey(tenant, hold, 'release'), { tenant, hold }, ReleaseRecord);
}

async function ifSigned<R extends { tenant: TenantRef; hold: string }>(
  deps: HoldReadDeps,
  key: string,
  expected: { tenant: TenantRef; hold: string },
  schema: z.ZodType<R>,
): Promise<R | undefined> {
  try {
    const record: R = await readSigned(deps, key, schema);
    return record.tenant === expected.tenant && record.hold === expected.hold ? record : undefined;
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** Every tenant on which a hold stands. Lists the records of the tenants that ever had one. */
export async function heldTenants(deps: HoldReadDeps): Promise<TenantRef[]> {
  const prefix = `${GOVERNANCE_PREFIX}holds/`;
  const held: TenantRef[] = [];
  let after: string | undefined;
  for (;;) {
    const key = await firstKey(deps, prefix, after);
    if (key === undefined) return held;
    const tenant = parseTenantRef(key.slice(prefix.length).split('/')[0]!);
    if (tenant !== undefined && (await isUnderHold(deps, tenant))) held.push(tenant);
    // After everything of that tenant: `~` sorts after all characters of our keys.
    after = tenant === undefined ? key : `${governancePrefix('holds', tenant)}~`;
  }
}

async function firstKey(
  { vault }: HoldReadDeps,
  prefix: string,
  after: string | undefined,
): Promise<string | undefined> {
  for await (const key of vault.keys(prefix, after)) return key;
  return undefined;
}

/**
 * For everything that destroys what is held, a tenant's key above all. ConflictError `under-hold`; an error of the vault
 * is thrown too: without an answer nothing may be destroyed.
 *
 * @public the destruction of a tenant begins with it.
 */
export async function requireNoHold(deps: HoldReadDeps, tenant: TenantRef): Promise<void> {
  const standing = await standingHolds(deps, tenant);
  if (standing.length > 0) throw underHold(tenant, standing.length);
}

function underHold(tenant: TenantRef, holds: number): HoldfastError {
  return new ConflictError('under-hold', 'A legal hold stands on this tenant.', {
    hint: 'Nothing was destroyed. It must be released first; people with the role of a legal officer can ask for that.',
    details: { tenant, holds },
  });
}
