/**
 * Exports that wait in the vault go whole once no part of them is locked. Order as for every backup (remove-backup.ts): the
 * signed list for the other regions → the export's own list → its parts. Nothing that is held or locked goes.
 */
import { exportPartKey, exportRequestOf, exportsPrefix } from '../../domain/object-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { StoredObject } from '../../ports.ts';
import { isUnderHold } from '../storage/standing-holds.ts';
import { announceRemoval } from './announce-removal.ts';
import { type ExpireDeps, type ExpiryResult, removeObject } from './remove-backup.ts';

export async function expireExports(deps: ExpireDeps, owner: TenantRef, result: ExpiryResult): Promise<void> {
  const exported = new Map<string, StoredObject[]>();
  for await (const object of deps.vault.list(exportsPrefix(owner))) {
    const request = exportRequestOf(owner, object.key);
    exported.set(request, [...(exported.get(request) ?? []), object]);
  }
  const now = deps.clock.now();
  for (const [request, objects] of exported) {
    if (objects.some(({ hold, retainUntil }) => hold || retainUntil > now)) continue;
    // A removal can take hours: a hold that was placed since keeps the rest.
    if (await isUnderHold(deps, owner)) return;
    await deps.requireActive?.();
    await removeExport(deps, owner, { list: exportPartKey(owner, request, 'list'), objects }, result);
  }
}

async function removeExport(
  deps: ExpireDeps,
  owner: TenantRef,
  { list, objects }: { readonly list: string; readonly objects: readonly StoredObject[] },
  result: ExpiryResult,
): Promise<void> {
  const ordered = objects.toSorted((a, b) => Number(b.key === list) - Number(a.key === list));
  await announceRemoval(
    deps,
    owner,
    ordered.map(({ key }) => key),
  );
  for (const { key, bytes } of ordered) {
    if (!(await removeObject(deps, key, result))) continue;
    result.removedObjects += 1;
    result.freedBytes += bytes;
  }
}
