/**
 * Looks after the keys of all tenants' destructions, one tenant after the other, each with ports for that tenant alone. A call
 * works for its budget and says after which tenant the next one continues: a tenant's failure stops no other.
 */
import type { TenantRef } from '../../../domain/tenant.ts';
import type { TimeBudget } from '../../time-budget.ts';
import { destroyedTenants } from './destruction-status.ts';
import { type Supervised, type SupervisedPart, superviseTenant } from './supervise-destructions.ts';

export interface SupervisionCall {
  /** Where the documents of all destructions are. */
  readonly vault: Parameters<typeof destroyedTenants>[0]['vault'];
  /** The ports for one tenant. */
  readonly depsOf: (tenant: TenantRef) => Promise<Parameters<typeof superviseTenant>[0]>;
  readonly budget: TimeBudget;
  /** Reference of the last tenant that was looked after; empty: none. */
  readonly after: string;
}

export interface SupervisedSome {
  readonly done: boolean;
  /** For the next call. */
  readonly after: string;
  readonly seen: readonly Supervised[];
}

/** Destroys no key before its end was reached and proved due; removes no object. */
export function finishDestructions(call: SupervisionCall): Promise<SupervisedSome> {
  return superviseSome(call, 'keys');
}

/** In the order of their references. */
export async function superviseSome(
  { vault, depsOf, budget, after }: SupervisionCall,
  part: SupervisedPart,
): Promise<SupervisedSome> {
  const left = (await destroyedTenants({ vault })).filter(tenant => tenant > after);
  const seen: Supervised[] = [];
  for (const tenant of left) {
    seen.push(await superviseTenant(await depsOf(tenant), tenant, part));
    if (budget.isUsed()) break;
  }
  return { done: seen.length === left.length, after: seen.at(-1)?.tenant ?? after, seen };
}
