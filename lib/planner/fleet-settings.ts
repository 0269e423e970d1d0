/** What of a deployment decides about cost and load, and what follows from it alone. */
import type { TierChoice } from '../domain/objectives.ts';
import { RETENTION_CLASSES, type Retention } from '../domain/retention.ts';

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
      | 'ship'
      | 'fold'
      | 'full'
      | 'verify'
      | 'expire'
      | 'replicateKeys'
      | 'copyKeys'
      | 'verifyReplicas'
      | 'expireReplicas',
      { readonly expression: string; readonly flexibleMinutes?: number }
    >
  > & { readonly verifyWithinDays: number };
  readonly retention: Retention;
  readonly fleet: { readonly concurrentTenants: number };
  readonly tiers: TierChoice;
}

/** Snapshots that retention keeps of a tenant: each class's, where they do not coincide. */
export function keptSnapshots({ retention }: FleetSettings): number {
  return keptByClass(retention).reduce((sum, { from, to, everyDays }) => sum + (to - from) / everyDays, 0);
}

/** Of each class, the ages in days at which it alone keeps a snapshot. */
export function keptByClass(
  retention: Retention,
): { readonly from: number; readonly to: number; readonly everyDays: number }[] {
  let from = 0;
  return RETENTION_CLASSES.map(({ days, everyDays }) => {
    const part = { from, to: Math.max(from, days(retention)), everyDays };
    from = part.to;
    return part;
  });
}
