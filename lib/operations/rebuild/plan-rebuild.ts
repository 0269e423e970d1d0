/**
 * Divides a rebuild into shards by the first letters of the tenants' references: one for a small vault, 32 or 1,024 for
 * larger ones, so that the work of many functions is about the same.
 */
import * as z from 'zod';
import { TENANTS_PREFIX } from '../../domain/object-key.ts';
import { REF_LETTERS, TenantRef } from '../../domain/tenant.ts';
import { logKept } from '../catalog/log-items.ts';
import type { RebuildDeps } from './rebuild-tenant.ts';

/** Tenants with this prefix in their references, after the last rebuilt one. */
export const RebuildShard = z.strictObject({
  prefix: z.string().regex(/^[a-z2-7]{0,2}$/),
  after: TenantRef.nullable().default(null),
});
export type RebuildShard = z.infer<typeof RebuildShard>;

export const ALL_TENANTS: RebuildShard = { prefix: '', after: null };

const LETTERS = [...REF_LETTERS];
/** The most objects for a single shard. */
const FEW_OBJECTS = 5000;

/** One shard, 32 or 1024, by the number of objects. Forgets which stretches of the log are kept. */
export async function planRebuild(deps: RebuildDeps, few = FEW_OBJECTS): Promise<RebuildShard[]> {
  await forgetLog(deps);
  const shard = (prefix: string) => ({ prefix, after: null });
  if (await isFew(deps, TENANTS_PREFIX, few)) return [ALL_TENANTS];
  // References are digests: every first letter has about as many.
  if (await isFew(deps, `${TENANTS_PREFIX}a`, few)) return LETTERS.map(shard);
  return LETTERS.flatMap(first => LETTERS.map(second => shard(first + second)));
}

async function isFew(deps: RebuildDeps, prefix: string, few: number): Promise<boolean> {
  let count = 0;
  for await (const _ of deps.vault.keys(prefix)) if (++count > few) return false;
  return true;
}

/** Forgets which stretches of the log are kept: removed runs may be listed again. */
export async function forgetLog(deps: Pick<RebuildDeps, 'catalog'>): Promise<void> {
  await deps.catalog.write([logKept.forget()]);
}
