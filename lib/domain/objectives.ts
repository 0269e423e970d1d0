/**
 * The objectives of each tier of tenants: recovery point (maximum data loss) and recovery time. From the
 * requirements; alarms, dashboard and status use this table and nothing else.
 */
import * as z from 'zod';

export const TIERS = ['critical', 'standard', 'historical', 'archive'] as const;
export const Tier = z.enum(TIERS);
export type Tier = z.infer<typeof Tier>;

export interface Objective {
  /** Maximum age of the newest recoverable moment, in seconds. */
  readonly recoveryPointSeconds: number;
  /** Maximum time from the request to restored rows, in seconds. */
  readonly recoveryTimeSeconds: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

export const OBJECTIVES: Readonly<Record<Tier, Objective>> = {
  critical: { recoveryPointSeconds: 300, recoveryTimeSeconds: HOUR },
  standard: { recoveryPointSeconds: HOUR, recoveryTimeSeconds: 4 * HOUR },
  historical: { recoveryPointSeconds: DAY, recoveryTimeSeconds: DAY },
  archive: { recoveryPointSeconds: 7 * DAY, recoveryTimeSeconds: 3 * DAY },
};

/** The tiers of tenants in a deployment. */
export interface TierChoice {
  readonly default: Tier;
  /** By tenant. */
  readonly tenants: Readonly<Record<string, Tier>>;
  /** A query of the team's, which may name any tier. */
  readonly query?: string | undefined;
}

/** The tiers in use, the strictest first. */
export function tiersInUse(choice: TierChoice): Tier[] {
  if (choice.query !== undefined) return [...TIERS];
  const used = new Set([choice.default, ...Object.values(choice.tenants)]);
  return TIERS.filter(tier => used.has(tier));
}

/** Percentage of the recovery time objective: above 100 it was missed. */
export function shareOfRecoveryTime(tier: Tier, seconds: number): number {
  return (seconds / OBJECTIVES[tier].recoveryTimeSeconds) * 100;
}

/** Tenants for which the log alone is not enough: their newest recoverable moment is `since` (ISO 8601). */
export interface Behind {
  readonly tenants: readonly string[] | 'all';
  readonly since: string;
}

/**
 * Per tier, the age in seconds of the newest recoverable moment of its worst tenant: that of the log, which applies
 * to all, or an older one of the tenants that are behind. `log` and `now`: ISO 8601.
 */
export function recoveryPointAges(
  log: string,
  behind: readonly Behind[],
  tiers: readonly Tier[],
  tierOf: (tenant: string) => Tier,
  now: Date,
): Map<Tier, number> {
  const age = (time: string) => Math.max(0, (now.getTime() - Date.parse(time)) / 1000);
  const ages = new Map(tiers.map(tier => [tier, age(log)]));
  const raise = (tier: Tier, seconds: number) => ages.set(tier, Math.max(ages.get(tier) ?? 0, seconds));
  for (const { tenants, since } of behind) {
    const concerned = tenants === 'all' ? tiers : new Set(tenants.map(tierOf));
    for (const tier of concerned) raise(tier, age(since));
  }
  return ages;
}
