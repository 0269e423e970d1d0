/**
 * Every copy of a tenant's data that Holdfast stores, in every region: what a destruction makes unreadable. Invariant: it
 * lists what is in the vaults, not what the catalog has; only the tenant's share of the log, which lies in packs of all
 * tenants, is found through the catalog.
 */
import type { DestroyedCopies, DestructionPlan } from '../../../domain/destruction.ts';
import { auditPrefix, GOVERNANCE_KINDS, governancePrefix } from '../../../domain/governance-key.ts';
import { kindOfObject, prefixesOf, retentionPolicyPrefix } from '../../../domain/object-key.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps, StoredObject, Vault } from '../../../ports.ts';
import { segments } from '../../catalog/log-items.ts';

/** The vault of one region. */
export interface StoragePlace {
  readonly region: string;
  readonly vault: Vault;
}

/** All objects of the tenant in one region, in key order. */
export async function* objectsOf({ vault }: StoragePlace, tenant: TenantRef): AsyncGenerator<StoredObject> {
  for (const prefix of prefixesOf(tenant)) yield* vault.list(prefix);
}

/** The sealed ones: all but the history of its retention, which is signed and has nothing of the tenant's data. */
export async function* sealedObjectsOf(place: StoragePlace, tenant: TenantRef): AsyncGenerator<StoredObject> {
  const history = retentionPolicyPrefix(tenant);
  for await (const object of objectsOf(place, tenant)) if (!object.key.startsWith(history)) yield object;
}

/** Of what is sealed, by region, then kind. */
export async function listCopies(places: readonly StoragePlace[], tenant: TenantRef): Promise<DestroyedCopies[]> {
  const found: DestroyedCopies[] = [];
  for (const place of places) {
    const kinds = new Map<string, DestroyedCopies>();
    for await (const object of sealedObjectsOf(place, tenant)) {
      const kind = kindOfObject(tenant, object.key);
      kinds.set(kind, withObject(kinds.get(kind) ?? none(place.region, kind), object));
    }
    found.push(...kinds.values());
  }
  return found.sort((a, b) => compare(a.region, b.region) || compare(a.kind, b.kind));
}

function none(region: string, kind: string): DestroyedCopies {
  return { region, kind, objects: 0, bytes: 0, lockedUntil: null };
}

function withObject(sum: DestroyedCopies, { bytes, retainUntil }: StoredObject): DestroyedCopies {
  const until = retainUntil.toISOString();
  const lockedUntil = sum.lockedUntil === null || until > sum.lockedUntil ? until : sum.lockedUntil;
  return { ...sum, objects: sum.objects + 1, bytes: sum.bytes + bytes, lockedUntil };
}

/** The tenant's segments in the log's packs that still exist; null: none. */
export async function logShare(
  deps: Pick<Deps, 'vault' | 'catalog'>,
  tenant: TenantRef,
): Promise<DestructionPlan['log']> {
  let [runs, bytes, lockedUntil] = [0, 0, ''];
  for (const { packs, entry } of await segments.list(deps.catalog, tenant)) {
    const stored = await deps.vault.head(packs[0] ?? '');
    if (stored === undefined) continue;
    runs += 1;
    bytes += entry.blocks.reduce((sum, block) => sum + block.length, 0);
    const until = stored.retainUntil.toISOString();
    if (until > lockedUntil) lockedUntil = until;
  }
  return runs === 0 ? null : { runs, bytes, lockedUntil };
}

/** Number of objects that stay readable, by kind: they are sealed under the auditors' key, or only signed. */
export async function countRecords({ vault }: Pick<Deps, 'vault'>, tenant: TenantRef): Promise<Record<string, number>> {
  const counts: Record<string, number> = {
    audit: await countKeys(vault, auditPrefix(tenant)),
    retention: await countKeys(vault, retentionPolicyPrefix(tenant)),
  };
  for (const kind of GOVERNANCE_KINDS) counts[kind] = await countKeys(vault, governancePrefix(kind, tenant));
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

async function countKeys(vault: Vault, prefix: string): Promise<number> {
  let count = 0;
  for await (const _ of vault.keys(prefix)) count += 1;
  return count;
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
