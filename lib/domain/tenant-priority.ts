/**
 * The order in which a run over many tenants takes them: the strictest tier first, and within a tier whoever waits longest
 * since its last success. A run that ends early, or is slowed down, has then done what matters most. Invariant: every
 * tenant is in the order exactly once.
 */
import { TIERS, type Tier } from './objectives.ts';

export interface RankedTenant<R extends string = string> {
  readonly ref: R;
  readonly tier: Tier;
  /** Of its last success, in milliseconds since 1970; 0: it never succeeded, or failed last. */
  readonly succeededAt: number;
}

/** References by tier, the strictest first; tiers without tenants are absent. */
export function byPriority<R extends string>(tenants: readonly RankedTenant<R>[]): R[][] {
  const order = (a: RankedTenant, b: RankedTenant) => a.succeededAt - b.succeededAt || (a.ref < b.ref ? -1 : 1);
  return TIERS.flatMap(tier => {
    const members = tenants.filter(tenant => tenant.tier === tier).sort(order);
    return members.length === 0 ? [] : [members.map(({ ref }) => ref)];
  });
}
