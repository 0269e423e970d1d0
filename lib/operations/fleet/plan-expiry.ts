/**
 * Divides all tenants of the catalog into shards, also those that left the database: their backups expire too, and
 * their notes decide how much log is kept. Does not query the database.
 */
import * as z from 'zod';
import { cutShards } from '../../domain/shards.ts';
import { tenants } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import type { FleetPlan } from './plan-fleet.ts';

/** The input of expire-backups: all, or references. */
export const ExpiryRequest = z.strictObject({
  refs: z.array(z.string().min(1)).min(1).optional(),
  reason: z.string().min(1).max(64).default('manual'),
  /** Logs what would be removed, and changes nothing. */
  planOnly: z.boolean().default(false),
});
export type ExpiryRequest = z.infer<typeof ExpiryRequest>;

interface ExpiryFleetPlan extends Omit<FleetPlan, 'request'> {
  readonly request: Omit<FleetPlan['request'], 'read'> & { readonly planOnly: boolean };
}

export async function planExpiryFleet(
  ctx: Pick<Context, 'catalog' | 'clock'>,
  { refs, reason, planOnly }: ExpiryRequest,
): Promise<ExpiryFleetPlan> {
  const startedAt = ctx.clock.now().toISOString();
  const listed = (await tenants.list(ctx.catalog)).map(item => item.ref);
  const named = refs && new Set(refs);
  const chosenRefs = named && listed.filter(ref => named.has(ref));
  const whole = named === undefined && !planOnly;
  const shards = cutShards(listed, chosenRefs);
  return { request: { reason, planOnly, whole, startedAt }, tenants: (chosenRefs ?? listed).length, shards };
}
