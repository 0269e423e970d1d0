/** What of a deployment decides about cost and load, and what follows from it alone. */
import type { TierChoice } from '../domain/objectives.ts';
import type { Retention } from '../domain/retention.ts';

/** A Deployment of lib/infra is one. */
export interface FleetSettings {
  readonly regions: { readonly primary: string; readonly secondary: string; readonly tertiary: string };
  readonly keys: { readonly mode: 'dedicated' | 'pooled' };
  readonly source?: {
    readonly authentication: { readonly kind: 'secret' | 'iam' };
    readonly availabilityZones?: readonly string[];
  };
  readonly schedules: Readonly<
    Record<
      'ship' | 'fold' | 'full' | 'verify' | 'expire',
      { readonly expression: string; readonly flexibleMinutes?: number }
    >
  > & { readonly verifyWithinDays: number };
  readonly retention: Retention;
  readonly fleet: { readonly concurrentTenants: number };
  readonly tiers: TierChoice;
}

/** Snapshots that retention keeps of a tenant: each class's, where they do not coincide. */
export function keptSnapshots({ retention }: FleetSettings): number {
  const { dailyDays, weeklyDays, monthlyDays, annualDays } = retention;
  const after = (days: number, before: number, period: number) => Math.max(0, days - before) / period;
  return (
    dailyDays +
    after(weeklyDays, dailyDays, 7) +
    after(monthlyDays, weeklyDays, 30) +
    after(annualDays, monthlyDays, 365)
  );
}
