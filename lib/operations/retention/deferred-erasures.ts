/**
 * Erasures that were recorded while a legal hold stood. Restores omit the rows from the first moment; what waits is
 * everything that an erasure would remove from the vault, since the hold keeps it. On release each takes effect with a
 * record of its own, which names the deferred one. The catalog lists neither that nor a reason: a hold can be hidden.
 */
import { ErasureBody } from '../../domain/manifest.ts';
import { newId } from '../../domain/new-id.ts';
import { manifestKey, manifestPrefix } from '../../domain/object-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { readManifest, writeManifest } from '../storage/manifest-store.ts';

type ErasureDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'clock' | 'random'>;

interface DeferredErasure {
  readonly id: string;
  readonly key: string;
  readonly body: ErasureBody;
}

/** Those that did not take effect yet, from the signed records in the vault. IntegrityError naming the object. */
async function deferredErasures(
  deps: Pick<Deps, 'vault' | 'keyring' | 'signer'>,
  tenant: TenantRef,
): Promise<DeferredErasure[]> {
  const deferred: DeferredErasure[] = [];
  const replayed = new Set<string>();
  for await (const key of deps.vault.keys(manifestPrefix(tenant, 'erasure'))) {
    const { header, body } = await readManifest(deps, key, ErasureBody, { tenant, kind: 'erasure' });
    if (body.replays !== undefined) replayed.add(body.replays);
    if (body.deferredBy !== undefined) deferred.push({ id: header.id, key, body });
  }
  return deferred.filter(({ id }) => !replayed.has(id));
}

/** Lets every deferred erasure take effect; the ids of those that did. Safe to repeat. */
export async function replayErasures(deps: ErasureDeps, tenant: TenantRef): Promise<string[]> {
  const done: string[] = [];
  for (const erasure of await deferredErasures(deps, tenant)) {
    await replay(deps, tenant, erasure);
    done.push(erasure.id);
  }
  return done;
}

async function replay(deps: ErasureDeps, tenant: TenantRef, { id: replays, key, body }: DeferredErasure) {
  const { deferredBy: _, ...effective } = body;
  const now = deps.clock.now();
  const [id, at] = [newId(deps, now), now.toISOString()];
  const locked = await deps.vault.head(key);
  await writeManifest(
    deps,
    manifestKey(tenant, 'erasure', id),
    {
      ...{ kind: 'erasure', id, tenant, previous: null, objects: [], from: '0/0', to: '0/0' },
      ...{ createdAt: at, fromTime: at, toTime: at },
    },
    { ...effective, replays },
    { retainUntil: locked?.retainUntil ?? now },
  );
}
