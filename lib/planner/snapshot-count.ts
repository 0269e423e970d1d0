/**
 * How many snapshots a fleet takes, from its schedule and the hours of each tier. Invariant: without hours, every run takes every
 * tenant.
 */
import { TIERS, type Tier } from '../domain/objectives.ts';
import { DAYS_A_MONTH, runsPerMonth } from '../domain/run-frequency.ts';
import type { FleetProfile } from './fleet-profile.ts';
import type { FleetSettings } from './fleet-settings.ts';

const HOURS_A_MONTH = DAYS_A_MONTH * 24;

/** Share of the tenants in each tier: as counted, else as the deployment lists them. */
export function tierShares({ tenants, tiers: counted }: FleetProfile, { tiers }: FleetSettings): Record<Tier, number> {
  const named = Object.values(tiers.tenants);
  const listed = (tier: Tier) => Math.min(1, named.filter(each => each === tier).length / tenants);
  const rest = Math.max(0, 1 - named.length / tenants);
  const stated = (tier: Tier) => listed(tier) + (tier === tiers.default ? rest : 0);
  const share = (tier: Tier) => (counted ? (counted[tier] ?? 0) : stated(tier));
  return Object.fromEntries(TIERS.map(tier => [tier, share(tier)])) as Record<Tier, number>;
}

/** Hours between snapshots of a tenant. InputError `bad-schedule`. */
export function hoursBetween({ schedules, tiers }: FleetSettings, tier: Tier): number {
  const ofSchedule = HOURS_A_MONTH / runsPerMonth(schedules.full.expression);
  return Math.max(ofSchedule, tiers.snapshotHours?.[tier] ?? 0);
}

/** Of all tenants in 30 days. */
export function snapshotsPerMonth(profile: FleetProfile, settings: FleetSettings): number {
  const shares = tierShares(profile, settings);
  const perTenant = TIERS.reduce((sum, tier) => sum + (shares[tier] * HOURS_A_MONTH) / hoursBetween(settings, tier), 0);
  return profile.tenants * perTenant;
}
