/**
 * What every look for a fact is given, and how it cites stored objects. Invariant: a cited manifest was read, its signature
 * and its digest verified; one that does not verify is missing, never found.
 */

import { IntegrityError } from '../../../domain/errors.ts';
import type { EvidenceConfiguration, EvidenceReference } from '../../../domain/evidence/bundle.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import type { TenantItem } from '../../catalog/catalog-index.ts';
import { inParallel } from '../../in-parallel.ts';
import { readHeader } from '../../storage/manifest-store.ts';

export type EvidenceDeps = Pick<
  Deps,
  'installation' | 'vault' | 'keyring' | 'signer' | 'catalog' | 'clock' | 'notifier' | 'progress'
>;

export interface EvidenceLook {
  readonly deps: EvidenceDeps;
  /** Included. */
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  /** Those of the scope, by reference. */
  readonly tenants: readonly TenantItem[];
  /** Undefined: all. */
  readonly only: TenantRef | undefined;
  readonly configuration: EvidenceConfiguration;
}

export interface LookResult {
  readonly found: readonly string[];
  readonly missing: readonly string[];
  readonly evidence: readonly EvidenceReference[];
}

const AT_ONCE = 16;

/** ISO 8601 text or a date. */
export function isInRange({ from, to }: Pick<EvidenceLook, 'from' | 'to'>, time: string | Date): boolean {
  const at = new Date(time);
  return at >= from && at < to;
}

/** Tenants that are expected to be backed up: they did not leave, and their key exists. */
export function presentTenants({ tenants }: Pick<EvidenceLook, 'tenants'>): TenantItem[] {
  return tenants.filter(({ left, tenantId }) => !left && tenantId !== null);
}

/** Reads the manifests: those that verify, and one sentence for each that does not. */
export async function citeManifests(
  { deps }: Pick<EvidenceLook, 'deps'>,
  items: readonly EvidenceReference[],
): Promise<{ evidence: EvidenceReference[]; missing: string[] }> {
  const evidence: EvidenceReference[] = [];
  const missing: string[] = [];
  await inParallel(AT_ONCE, items, async ({ key, sha256 }) => {
    if (await verifies(deps, key, sha256)) evidence.push({ key, sha256 });
    else missing.push(`${key} is gone, or is not what was signed.`);
  });
  return { evidence, missing: missing.sort() };
}

async function verifies(deps: EvidenceDeps, key: string, sha256: string): Promise<boolean> {
  try {
    await readHeader(deps, key, sha256);
    return true;
  } catch (error) {
    if (error instanceof IntegrityError) return false;
    throw error;
  }
}

/** `3 tenants`, `1 tenant`. */
export function countOf(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}
