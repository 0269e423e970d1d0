/**
 * Divides the tenants under legal hold into shards, by the signed records in the vault: a held tenant that the catalog
 * does not list is among them.
 */
import * as z from 'zod';
import { cutShards } from '../../domain/shards.ts';
import type { Deps } from '../../ports.ts';
import { type HoldReadDeps, heldTenants } from '../storage/standing-holds.ts';

/** The input of keep-holds: all held tenants, or those of these references. */
export const KeepHoldsRequest = z.strictObject({
  refs: z.array(z.string().min(1)).min(1).optional(),
  reason: z.string().min(1).max(64).default('manual'),
});
export type KeepHoldsRequest = z.infer<typeof KeepHoldsRequest>;

export async function planHolds(deps: HoldReadDeps & Pick<Deps, 'clock'>, { refs, reason }: KeepHoldsRequest) {
  const startedAt = deps.clock.now().toISOString();
  const named = refs && new Set(refs);
  const held = (await heldTenants(deps)).filter(tenant => named === undefined || named.has(tenant));
  const request = { reason, whole: named === undefined, startedAt };
  return { request, tenants: held.length, shards: cutShards(held, held) };
}
