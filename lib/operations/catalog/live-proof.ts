/** When a tenant's backups and log were last compared with its live rows, and the result. */
import * as z from 'zod';
import { DAY_MS, shareOf } from '../../domain/daily-share.ts';
import { LsnText } from '../../domain/lsn.ts';
import { TenantRef } from '../../domain/tenant.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';

const PARTITION = 'live-proofs';

export const LiveProof = z.object({
  ref: TenantRef,
  /** Server clock of the database snapshot that was compared. */
  at: z.string(),
  ok: z.boolean(),
  lsn: LsnText,
  /** What was answered, for a call that is repeated because its answer was lost. */
  answer: z
    .object({ unchecked: z.array(z.object({ table: z.string(), why: z.string() })), changesReplayed: z.number() })
    .optional(),
});
export type LiveProof = z.infer<typeof LiveProof>;

export async function recordLiveProof(deps: Pick<Deps, 'catalog'>, proof: LiveProof): Promise<void> {
  await deps.catalog.write([{ put: { partition: PARTITION, sort: proof.ref, value: proof } }]);
}

/** Makes the tenant due. */
export function forgetLiveProof(ref: TenantRef): CatalogWrite {
  return { remove: { partition: PARTITION, sort: ref } };
}

/** When each tenant was last proved, in milliseconds since 1970; a difference is no proof. */
export async function lastProofs({ catalog }: Pick<Deps, 'catalog'>): Promise<Map<string, number>> {
  const proved = new Map<string, number>();
  for await (const item of catalog.query(PARTITION)) {
    const { ref, at, ok } = LiveProof.parse(item.value);
    if (ok) proved.set(ref, Date.parse(at));
  }
  return proved;
}

/** A tenant is still due if the run that verified it began a little later in the day than today's. */
const MARGIN_MS = 12 * 3600 * 1000;

/**
 * Of these tenants, those due today so that a daily run verifies every tenant within `days` days: a share that changes
 * from day to day, and the tenants that were missed.
 */
export async function dueForProof(
  deps: Pick<Deps, 'catalog' | 'clock'>,
  refs: readonly TenantRef[],
  days: number,
): Promise<TenantRef[]> {
  const proved = await lastProofs(deps);
  const now = deps.clock.now();
  const today = shareOf(days, now);
  const oldest = now.getTime() - days * DAY_MS + MARGIN_MS;
  return refs.filter(ref => today(ref) || (proved.get(ref) ?? 0) <= oldest);
}

export async function lastLiveProof(deps: Pick<Deps, 'catalog'>, ref: string): Promise<LiveProof | undefined> {
  const item = await deps.catalog.get(PARTITION, ref);
  return item && LiveProof.parse(item.value);
}
